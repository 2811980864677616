/** Every move that an instance's record can make, as one table. What is not in it does not happen. docs/instance-states.md shows it. */
import type { InstanceState } from './run.ts';

/** What moves an instance. `ingest` writes what agents say, `fleet` what EC2 shows and the run wants. */
export type InstanceMove =
  | 'launch_sent'
  | 'launch_refused'
  | 'launch_hopeless'
  | 'found'
  | 'seen_running'
  | 'enrolled'
  | 'measured'
  | 'delivered'
  | 'chosen'
  | 'verified'
  | 'retired'
  | 'seen_gone';

const INSTANCE_MOVES: Readonly<Record<InstanceMove, { readonly by: 'fleet' | 'ingest'; readonly when: string }>> = {
  launch_sent: {
    by: 'fleet',
    when: 'RunInstances is about to be sent; written first, since from then on an instance may exist',
  },
  launch_refused: {
    by: 'fleet',
    when: 'every try so far was certainly refused: nothing was launched, it may be tried elsewhere',
  },
  launch_hopeless: {
    by: 'fleet',
    when: 'every try so far was certainly refused, and trying again is useless: nothing was launched',
  },
  found: { by: 'fleet', when: 'DescribeInstances shows an instance with its tags' },
  seen_running: { by: 'fleet', when: 'EC2 shows it running' },
  enrolled: { by: 'ingest', when: 'its agent presented the token' },
  measured: { by: 'ingest', when: 'its first sample is stored' },
  delivered: { by: 'ingest', when: 'its agent has delivered everything after the end of the soak' },
  chosen: { by: 'fleet', when: 'it works and it is to be kept' },
  verified: { by: 'fleet', when: 'switches disarmed, shutdown means stop, tags changed, and all of it seen' },
  retired: { by: 'fleet', when: 'it failed, or the run does not need it any more' },
  seen_gone: { by: 'fleet', when: 'EC2 shows it terminated, or has not shown it for long enough' },
};

export const INSTANCE_TRANSITIONS: Readonly<
  Record<InstanceState, Readonly<Partial<Record<InstanceMove, InstanceState>>>>
> = {
  planned: { launch_sent: 'launching', found: 'launching', enrolled: 'enrolled', retired: 'terminated' },
  launching: {
    launch_refused: 'planned',
    launch_hopeless: 'terminated',
    seen_running: 'running',
    enrolled: 'enrolled',
    retired: 'terminating',
  },
  running: { enrolled: 'enrolled', retired: 'terminating' },
  enrolled: { measured: 'measuring', delivered: 'finished', retired: 'terminating' },
  measuring: { delivered: 'finished', retired: 'terminating' },
  finished: { chosen: 'keeping', retired: 'terminating' },
  // Retired only when EC2 shows that it has ended: what was chosen is not given up by us.
  keeping: { verified: 'kept', retired: 'terminating' },
  // The end of our business with it: nothing here may ever touch it again.
  kept: {},
  terminating: { seen_gone: 'terminated' },
  terminated: {},
};

/** From the first to the last; agents only ever move an instance forward. */
export const INSTANCE_STATES = Object.keys(INSTANCE_TRANSITIONS) as readonly InstanceState[];

/** Whether one move, of whatever kind, leads from one state to the other. */
export function canMove(from: InstanceState, to: InstanceState): boolean {
  return Object.values(INSTANCE_TRANSITIONS[from]).includes(to);
}

/** The table as Markdown, as docs/instance-states.md has it. */
export function renderStateTable(): string {
  const rows = INSTANCE_STATES.flatMap((from) =>
    Object.entries(INSTANCE_TRANSITIONS[from]).map(([move, to]) => {
      const { by, when } = INSTANCE_MOVES[move as InstanceMove];
      return `| ${from} | ${move} | ${to} | ${by} | ${when} |`;
    }),
  );
  return ['| from | move | to | by | when |', '|---|---|---|---|---|', ...rows].join('\n');
}

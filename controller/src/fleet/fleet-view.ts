/** What the fleet's decisions are made from, and what they are: the words of `nextSteps`. */
import type { InstanceFailure, InstanceRecord, InstanceState, Run, RunOutcome, RunState } from '../runs/run.ts';
import type { ObservedInstance } from './ec2.ts';

/** The latest DescribeInstances; `unknown` when it failed, which never means that anything is gone. */
export type Observation = readonly ObservedInstance[] | 'unknown';

export interface FleetPolicy {
  /** How often EC2 is asked while things change, and while they should not. */
  readonly observeEveryMs: number;
  readonly observeQuietEveryMs: number;
  /** RunInstances calls started in one round. */
  readonly launchesPerRound: number;
  /** Pause after a launch that failed for now; doubles up to the maximum. */
  readonly launchPauseMs: number;
  readonly launchPauseMaxMs: number;
  /** EC2 is eventually consistent: only after this long is an instance that it does not show really not there. */
  readonly absentMs: number;
  /** How long after a launch whose outcome is unknown its instance may still appear. */
  readonly settleMs: number;
  /** TerminateInstances is sent again when it had no visible effect for this long. */
  readonly terminateAgainMs: number;
}

export const FLEET_POLICY: FleetPolicy = {
  observeEveryMs: 1000,
  observeQuietEveryMs: 10_000,
  launchesPerRound: 10,
  launchPauseMs: 1000,
  launchPauseMaxMs: 30_000,
  absentMs: 60_000,
  settleMs: 30_000,
  terminateAgainMs: 10_000,
};

/** The tries of one launch that this process made. */
export interface LaunchTries {
  readonly count: number;
  readonly lastAt: number;
  /** Not before this. */
  readonly nextAt: number;
  /** Why the last one failed. */
  readonly trouble: InstanceFailure | null;
}

/** What this process remembers beyond the repository. It is safe to lose: time-outs then begin anew. All instants ms since 1970. */
export interface FleetMemory {
  readonly startedAt: number;
  /** Since when the run has been in its present state, as far as this process saw. */
  readonly runState: RunState;
  readonly runStateSince: number;
  /** By index: since when DescribeInstances has not shown an instance that we launched. */
  readonly absentSince: ReadonlyMap<number, number>;
  readonly launches: ReadonlyMap<number, LaunchTries>;
  /** By instance id: when TerminateInstances was last sent. */
  readonly terminateSentAt: ReadonlyMap<string, number>;
}

export interface FleetView {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly observed: Observation;
  readonly memory: FleetMemory;
  readonly policy: FleetPolicy;
  readonly now: number;
}

/** One thing to do. Steps for an instance hold only while it is still in the state `from`: agents move on meanwhile. */
export type InstanceStep =
  | { readonly kind: 'launch'; readonly index: number; readonly from: InstanceState }
  | { readonly kind: 'adopt'; readonly index: number; readonly from: InstanceState; readonly instanceId: string }
  | { readonly kind: 'mark_running'; readonly index: number; readonly from: InstanceState }
  | { readonly kind: 'mark_terminating'; readonly index: number; readonly from: InstanceState }
  | { readonly kind: 'mark_terminated'; readonly index: number; readonly from: InstanceState }
  | {
      readonly kind: 'fail';
      readonly index: number;
      readonly from: InstanceState;
      readonly failure: InstanceFailure;
      /** The agent never spoke: what the instance printed may say why. */
      readonly withConsole: boolean;
    };

export type RunStep =
  | { readonly kind: 'terminate'; readonly instanceIds: readonly string[] }
  | {
      readonly kind: 'set_run_state';
      readonly state: RunState;
      readonly soak?: { readonly startedAt: number; readonly endsAt: number };
      readonly stopReason?: string;
    }
  | { readonly kind: 'end_run'; readonly outcome: RunOutcome; readonly stopReason: string | null };

export type Step = InstanceStep | RunStep;

/** The memory at the start of a process, or of a run. */
export function newFleetMemory(run: Run, now: number): FleetMemory {
  return {
    startedAt: now,
    runState: run.state,
    runStateSince: now,
    absentSince: new Map(),
    launches: new Map(),
    terminateSentAt: new Map(),
  };
}

/** What was remembered and what is seen now (pure). */
export function remember(view: Omit<FleetView, 'policy'>): FleetMemory {
  const { memory, run, observed, now } = view;
  const sameState = memory.runState === run.state;
  return {
    ...memory,
    runState: run.state,
    runStateSince: sameState ? memory.runStateSince : now,
    absentSince: observed === 'unknown' ? memory.absentSince : rememberAbsent(view, observed),
  };
}

function rememberAbsent(
  { memory, instances, now }: Omit<FleetView, 'policy'>,
  observed: readonly ObservedInstance[],
): ReadonlyMap<number, number> {
  const shown = new Set(observed.map((instance) => instance.instanceId));
  const absent = instances.filter(({ instanceId }) => instanceId !== null && !shown.has(instanceId));
  return new Map(absent.map(({ index }) => [index, memory.absentSince.get(index) ?? now]));
}

/** Changes the guest's clock module by turns, and gives each turn the samples that the store has of it. */
import type { ClockParameter, Guest } from './guest.ts';
import { PARAMETERS } from './guest.ts';
import type { LabRun } from './lab-run.ts';
import type { PhcSample } from './phc-samples.ts';
import type { Block, Turn } from './truth-estimates.ts';

export interface TurnPlan {
  /** How often the turns are gone through. */
  readonly blocks: number;
  readonly parameter: ClockParameter;
  /** What is written at the begin of each (`null`: nothing), and how long it is left so. */
  readonly turns: readonly { readonly write: number | null; readonly seconds: number }[];
}

const NS_PER_US = 1000n;
const SLACK_MS = 120_000;

/** One block after the other, timed in the guest. */
export async function blocksInGuest(run: LabRun, guest: Guest, plan: TurnPlan): Promise<Block[]> {
  const seconds = plan.blocks * plan.turns.reduce((sum, turn) => sum + turn.seconds, 0);
  const marks = marksOf(await guest.run(scriptOf(plan), seconds * 1000 + SLACK_MS));
  const samples = await run.phcSamplesUntil(marks.at(-1)?.endedAt ?? 0n);
  const turns = marks.slice(0, -1).map(({ endedAt }, at) => turnOf(samples, endedAt, marks[at + 1]?.begunAt ?? 0n));
  const size = plan.turns.length;
  return Array.from({ length: plan.blocks }, (_, at) => turns.slice(at * size, (at + 1) * size));
}

/** One program, so that a turn is as long as it says; `EPOCHREALTIME` is the system clock without a fork. */
function scriptOf({ parameter, turns, blocks }: TurnPlan): string {
  const steps = turns.map(({ write, seconds }) => `turn '${write ?? ''}'; sleep ${seconds}`).join('\n');
  return [
    'export LC_ALL=C',
    `turn() { begun=$EPOCHREALTIME; [ -z "$1" ] || echo "$1" >${PARAMETERS}/${parameter}; echo "$begun $EPOCHREALTIME"; }`,
    `for block in {1..${blocks}}; do`,
    steps,
    'done',
    "turn ''",
  ].join('\n');
}

/** Of each change: the system clock before and after it, ns since 1970. */
function marksOf(output: string): { begunAt: bigint; endedAt: bigint }[] {
  return [...output.matchAll(/^(\d+)\.(\d{6}) (\d+)\.(\d{6})$/gm)].map(([, s0 = '', us0 = '', s1 = '', us1 = '']) => ({
    begunAt: BigInt(s0 + us0) * NS_PER_US,
    endedAt: (BigInt(s1 + us1) + 1n) * NS_PER_US,
  }));
}

/** A reading that a change may have torn belongs to no turn. */
function turnOf(samples: readonly PhcSample[], from: bigint, to: bigint): Turn {
  const isWithin = ({ at, readDelayNs }: PhcSample) =>
    at - BigInt(readDelayNs) >= from && at + BigInt(readDelayNs) <= to;
  return { from, to, samples: samples.filter(isWithin) };
}

/**
 * How far this machine's clock is from AWS's when the controller starts: by a clock that is a day ahead, agents would be told that their time is
 * over, and samples would be old enough to be removed.
 */
import type { Ec2Factory } from '../fleet/aws/ec2-calls.ts';
import type { Ec2 } from '../fleet/ec2.ts';
import { FleetError } from '../fleet/fleet-error.ts';
import type { Run } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

/** Beyond this it is wrong: AWS tells whole seconds, and its answer takes a while. */
const LEAST_MS = 60_000;
/** A machine that just booted may have no network yet, and its clock not been set for want of it. */
const AGAIN_MS = 1000;

export interface ClockAtStart {
  readonly repository: Pick<RunRepository, 'runs'>;
  /** Whose answers are timed by `now`. */
  readonly ec2For: Ec2Factory;
  /** Samples are removed by their age. */
  readonly hasAgeLimit: boolean;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Resolves when AWS is waited for no longer: agents wait too. */
  readonly late: Promise<void>;
}

/** By how much it is ahead (negative: behind), ms. 0: it is right, nothing depends on it, or AWS gave no answer. */
export async function clockOffBy({ repository, ec2For, hasAgeLimit, now, pause, late }: ClockAtStart): Promise<number> {
  const run = runToAskFor(repository.runs(), hasAgeLimit);
  if (run === null) return 0;
  const ec2 = ec2For({ region: run.spec.region, run: run.id });
  const isLate = late.then(() => true);
  while (!(await Promise.race([isAnswered(ec2), isLate]))) await pause(AGAIN_MS);
  const offByMs = now() - ec2.serverTime();
  return Math.abs(offByMs) < LEAST_MS ? 0 : offByMs;
}

/** A refusal tells the time as well; a network that is not there does not. */
async function isAnswered(ec2: Pick<Ec2, 'describeInstances'>): Promise<boolean> {
  try {
    await ec2.describeInstances();
    return true;
  } catch (error) {
    return error instanceof FleetError && error.call !== null && error.call.requestId !== null;
  }
}

/** The newest of those whose deadlines or age the clock decides. */
function runToAskFor(runs: readonly Run[], hasAgeLimit: boolean): Run | null {
  const concerned = runs.filter(({ state }) => hasAgeLimit || state !== 'ended');
  return concerned.reduce<Run | null>((newest, run) => ((newest?.createdAt ?? 0) < run.createdAt ? run : newest), null);
}

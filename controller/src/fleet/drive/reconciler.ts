/** Keeps a loop going for each run that has not ended: a round every second, and sooner when something changed. */
import type { Run, RunId } from '../../runs/run.ts';
import type { Ec2Factory } from '../aws/ec2-calls.ts';
import type { FleetPolicy } from '../decide/fleet-view.ts';
import { type NextRound, RunLoop, type RunLoopDependencies } from './run-loop.ts';

/** Changes come in bursts; one round serves all that arrive within this. */
const SOON_MS = 50;
/** Half a minute between rounds that fail. */
const MOST_DOUBLINGS = 5;

export interface FleetTimer {
  /** Calls back once after `ms`; returns what cancels it. */
  schedule(callback: () => void, ms: number): () => void;
}

export interface ReconcilerDependencies extends Omit<RunLoopDependencies, 'ec2'> {
  readonly ec2For: Ec2Factory;
  readonly timer: FleetTimer;
}

export interface ReconcilerOptions {
  readonly policy: FleetPolicy;
}

interface Loop {
  readonly loop: RunLoop;
  cancel: () => void;
  dueAt: number;
  /** The round that is under way. */
  round: Promise<void> | null;
  /** Something changed during the round. */
  again: boolean;
  /** Rounds in a row that failed. */
  failures: number;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #dependencies: ReconcilerDependencies;
  readonly #loops = new Map<RunId, Loop>();
  #stopListening: () => void = () => undefined;
  #open = false;

  constructor(options: ReconcilerOptions, dependencies: ReconcilerDependencies) {
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Takes up every run that has not ended, and every run that is created from now on. */
  start(): void {
    const { repository } = this.#dependencies;
    this.#open = true;
    this.#stopListening = repository.onChange((run) => this.#wake(run));
    for (const run of repository.runs()) if (run.state !== 'ended') this.#wake(run.id);
  }

  /** Asks a run to end before its time: its instances are terminated. Nothing happens when it has ended. */
  requestStop(run: RunId, reason: string): void {
    const { repository } = this.#dependencies;
    const current = repository.run(run);
    if (current === null || current.state === 'ended' || current.stopReason !== null) return;
    repository.updateRun(run, { stopReason: reason });
  }

  /** Every time-out of every run begins anew, as after a restart. */
  beginAnew(): void {
    for (const { loop } of this.#loops.values()) loop.beginAnew();
  }

  /** Waits for the rounds under way and starts no more. Runs that have not ended go on at the next start. */
  async close(): Promise<void> {
    this.#open = false;
    this.#stopListening();
    for (const entry of this.#loops.values()) entry.cancel();
    await Promise.all([...this.#loops.values()].map((entry) => entry.round));
    this.#loops.clear();
  }

  #wake(id: RunId): void {
    const entry = this.#loops.get(id);
    if (entry !== undefined) {
      if (entry.round === null) this.#scheduleRound(id, entry, SOON_MS);
      else entry.again = true;
      return;
    }
    const run = this.#dependencies.repository.run(id);
    if (run === null || run.state === 'ended') return;
    const loop = this.#makeLoop(run);
    const made: Loop = { loop, cancel: () => undefined, dueAt: 0, round: null, again: false, failures: 0 };
    this.#loops.set(id, made);
    this.#scheduleRound(id, made, 0);
  }

  #makeLoop(run: Run): RunLoop {
    const { ec2For, ...dependencies } = this.#dependencies;
    const ec2 = ec2For({ region: run.spec.region, run: run.id });
    return new RunLoop({ run: run.id, policy: this.#options.policy }, { ...dependencies, ec2 });
  }

  #scheduleRound(id: RunId, entry: Loop, ms: number): void {
    const { timer, now } = this.#dependencies;
    const dueAt = now() + ms;
    if (!this.#open || (entry.dueAt !== 0 && entry.dueAt <= dueAt)) return;
    entry.cancel();
    entry.dueAt = dueAt;
    entry.cancel = timer.schedule(() => {
      entry.dueAt = 0;
      entry.again = false;
      entry.round = this.#runRound(id, entry);
    }, ms);
  }

  async #runRound(id: RunId, entry: Loop): Promise<void> {
    let next: NextRound = 'later';
    try {
      next = await entry.loop.round();
      entry.failures = 0;
    } catch (error) {
      entry.failures += 1;
      // The state lies in the database and in EC2: the next round starts from there.
      this.#dependencies.log.error({ err: error, run: id }, 'a fleet round failed; it is tried again');
    }
    entry.round = null;
    if (next === 'never') this.#loops.delete(id);
    else this.#scheduleRound(id, entry, this.#pauseAfter(entry, next));
  }

  /** What fails for days, as on a full disk, must not fill the log of every second. */
  #pauseAfter({ again, failures }: Loop, next: NextRound): number {
    const { roundEveryMs } = this.#options.policy;
    if (failures > 0) return roundEveryMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS);
    return again || next === 'soon' ? SOON_MS : roundEveryMs;
  }
}

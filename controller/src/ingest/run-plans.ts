/** Plan and lease of each run as messages ready to send; made anew when the run changes. */
import { encodeMessage } from '@ptp-tester/wire';
import { leaseForRun, planForRun } from '../runs/plan-for-run.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

interface KnownRun {
  readonly run: Run;
  readonly planText: string;
}

export interface RunPlansDependencies {
  readonly repository: Pick<RunRepository, 'run' | 'instanceById' | 'onChange'>;
  readonly now: () => number;
  /** How far the clock was set ahead since the controller began, ms; absent: it never is. */
  readonly aheadMs?: (() => number) | undefined;
  /** The run's plan or the end of its lease is another now. Null: the run has ended or is gone. */
  readonly onChange: (run: RunId, planText: string | null) => void;
}

export class RunPlans {
  readonly #dependencies: RunPlansDependencies;
  readonly #known = new Map<RunId, KnownRun>();
  readonly #changed = new Set<RunId>();
  #scheduled: NodeJS.Immediate | null = null;
  #unsubscribe: (() => void) | null = null;

  constructor(dependencies: RunPlansDependencies) {
    this.#dependencies = dependencies;
  }

  /** Begins to follow the repository's changes. */
  start(): void {
    this.#unsubscribe = this.#dependencies.repository.onChange((run) => {
      if (!this.#known.has(run)) return;
      this.#changed.add(run);
      this.#scheduled ??= setImmediate(() => this.#compare());
    });
  }

  stop(): void {
    this.#unsubscribe?.();
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    this.#scheduled = null;
  }

  planText(run: RunId): string | null {
    return this.#know(run)?.planText ?? null;
  }

  leaseText(run: RunId, instanceId: string): string | null {
    const { repository, aheadMs = () => 0 } = this.#dependencies;
    // Before the run is looked at: when the clock was set, asking it changes the run's deadlines.
    const now = this.#dependencies.now();
    const known = this.#know(run);
    if (known === null) return null;
    const current = (this.#changed.has(run) ? repository.run(run) : null) ?? known.run;
    // Only then does a lease depend on the instance; ten thousand agents get one every ten seconds.
    const isKeeping = current.state === 'keeping' || current.state === 'terminating';
    const instance = isKeeping ? repository.instanceById(instanceId) : null;
    return encodeMessage(leaseForRun(asOldAsItIs(current, aheadMs()), now, instance ?? undefined));
  }

  /** Many changes of a run (ten thousand enrolments) are looked at once. */
  #compare(): void {
    this.#scheduled = null;
    const runs = [...this.#changed];
    this.#changed.clear();
    for (const id of runs) this.#compareRun(id);
  }

  #compareRun(id: RunId): void {
    const before = this.#known.get(id);
    this.#known.delete(id);
    const after = this.#know(id);
    if (after === null || after.run.state === 'ended') {
      this.#known.delete(id);
      this.#dependencies.onChange(id, null);
      return;
    }
    const same = before?.planText === after.planText && before.run.soakEndsAt === after.run.soakEndsAt;
    if (!same) this.#dependencies.onChange(id, after.planText);
  }

  #know(id: RunId): KnownRun | null {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const run = this.#dependencies.repository.run(id);
    if (run === null) return null;
    const fresh = { run, planText: encodeMessage({ type: 'plan', plan: planForRun(run) }) };
    this.#known.set(id, fresh);
    return fresh;
  }
}

/** A clock that was set ahead since must not make the run look older than it is; the end of a soak that is under way was moved already. */
function asOldAsItIs(run: Run, aheadMs: number): Run {
  const { state, createdAt, soakEndsAt } = run;
  const hasSoaked = state !== 'soaking' && soakEndsAt !== null;
  return { ...run, createdAt: createdAt + aheadMs, soakEndsAt: hasSoaked ? soakEndsAt + aheadMs : soakEndsAt };
}

/** What a run's agents shall do now: plan and lease follow from the run alone (pure). */
import type { Lease, Plan } from '@ptp-tester/wire';
import type { Run, RunState } from './run.ts';

const FINISHING: ReadonlySet<RunState> = new Set(['finishing', 'terminating', 'ended']);

/** Generation 1 measures, generation 2 finishes: the generation follows from the state, so a restart cannot lose it. */
export function planForRun(run: Run): Plan {
  const finishing = FINISHING.has(run.state);
  return {
    generation: finishing ? 2 : 1,
    phase: finishing ? 'finish' : 'measure',
    sources: run.spec.sources,
    batch: { max_samples: run.spec.batch.maxSamples, max_age_ms: run.spec.batch.maxAgeMs },
    spool_max_bytes: run.spec.spoolMaxBytes,
  };
}

/** The longest this instance may live from `now` (ms since 1970): every phase at its time-out, whatever happens to the controller. */
export function leaseForRun(run: Run, now: number): Lease {
  const { timeouts, durationS } = run.spec;
  const wholeRunS = timeouts.launchS + timeouts.agentS + durationS + timeouts.finishS + timeouts.terminateS;
  const endsAt =
    run.soakEndsAt === null
      ? run.createdAt + wholeRunS * 1000
      : run.soakEndsAt + (timeouts.finishS + timeouts.terminateS) * 1000;
  return {
    type: 'lease',
    orphan_s: timeouts.orphanS,
    ends_in_s: Math.max(10, Math.ceil((endsAt - now) / 1000)),
  };
}

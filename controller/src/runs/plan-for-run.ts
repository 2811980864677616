/** What a run's agents shall do now: plan and lease follow from the run alone (pure). */
import type { Lease, Plan } from '@ptp-tester/wire';
import { fleetSpecOf } from './fleet-spec.ts';
import type { InstanceRecord, Run, RunState } from './run.ts';
import { endPhasesS, expiryS } from './run-bound.ts';

const FINISHING: ReadonlySet<RunState> = new Set(['finishing', 'keeping', 'terminating', 'ended']);

/** Generation 1 measures, generation 2 finishes: the generation follows from the state, so a restart cannot lose it. */
export function planForRun(run: Run): Plan {
  const finishing = FINISHING.has(run.state);
  return {
    generation: finishing ? 2 : 1,
    phase: finishing ? 'finish' : 'measure',
    sources: run.spec.sources,
    batch: { max_samples: run.spec.batch.maxSamples, max_age_ms: run.spec.batch.maxAgeMs },
    spool_max_bytes: run.spec.spoolMaxBytes,
    // A simulated PHC is nothing that a machine could be set up for.
    ...(run.spec.sources.phc?.mode === 'device'
      ? { setup: { enable_phc: run.spec.enablePhc ?? 'auto', configure_chrony: true } }
      : {}),
    ...(fleetSpecOf(run.spec).keep === 'none' ? {} : { hold: true }),
    ...(run.spec.evidence === true ? { evidence: true } : {}),
  };
}

/** From `disarm` on, its power-off switches must not end it; one that could not be kept gets them back while that still helps. */
function isDisarmed({ state, keep = null }: Pick<InstanceRecord, 'state' | 'keep'>): boolean {
  if (state === 'kept') return true;
  if (state !== 'keeping' || keep === null || keep.step === 'check') return false;
  return keep.failure === null || (keep.step !== 'disarm' && keep.step !== 'set_stop');
}

/**
 * The longest this instance may live from `now` (ms since 1970): every phase at its time-out, whatever happens to the controller.
 * Without `instance` it is the lease of an instance that is not to be kept.
 */
export function leaseForRun(run: Run, now: number, instance?: Pick<InstanceRecord, 'state' | 'keep'>): Lease {
  const { spec, soakEndsAt, createdAt } = run;
  const latestAt = createdAt + expiryS(spec) * 1000;
  const endsAt = soakEndsAt === null ? latestAt : Math.min(latestAt, soakEndsAt + endPhasesS(spec) * 1000);
  return {
    type: 'lease',
    orphan_s: spec.timeouts.orphanS,
    ends_in_s: Math.max(10, Math.ceil((endsAt - now) / 1000)),
    ...(instance !== undefined && isDisarmed(instance) ? { disarmed: true } : {}),
  };
}

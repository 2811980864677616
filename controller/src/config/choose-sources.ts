/** What the agents measure and how often. */
import { CHRONY_DEFAULT_READS_PER_S, checkReadBudget } from '@ptp-tester/measurement';
import type { SimulatedPhcTruth, SourcesPlan } from '@ptp-tester/wire';
import type { ConfigFile } from './config-schema.ts';
import type { OptionChooser } from './option-chooser.ts';
import type { RunFlags } from './run-flags.ts';

const DEFAULT_INTERVAL_MS = 250;
const DEFAULT_READINGS = 3;

/** The truth of the simulated PHC where the user only asked for "simulated". */
export const DEFAULT_SIMULATED_PHC: SimulatedPhcTruth = {
  seed: 1,
  offset_ns: 120,
  frequency_ppb: 0,
  white_noise_ns: 30,
  random_walk_ns: 5,
  read_delay_ns: 1500,
  faults: [],
};

export function chooseSources(chooser: OptionChooser, flags: RunFlags, { soak }: ConfigFile): SourcesPlan {
  const interval = chooser.choose('interval_ms', {
    flag: chooser.integer('--interval', flags.interval, { min: 10, max: 3_600_000 }),
    file: soak?.interval_ms,
    fallback: DEFAULT_INTERVAL_MS,
  });
  const readings = chooser.choose('readings', {
    flag: chooser.integer('--readings', flags.readings, { min: 1, max: 25 }),
    file: soak?.readings,
    fallback: DEFAULT_READINGS,
  });
  const budget = checkReadBudget({ readings, intervalMs: interval, chronyReadsPerS: CHRONY_DEFAULT_READS_PER_S });
  if (!budget.ok) chooser.problem('--interval, --readings', budget.explanation);
  const truth = chooser.choose<SimulatedPhcTruth | null>('simulated_phc', {
    flag: flags.simulatePhc === true ? (soak?.simulated_phc ?? DEFAULT_SIMULATED_PHC) : undefined,
    file: soak?.simulated_phc,
    fallback: null,
  });
  const phc = { interval_ms: interval, readings };
  return {
    raw: { interval_ms: 1000 },
    phc: truth === null ? { ...phc, mode: 'device' } : { ...phc, mode: 'simulated', simulated: truth },
    kernel: { interval_ms: 10_000 },
    chrony: { interval_ms: 1000 },
    chrony_source: { interval_ms: 10_000 },
    ena: { interval_ms: 10_000 },
    host: { interval_ms: 10_000 },
    self: { interval_ms: 10_000 },
  };
}

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

/** `seedFromRun`: the seed of the simulated PHC is left open. */
export interface ChosenSources {
  readonly sources: SourcesPlan;
  readonly seedFromRun?: boolean;
}

export function chooseSources(chooser: OptionChooser, flags: RunFlags, { soak }: ConfigFile): ChosenSources {
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
  const asked = soak?.simulated_phc ?? (flags.simulatePhc === true ? {} : undefined);
  const { seed: _, ...defaults } = DEFAULT_SIMULATED_PHC;
  const wanted = asked === undefined ? undefined : { ...defaults, ...asked };
  const truth = chooser.choose<Omit<SimulatedPhcTruth, 'seed'> | null>('simulated_phc', {
    flag: flags.simulatePhc === true ? wanted : undefined,
    file: wanted,
    fallback: null,
  });
  const { seed = DEFAULT_SIMULATED_PHC.seed } = asked ?? {};
  const phc = { interval_ms: interval, readings };
  const sources: SourcesPlan = {
    raw: { interval_ms: 1000 },
    phc: truth === null ? { ...phc, mode: 'device' } : { ...phc, mode: 'simulated', simulated: { ...truth, seed } },
    kernel: { interval_ms: 10_000 },
    chrony: { interval_ms: 1000 },
    chrony_source: { interval_ms: 10_000 },
    ena: { interval_ms: 10_000 },
    host: { interval_ms: 10_000 },
    self: { interval_ms: 10_000 },
  };
  return asked === undefined || asked.seed !== undefined ? { sources } : { sources, seedFromRun: true };
}

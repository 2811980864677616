/** From the command line and the configuration file to what a run is asked to do, each value with where it came from. */
import { CHRONY_DEFAULT_READS_PER_S, checkReadBudget } from '@ptp-tester/measurement';
import type { SimulatedPhcTruth, SourcesPlan } from '@ptp-tester/wire';
import type { InstanceTypeSpec, RunSpec } from '../runs/run.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import type { ConfigFile } from './config-file.ts';
import { parseDuration } from './duration.ts';
import { parseInstanceTypes } from './instance-types.ts';

/** The flags of `run` as text, exactly as given; undefined where absent. */
export interface RunFlags {
  readonly instanceTypes?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly region?: string | undefined;
  readonly amiId?: string | undefined;
  readonly securityGroupId?: string | undefined;
  readonly placementGroup?: string | undefined;
  readonly keyName?: string | undefined;
  readonly duration?: string | undefined;
  readonly interval?: string | undefined;
  readonly readings?: string | undefined;
  readonly simulatePhc?: boolean | undefined;
}

export type ValueSource = 'command line' | 'configuration file' | 'default';

/** What a run is asked to do; the parts that only the running controller knows are missing. */
export type RunRequest = Omit<RunSpec, 'publicUrl'>;

export interface EffectiveOption {
  readonly name: string;
  readonly value: string;
  readonly from: ValueSource;
}

export interface RunOptions {
  readonly request: RunRequest;
  /** For showing before anything is launched. */
  readonly effective: readonly EffectiveOption[];
}

const DEFAULT_DURATION = '1h';
const DEFAULT_INTERVAL_MS = 250;
const DEFAULT_READINGS = 3;
/** Runs up to this long close their batches every second, so that a short run shows something at once. */
const SHORT_RUN_S = 600;

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

class Chooser {
  readonly effective: EffectiveOption[] = [];
  readonly problems: ConfigProblem[] = [];

  /** The command line wins over the file, the file over the default. */
  choose<T>(name: string, candidates: { flag?: T | undefined; file?: T | undefined; fallback: T }): T {
    const { flag, file, fallback } = candidates;
    const value = flag ?? file ?? fallback;
    let from: ValueSource = 'default';
    if (flag !== undefined) from = 'command line';
    else if (file !== undefined) from = 'configuration file';
    if (value !== null) this.effective.push({ name, value: describe(value), from });
    return value;
  }

  integer(field: string, text: string | undefined, bounds: { min: number; max: number }): number | undefined {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= bounds.min && value <= bounds.max) return value;
    this.problems.push({ field, reason: `must be a whole number from ${bounds.min} to ${bounds.max}, not "${text}"` });
    return undefined;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return value.map((entry: InstanceTypeSpec) => `${entry.type}:${entry.quantity}`).join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Merges flags and file into a request. Throws ConfigError with every problem at once. */
export function mergeRunOptions(flags: RunFlags, file: ConfigFile): RunOptions {
  const chooser = new Chooser();
  const instanceTypes = chooseInstanceTypes(chooser, flags, file);
  const subnetId = chooser.choose<string | null>('subnet_id', {
    flag: flags.subnetId,
    file: file.subnet_id,
    fallback: null,
  });
  if (subnetId === null) {
    chooser.problems.push({
      field: '--subnet-id',
      reason: 'is required: the subnet in which the instances are launched',
    });
  }
  const durationS = chooseDuration(chooser, flags, file);
  const sources = chooseSources(chooser, flags, file);
  const text = (name: string, flag: string | undefined, fromFile: string | undefined) =>
    chooser.choose<string | null>(name, { flag, file: fromFile, fallback: null });
  const request: RunRequest = {
    instanceTypes,
    region: chooser.choose('region', { flag: flags.region, file: file.region, fallback: 'us-east-1' }),
    subnetId: subnetId ?? '',
    amiId: text('ami_id', flags.amiId, file.ami_id),
    securityGroupId: text('security_group_id', flags.securityGroupId, file.security_group_id),
    placementGroup: text('placement_group', flags.placementGroup, file.placement_group),
    keyName: text('key_name', flags.keyName, file.key_name),
    durationS,
    sources,
    batch: { maxSamples: 60, maxAgeMs: durationS <= SHORT_RUN_S ? 1000 : 5000 },
    spoolMaxBytes: 256 * 1024 * 1024,
    timeouts: { launchS: 300, agentS: 300, finishS: 120, terminateS: 120, orphanS: 86_400 },
    tags: file.tags ?? {},
  };
  if (chooser.problems.length > 0) throw new ConfigError(chooser.problems);
  return { request, effective: chooser.effective };
}

function chooseInstanceTypes(chooser: Chooser, flags: RunFlags, file: ConfigFile): readonly InstanceTypeSpec[] {
  const fromFlag =
    flags.instanceTypes === undefined ? undefined : parseInstanceTypes('--instance-types', flags.instanceTypes);
  if (fromFlag !== undefined && 'reason' in fromFlag) {
    chooser.problems.push(fromFlag);
    return [];
  }
  const fromFile = file.instance_types?.map(({ type, quantity }) => ({ type, quantity: quantity ?? 1 }));
  const chosen = chooser.choose<readonly InstanceTypeSpec[]>('instance_types', {
    flag: fromFlag,
    file: fromFile,
    fallback: [],
  });
  if (chosen.length === 0) {
    chooser.problems.push({
      field: '--instance-types',
      reason: 'is required, for example --instance-types c7i.large:2,m7i.xlarge',
    });
  }
  return chosen;
}

function chooseDuration(chooser: Chooser, flags: RunFlags, file: ConfigFile): number {
  const text = chooser.choose('duration', {
    flag: flags.duration,
    file: file.soak?.duration,
    fallback: DEFAULT_DURATION,
  });
  const seconds = parseDuration(text);
  if (seconds === null || seconds < 1 || seconds > 366 * 86_400) {
    chooser.problems.push({
      field: '--duration',
      reason: `"${text}" is not a length of time from 1s to 366d; write for example 20s, 90m, 14d`,
    });
    return 1;
  }
  return seconds;
}

function chooseSources(chooser: Chooser, flags: RunFlags, file: ConfigFile): SourcesPlan {
  const interval = chooser.choose('interval_ms', {
    flag: chooser.integer('--interval', flags.interval, { min: 10, max: 3_600_000 }),
    file: file.soak?.interval_ms,
    fallback: DEFAULT_INTERVAL_MS,
  });
  const readings = chooser.choose('readings', {
    flag: chooser.integer('--readings', flags.readings, { min: 1, max: 25 }),
    file: file.soak?.readings,
    fallback: DEFAULT_READINGS,
  });
  const budget = checkReadBudget({ readings, intervalMs: interval, chronyReadsPerS: CHRONY_DEFAULT_READS_PER_S });
  if (!budget.ok) chooser.problems.push({ field: '--interval, --readings', reason: budget.explanation });
  const truth = chooser.choose<SimulatedPhcTruth | null>('simulated_phc', {
    flag: flags.simulatePhc === true ? (file.soak?.simulated_phc ?? DEFAULT_SIMULATED_PHC) : undefined,
    file: file.soak?.simulated_phc,
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

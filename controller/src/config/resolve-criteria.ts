/** From the criteria of a user to the limits that apply, with defaults filled in and every fault named at once (pure). */
import { STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import {
  type CriteriaConfig,
  type Criterion,
  compiledCriteria,
  type MaskDefinition,
  type Measure,
} from './criteria.ts';
import { BUILT_IN_MASKS } from './criteria-masks.ts';
import { type CriteriaProfile, criteriaProfile, MEASUREMENT_LIMITS } from './criteria-profiles.ts';

export type Comparison = 'at_most' | 'at_least' | 'below';
/** What a breach means: the verdict `fail`, a warning beside it, or only a line in the report. */
export type Consequence = 'fail' | 'warn' | 'inform';

/** A criterion with nothing left open. */
export interface ResolvedCriterion {
  readonly name: string;
  readonly measure: Measure;
  readonly comparison: Comparison;
  /** NaN for masks, whose limit depends on tau. */
  readonly limit: number;
  readonly consequence: Consequence;
  readonly essential: boolean;
  readonly minSamples: number | null;
  /** The profile it comes from; null for the user's own and for those on the measurement itself. */
  readonly profile: string | null;
  readonly label: string;
}

export interface ResolvedLockRule {
  readonly offsetNs: number;
  readonly forS: number;
  readonly withinS: number;
}

export interface ResolvedCriteria {
  readonly profiles: readonly string[];
  readonly lock: ResolvedLockRule;
  readonly criteria: readonly ResolvedCriterion[];
  /** Built-in ones and the user's, by name. */
  readonly masks: ReadonlyMap<string, MaskDefinition>;
}

/** Facts that a profile depends on. */
export interface CriteriaFacts {
  /** chronyd's `maxclockerror` in ppm; null when not known. */
  readonly maxClockErrorPpm?: number | null;
}

const DEFAULT_LOCK_RULE: ResolvedLockRule = { offsetNs: 1000, forS: 60, withinS: 900 };

/** Throws ConfigError with every fault: unknown columns, labels, masks and names, missing or superfluous limits, disordered masks. */
export function resolveCriteria(config: CriteriaConfig = {}, facts: CriteriaFacts = {}): ResolvedCriteria {
  const problems: ConfigProblem[] = [];
  const { limits: ownLimits = [], masks: ownMasks = [] } = config;
  const profiles = (config.profiles ?? ['ec2-default']).map((name) =>
    criteriaProfile(name, facts.maxClockErrorPpm ?? null),
  );
  const byName = new Map<string, ResolvedCriterion>();
  for (const limit of MEASUREMENT_LIMITS) byName.set(limit.name, resolved(limit, null));
  for (const profile of profiles) for (const limit of profile.limits) byName.set(limit.name, resolved(limit, profile));
  takeOwn(config, byName, problems);
  const masks = new Map([...BUILT_IN_MASKS, ...ownMasks].map((mask) => [mask.name, mask]));
  problems.push(...ownMasks.flatMap((mask, index) => maskProblems(`masks.${index}`, mask)));
  problems.push(...ownLimits.flatMap((limit, index) => limitProblems(`limits.${index} (${limit.name})`, limit, masks)));
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    profiles: profiles.map(({ name }) => name),
    lock: resolvedLock(config),
    criteria: [...byName.values()],
    masks,
  };
}

function resolvedLock({ lock = {} }: CriteriaConfig): ResolvedLockRule {
  const { offsetNs, forS, withinS } = DEFAULT_LOCK_RULE;
  return {
    offsetNs: lock.offset_ns ?? offsetNs,
    forS: lock.for_s ?? forS,
    withinS: lock.within_s ?? withinS,
  };
}

/** Stored or received criteria: checked against the schema first. Throws ConfigError. */
export function parseCriteria(value: unknown): CriteriaConfig {
  if (compiledCriteria.Check(value)) return value;
  throw new ConfigError(
    compiledCriteria.Errors(value).map(({ instancePath, message }) => ({
      field: `criteria${instancePath.replaceAll('/', '.')}`,
      reason: message,
    })),
  );
}

function takeOwn(config: CriteriaConfig, byName: Map<string, ResolvedCriterion>, problems: ConfigProblem[]): void {
  for (const name of config.without ?? []) {
    if (!byName.delete(name)) {
      const reason = `no limit is called "${name}"; there are ${[...byName.keys()].join(', ')}`;
      problems.push({ field: 'criteria.without', reason });
    }
  }
  const own = new Set<string>();
  for (const limit of config.limits ?? []) {
    if (own.has(limit.name)) {
      problems.push({ field: 'criteria.limits', reason: `"${limit.name}" stands there twice` });
    }
    own.add(limit.name);
    byName.set(limit.name, resolved(limit, null));
  }
}

function resolved(criterion: Criterion, profile: CriteriaProfile | null): ResolvedCriterion {
  return {
    name: criterion.name,
    measure: criterion.measure,
    comparison: criterion.comparison ?? 'at_most',
    limit: criterion.limit ?? Number.NaN,
    consequence: criterion.consequence ?? 'fail',
    essential: criterion.essential ?? false,
    minSamples: criterion.min_samples ?? null,
    profile: profile?.name ?? null,
    label: profile?.label ?? '',
  };
}

function limitProblems(
  place: string,
  { measure, limit }: Criterion,
  masks: ReadonlyMap<string, MaskDefinition>,
): ConfigProblem[] {
  const field = `criteria.${place}`;
  const problems = columnProblems(field, measure);
  const hasMask = 'mask' in measure;
  if (hasMask && limit !== undefined) problems.push({ field, reason: 'a mask is the limit itself; leave "limit" out' });
  if (!hasMask && limit === undefined) problems.push({ field, reason: 'needs a limit' });
  if (hasMask && !masks.has(measure.mask)) {
    problems.push({ field, reason: `no mask is called "${measure.mask}"; there are ${[...masks.keys()].join(', ')}` });
  }
  return problems;
}

function columnProblems(field: string, measure: Measure): ConfigProblem[] {
  if (!('column' in measure)) return [];
  const declaration: StreamDeclaration = STREAMS[measure.stream as StreamName];
  const found = declaration.columns.find((column) => column.name === measure.column);
  if (found === undefined) {
    const names = declaration.columns.map((column) => column.name).join(', ');
    return [{ field, reason: `stream ${measure.stream} has no column ${measure.column}; it has ${names}` }];
  }
  if (measure.kind === 'code_share') {
    if (found.labels?.includes(measure.code)) return [];
    const known = found.labels?.join(', ') ?? 'none: it is no code';
    return [{ field, reason: `column ${measure.column} has no code "${measure.code}"; it has ${known}` }];
  }
  if (found.kind === 'int' || found.kind === 'float') return [];
  return [
    { field, reason: `column ${measure.column} is ${found.kind}: only differences (int, float) have such limits` },
  ];
}

/** What is wrong with a mask of the user's; `place` names it. */
export function maskProblems(place: string, mask: MaskDefinition): ConfigProblem[] {
  const field = `criteria.${place} (${mask.name})`;
  const ends = [mask.from_s, ...mask.pieces.map(({ up_to_s }) => up_to_s)];
  const isAscending = ends.every((end, index) => index === 0 || end > (ends[index - 1] ?? 0));
  const problems: ConfigProblem[] = [];
  if (!isAscending) problems.push({ field, reason: 'from_s and the pieces’ up_to_s must ascend' });
  if (BUILT_IN_MASKS.some(({ name }) => name === mask.name)) {
    problems.push({ field, reason: 'is the name of a built-in mask' });
  }
  return problems;
}

/** What must be followed of an instance so that its criteria can be judged at any time without its single samples (pure). */
import { createHash } from 'node:crypto';
import { columnIndex, STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import type { SourcesPlan } from '@ptp-tester/wire';
import type { CriteriaConfig, Measure } from '../../config/criteria.ts';
import { type ResolvedCriteria, type ResolvedCriterion, resolveCriteria } from '../../config/resolve-criteria.ts';
import { codeOf } from '../measure-column.ts';
import { type Hold, holdOf } from '../start-transient.ts';

/** Raised whenever saved folds mean something else: those of another version are made anew. */
const FOLD_VERSION = 1;

/** One column whose values are tallied. */
export interface PlannedTally {
  readonly column: string;
  readonly index: number;
  /** Whole numbers, which a bucket of one unit holds exactly. */
  readonly isWhole: boolean;
  /** Whether percentiles are asked for; then each limit that they are held against. */
  readonly hasPercentiles: boolean;
  readonly limits: readonly number[];
  /** Numbers of the codes whose share is asked for. */
  readonly codes: readonly number[];
}

export interface FoldPlan {
  /** Folds with the same key can be continued. */
  readonly key: string;
  readonly tallies: ReadonlyMap<StreamName, readonly PlannedTally[]>;
  /** Streams whose books are kept. */
  readonly accounts: ReadonlySet<StreamName>;
  readonly hold: Hold;
  readonly asksChrony: boolean;
  /** Without a planned PHC everything is judged from the first sample on. */
  readonly hasPhc: boolean;
}

export interface FoldPlanInput {
  readonly criteria: CriteriaConfig;
  readonly sources: SourcesPlan;
  readonly simulated: boolean;
  readonly plannedSoakNs: number;
}

/** chronyd's `maxclockerror` changes limits and is known only later: what either asks for is followed. Throws ConfigError. */
const EITHER_PPM = [null, Number.MAX_SAFE_INTEGER];

export function makeFoldPlan({ criteria: config, sources, simulated, plannedSoakNs }: FoldPlanInput): FoldPlan {
  const either = EITHER_PPM.map((maxClockErrorPpm) => resolveCriteria(config, { maxClockErrorPpm }));
  const criteria = either.flatMap((resolved) => resolved.criteria);
  const [{ lock } = resolveCriteria(config)] = either;
  const parts = {
    tallies: talliesOf(criteria),
    accounts: new Set(criteria.flatMap(({ measure }) => accountOf(measure))),
    hold: holdOf(lock, plannedSoakNs),
    asksChrony: !simulated && sources.chrony !== undefined,
    hasPhc: sources.phc !== undefined,
  };
  return { ...parts, key: keyOf(parts) };
}

/** Kinds of measures that need the samples in order over long times: they are decided in the report only. */
function isLeftToReport(kind: Measure['kind']): boolean {
  switch (kind) {
    case 'mtie':
    case 'tdev':
    case 'mtie_mask':
    case 'tdev_mask':
    case 'constant_te':
    case 'low_pass_max_abs':
    case 'low_pass_mtie':
    case 'low_pass_tdev':
    case 'high_pass_peak_to_peak':
      return true;
    default:
      return false;
  }
}

/** Names of those criteria. */
export function leftToReport({ criteria }: ResolvedCriteria): string[] {
  return criteria.filter(({ measure }) => isLeftToReport(measure.kind)).map(({ name }) => name);
}

function accountOf(measure: Measure): StreamName[] {
  switch (measure.kind) {
    case 'missing_share':
    case 'unaccounted_ticks':
    case 'soak_share':
      return [measure.stream];
    default:
      return [];
  }
}

type TalliedMeasure = Extract<Measure, { kind: 'max_abs' | 'abs_percentile' | 'code_share' }>;

function talliesOf(criteria: readonly ResolvedCriterion[]): ReadonlyMap<StreamName, readonly PlannedTally[]> {
  const wanted = criteria.flatMap(({ measure, limit }) => (isTallied(measure) ? [{ measure, limit }] : []));
  const byStream = Map.groupBy(wanted, ({ measure }) => measure.stream);
  return new Map(
    [...byStream].map(([stream, ofStream]) => {
      const byColumn = Map.groupBy(ofStream, ({ measure }) => measure.column);
      return [stream, [...byColumn].map(([column, those]) => tallyOf(stream, column, those))];
    }),
  );
}

function isTallied(measure: Measure): measure is TalliedMeasure {
  return measure.kind === 'max_abs' || measure.kind === 'abs_percentile' || measure.kind === 'code_share';
}

function tallyOf(
  stream: StreamName,
  column: string,
  those: readonly { readonly measure: TalliedMeasure; readonly limit: number }[],
): PlannedTally {
  const declaration: StreamDeclaration = STREAMS[stream];
  const percentiles = those.filter(({ measure }) => measure.kind === 'abs_percentile');
  const codes = those.flatMap(({ measure }) => (measure.kind === 'code_share' ? [codeOf(measure)] : []));
  const index = columnIndex(declaration, column);
  return {
    column,
    index,
    isWhole: declaration.columns[index]?.kind !== 'float',
    hasPercentiles: percentiles.length > 0,
    limits: [...new Set(percentiles.map(({ limit }) => limit))],
    codes: [...new Set(codes)],
  };
}

function keyOf(parts: Omit<FoldPlan, 'key'>): string {
  const plain = { ...parts, tallies: [...parts.tallies], accounts: [...parts.accounts], version: FOLD_VERSION };
  return createHash('sha256').update(JSON.stringify(plain)).digest('hex');
}

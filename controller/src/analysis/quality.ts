/**
 * Quality of one instance's measurement, judged from its stored data against few stated criteria. It says whether the measurement
 * can be trusted and the clock could be read; limits on the offset itself belong to the criteria that a user chooses.
 */
import type { AxisVerdict, Quality, StreamName } from '@ptp-tester/measurement';
import type { SeriesAnalysis } from './analyse-series.ts';
import type { ColumnFigures } from './column-figures.ts';

interface Criterion {
  readonly name: 'share_stored' | 'unaccounted_ticks' | 'phc_read_errors';
  readonly stream: StreamName;
  readonly value: number | null;
  readonly limit: number;
  /** Passes when value is `at_least` or `below` or `at_most` the limit. */
  readonly comparison: 'at_least' | 'at_most' | 'below';
  readonly pass: boolean;
  readonly reason: string;
}

export interface QualityJudgement extends AxisVerdict<Quality> {
  readonly criteria: readonly Criterion[];
}

export interface QualityInput {
  readonly series: readonly SeriesAnalysis[];
  /** Whether the plan asks for PHC samples. */
  readonly phcPlanned: boolean;
  readonly rawPlanned: boolean;
  readonly plannedSoakNs: number;
  readonly simulated: boolean;
}

const MIN_SHARE_STORED = 0.95;
/** Whether a very late sample belongs to its tick or the next can be ambiguous: one tick, or one in ten thousand. */
const MAX_UNACCOUNTED_SHARE = 1e-4;
/** The ENA driver's documentation calls fewer than 1 % failed reads normal. */
const MAX_READ_ERROR_SHARE = 0.01;
const MIN_SAMPLES = 10;
const MIN_SOAK_SHARE = 0.5;

export function judgeQuality(input: QualityInput): QualityJudgement {
  const judged = judgedSeries(input);
  const criteria = judged.flatMap((series) => criteriaOf(series));
  const marked = (reason: string) =>
    input.simulated ? `SIMULATED PHC, says nothing about hardware: ${reason}` : reason;
  const missing = notEnough(input, judged);
  if (missing !== null) return { value: 'not_enough_data', reason: marked(missing), criteria };
  const failed = criteria.filter((criterion) => !criterion.pass);
  if (failed.length > 0) {
    return { value: 'fail', reason: marked(failed.map((criterion) => criterion.reason).join('; ')), criteria };
  }
  const stored = criteria.filter(({ name }) => name === 'share_stored').map(({ reason }) => reason);
  return { value: 'pass', reason: marked([`all ${criteria.length} criteria hold`, ...stored].join('; ')), criteria };
}

function judgedSeries({ series, phcPlanned, rawPlanned }: QualityInput): SeriesAnalysis[] {
  const wanted = new Set<StreamName>([
    ...(phcPlanned ? (['phc'] as const) : []),
    ...(rawPlanned ? (['raw'] as const) : []),
  ]);
  return series.filter((one) => wanted.has(one.stream));
}

/** Why there is too little to judge, or null. */
function notEnough(input: QualityInput, judged: readonly SeriesAnalysis[]): string | null {
  const wanted = [...(input.phcPlanned ? ['phc'] : []), ...(input.rawPlanned ? ['raw'] : [])];
  if (wanted.length === 0) return 'the plan measures neither the PHC nor the raw clock';
  const reasons = wanted.map((stream) => {
    const found = judged.find((series) => series.stream === stream && series.account.stored > 0);
    return found === undefined ? `no ${stream} sample is stored` : tooLittle(found, input.plannedSoakNs);
  });
  return reasons.find((reason) => reason !== null) ?? null;
}

function tooLittle({ stream, account, firstAt, lastAt }: SeriesAnalysis, plannedSoakNs: number): string | null {
  if (account.stored < MIN_SAMPLES) {
    return `only ${account.stored} ${stream} samples are stored, at least ${MIN_SAMPLES} are needed`;
  }
  const coveredNs = Number((lastAt ?? 0n) - (firstAt ?? 0n));
  if (coveredNs >= plannedSoakNs * MIN_SOAK_SHARE) return null;
  return `${stream} was measured for ${seconds(coveredNs)} of the ${seconds(plannedSoakNs)} planned, at least half is needed`;
}

function criteriaOf(series: SeriesAnalysis): Criterion[] {
  const { stream, account } = series;
  const share = account.shareStored;
  const maxUnaccounted = Math.max(1, Math.floor(account.expected * MAX_UNACCOUNTED_SHARE));
  const unaccounted = Math.abs(account.unaccounted);
  const criteria: Criterion[] = [
    {
      name: 'share_stored',
      stream,
      value: share,
      limit: MIN_SHARE_STORED,
      comparison: 'at_least',
      pass: share !== null && share >= MIN_SHARE_STORED,
      reason: `${stream}: ${account.stored} of ${account.expected} expected ticks are stored (${percent(share)}, at least ${percent(MIN_SHARE_STORED)} wanted)`,
    },
    {
      name: 'unaccounted_ticks',
      stream,
      value: unaccounted,
      limit: maxUnaccounted,
      comparison: 'at_most',
      pass: unaccounted <= maxUnaccounted && series.problems.length === 0,
      reason: `${stream}: ${account.unaccounted} ticks are unaccounted for (at most ${maxUnaccounted})${problemText(series)}`,
    },
  ];
  if (stream === 'phc') criteria.push(readErrors(series));
  return criteria;
}

function readErrors(series: SeriesAnalysis): Criterion {
  const ok = sumOf(series.figures, 'readings_ok');
  const failed = sumOf(series.figures, 'readings_failed');
  const share = ok + failed > 0 ? failed / (ok + failed) : null;
  return {
    name: 'phc_read_errors',
    stream: 'phc',
    value: share,
    limit: MAX_READ_ERROR_SHARE,
    comparison: 'below',
    pass: share !== null && share < MAX_READ_ERROR_SHARE,
    reason: `phc: ${failed} of ${ok + failed} readings failed (${percent(share)}, less than ${percent(MAX_READ_ERROR_SHARE)} wanted)`,
  };
}

function sumOf(figures: readonly ColumnFigures[], column: string): number {
  const found = figures.find((figure) => figure.column === column);
  return found?.kind === 'sum' ? found.sum : 0;
}

function problemText({ problems }: SeriesAnalysis): string {
  return problems.length > 0 ? `; ${problems.join('; ')}` : '';
}

/** Rounded down at two decimals, so that 94.999 % never reads as 95 %. */
function percent(share: number | null): string {
  return share === null ? 'nothing' : `${Math.floor(share * 10_000) / 100} %`;
}

function seconds(ns: number): string {
  return `${Math.round(ns / 1e8) / 10} s`;
}

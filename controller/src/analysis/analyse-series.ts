/** One series of one instance: its books, its gaps and its figures, in one pass over its batches. */
import { AT_COLUMN, columnIndex, STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import type { PassingBatch, SeriesId, StoredLoss } from '../store/sample-store.ts';
import type { BoundedList } from './bounded-list.ts';
import { type ColumnFigures, type FigureGatherer, makeGatherer, needsKept } from './column-figures.ts';
import type { DataGap } from './data-gap.ts';
import { KeptColumns, type KeptSeries } from './kept-columns.ts';
import { type MeasuringEnd, type NackedRecord, SeriesAccountant } from './series-accountant.ts';
import { type PlannedFigure, STREAM_FIGURES } from './stream-plan.ts';
import type { TickAccount } from './tick-account.ts';

export interface SeriesAnalysis {
  readonly stream: StreamName;
  readonly key: string;
  readonly records: number;
  /** First and last stored sample on the instance's system clock; null without any. */
  readonly firstAt: bigint | null;
  readonly lastAt: bigint | null;
  /** Every interval that was in force, in the order of first use. */
  readonly intervalsNs: readonly number[];
  readonly account: TickAccount;
  readonly gaps: BoundedList<DataGap>;
  readonly figures: readonly ColumnFigures[];
  readonly problems: readonly string[];
}

/** What is known of the instance as a whole. */
export interface SeriesContext {
  readonly boots: ReadonlyMap<string, string>;
  /** Of the instance, in the order of epoch and sequence. */
  readonly losses: readonly StoredLoss[];
  readonly nacks: readonly NackedRecord[];
  readonly end: MeasuringEnd | null;
  /** Columns that are wanted sample by sample, beside those that figures need. */
  readonly keep: readonly string[];
  /** How many samples there are about. */
  readonly expectedSamples: number;
}

export interface AnalysedSeries {
  readonly analysis: SeriesAnalysis;
  readonly kept: KeptSeries;
}

interface Gathering {
  readonly index: number;
  readonly gatherer: FigureGatherer;
}

/** Takes the batches of one series in the order of epoch and sequence. */
export interface SeriesAnalyser {
  add(stored: PassingBatch): void;
  finish(): AnalysedSeries;
}

export function makeSeriesAnalyser(series: SeriesId, context: SeriesContext): SeriesAnalyser {
  const { boots, nacks, end } = context;
  const declaration: StreamDeclaration = STREAMS[series.stream];
  const planned = STREAM_FIGURES[series.stream];
  const gatherings = planned.map((figure) => gathering(declaration, figure));
  const keep = [...new Set([...planned.filter(needsKept).map(({ column }) => column), ...context.keep])];
  const columns = new KeptColumns(series, keep, keep.length === 0 ? 0 : context.expectedSamples);
  const keyed = declaration.keyMeaning !== undefined;
  const losses = context.losses.filter((loss) => loss.stream === series.stream && loss.key === series.key);
  const accountant = new SeriesAccountant({ series, keyed, boots, losses, nacks });
  const seen = { records: 0, firstAt: null as bigint | null, lastAt: null as bigint | null };
  const intervalsNs = new Set<number>();
  const add = (stored: PassingBatch) => {
    const { epoch, batch } = stored;
    accountant.add(stored);
    const at = batch.columns[AT_COLUMN] as BigInt64Array;
    seen.records += 1;
    seen.firstAt ??= at[0] ?? null;
    seen.lastAt = at.at(-1) ?? seen.lastAt;
    intervalsNs.add(batch.intervalNs);
    if (keep.length > 0) columns.add(stored, boots.get(epoch) ?? epoch);
    for (const { index, gatherer } of gatherings) gatherer.add(batch.columns[index] ?? new Float64Array(0));
  };
  const finish = (): AnalysedSeries => {
    const { account, gaps, problems } = accountant.finish(end);
    const kept = columns.finish();
    const figures = gatherings.map(({ gatherer }) => gatherer.finish(kept));
    const all = [...problems, ...(kept.problem === null ? [] : [kept.problem])];
    const { stream, key } = series;
    const analysis = { stream, key, ...seen, intervalsNs: [...intervalsNs], account, gaps, figures, problems: all };
    return { kept, analysis };
  };
  return { add, finish };
}

function gathering(declaration: StreamDeclaration, planned: PlannedFigure): Gathering {
  const index = columnIndex(declaration, planned.column);
  const column = declaration.columns[index];
  if (column === undefined) throw new RangeError(`stream ${declaration.name} has no column ${index}`);
  return { index, gatherer: makeGatherer(planned, column) };
}

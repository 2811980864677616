/** One series of one instance: its books, its gaps and its figures, in as few passes over the batches as its columns need. */
import type { SeriesChunk } from '@ptp-tester/clockstats';
import {
  type ColumnDeclaration,
  columnIndex,
  MONO_COLUMN,
  STREAMS,
  type StreamDeclaration,
  type StreamName,
} from '@ptp-tester/measurement';
import type { SampleReader, SeriesId, StoredLoss } from '../store/sample-store.ts';
import type { BoundedList } from './bounded-list.ts';
import { type ColumnFigures, type FigureGatherer, makeGatherer, seriesFigures } from './column-figures.ts';
import type { DataGap } from './data-gap.ts';
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
  readonly reader: SampleReader;
  readonly boots: ReadonlyMap<string, string>;
  /** Of the instance, in the order of epoch and sequence. */
  readonly losses: readonly StoredLoss[];
  readonly nacks: readonly NackedRecord[];
  readonly end: MeasuringEnd | null;
}

interface Gatherers {
  readonly index: number;
  readonly gatherer: FigureGatherer;
}

export function analyseSeries(series: SeriesId, context: SeriesContext): SeriesAnalysis {
  const { reader, boots, nacks, end } = context;
  const declaration: StreamDeclaration = STREAMS[series.stream];
  const planned = STREAM_FIGURES[series.stream];
  const gatherers = planned.flatMap((figure): Gatherers[] => {
    const index = columnIndex(declaration, figure.column);
    const gatherer = makeGatherer(figure, columnAt(declaration, index));
    return gatherer === null ? [] : [{ index, gatherer }];
  });
  const keyed = declaration.keyMeaning !== undefined;
  const losses = context.losses.filter((loss) => loss.stream === series.stream && loss.key === series.key);
  const accountant = new SeriesAccountant({ series, keyed, boots, losses, nacks });
  const seen = { records: 0, firstAt: null as bigint | null, lastAt: null as bigint | null };
  const intervalsNs = new Set<number>();
  for (const stored of reader.batches(series)) {
    accountant.add(stored);
    const at = stored.batch.columns[0] as BigInt64Array;
    seen.records += 1;
    seen.firstAt ??= at[0] ?? null;
    seen.lastAt = at.at(-1) ?? seen.lastAt;
    intervalsNs.add(stored.batch.intervalNs);
    for (const { index, gatherer } of gatherers) gatherer.add(stored.batch.columns[index] ?? new Float64Array(0));
  }
  const { account, gaps, problems } = accountant.finish(end);
  const whole = wholeSeriesFigures(series, context, planned);
  const figures = [...whole.figures, ...gatherers.map(({ gatherer }) => gatherer.finish())];
  return {
    stream: series.stream,
    key: series.key,
    ...seen,
    intervalsNs: [...intervalsNs],
    account,
    gaps,
    figures: inPlannedOrder(figures, planned),
    problems: [...problems, ...whole.problems],
  };
}

function wholeSeriesFigures(
  series: SeriesId,
  { reader, boots }: SeriesContext,
  planned: readonly PlannedFigure[],
): { readonly figures: readonly ColumnFigures[]; readonly problems: readonly string[] } {
  const declaration: StreamDeclaration = STREAMS[series.stream];
  const figures: ColumnFigures[] = [];
  const problems: string[] = [];
  for (const figure of planned) {
    if (figure.kind !== 'offset' && figure.kind !== 'rate') continue;
    const index = columnIndex(declaration, figure.column);
    const made = seriesFigures(figure, columnAt(declaration, index), chunksOf({ reader, series, boots }, index));
    figures.push(made.figures);
    if (made.problem !== null) problems.push(made.problem);
  }
  return { figures, problems };
}

function* chunksOf(
  from: { reader: SampleReader; series: SeriesId; boots: ReadonlyMap<string, string> },
  index: number,
): Generator<SeriesChunk> {
  for (const { epoch, sequence, batch } of from.reader.batches(from.series)) {
    yield {
      boot: from.boots.get(epoch) ?? epoch,
      epoch,
      sequence,
      monoRawNs: batch.columns[MONO_COLUMN] as BigInt64Array,
      values: batch.columns[index] as Float64Array | BigInt64Array,
    };
  }
}

function columnAt(declaration: StreamDeclaration, index: number): ColumnDeclaration {
  const column = declaration.columns[index];
  if (column === undefined) throw new RangeError(`stream ${declaration.name} has no column ${index}`);
  return column;
}

function inPlannedOrder(figures: readonly ColumnFigures[], planned: readonly PlannedFigure[]): ColumnFigures[] {
  return planned.flatMap(({ column }) => figures.filter((figure) => figure.column === column));
}

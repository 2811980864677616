/** What is followed of one series of an instance: its books, its order, its tallies. */
import {
  AT_COLUMN,
  type Batch,
  columnIndex,
  MONO_COLUMN,
  STREAMS,
  type StreamDeclaration,
} from '@ptp-tester/measurement';
import type { SeriesId, StoredLoss } from '../../store/sample-store.ts';
import type { BoundedList } from '../bounded-list.ts';
import type { ColumnFigures } from '../column-figures.ts';
import type { DataGap } from '../data-gap.ts';
import type { JudgedSeries } from '../judged-data.ts';
import { type MeasuringEnd, type NackedRecord, type SavedAccount, SeriesAccountant } from '../series-accountant.ts';
import { closeAccount, NO_TICKS } from '../tick-account.ts';
import { ColumnTally, type SavedTally } from './column-tally.ts';
import type { FoldPlan, PlannedTally } from './fold-plan.ts';
import { numbersOf, type RowsRequest, type SavedOrder, type SeriesRows, takeRows } from './series-rows.ts';

/** As plain data. */
export interface SavedSeries {
  readonly id: SeriesId;
  readonly stored: number;
  readonly firstAt: bigint | null;
  readonly last: MeasuringEnd | null;
  readonly order: SavedOrder | null;
  /** Where samples were out of order first. */
  readonly disorder: string | null;
  readonly account: SavedAccount | null;
  readonly tallies: readonly SavedTally[];
  readonly sums: readonly number[];
}

/** Shared by the series of an instance; grows while it is followed. */
export interface SeriesSurroundings {
  readonly plan: FoldPlan;
  readonly boots: ReadonlyMap<string, string>;
  readonly nacks: readonly NackedRecord[];
}

const NO_GAPS: BoundedList<DataGap> = { items: [], total: 0 };
/** Of which the share of failed readings is made. */
const SUMMED = ['readings_ok', 'readings_failed'] as const;
const SUMMED_INDICES = SUMMED.map((column) => columnIndex(STREAMS.phc, column));

export class SeriesFold {
  readonly id: SeriesId;
  readonly tallies: readonly { readonly plan: PlannedTally; readonly tally: ColumnTally }[];
  readonly #around: SeriesSurroundings;
  readonly #losses: StoredLoss[];
  readonly #accountant: SeriesAccountant | null;
  readonly #sums: number[];
  #stored: number;
  #firstAt: bigint | null;
  #last: MeasuringEnd | null;
  #order: SavedOrder | null;
  #disorder: string | null;

  constructor(id: SeriesId, around: SeriesSurroundings, saved: SavedSeries | null = null) {
    const plans = around.plan.tallies.get(id.stream) ?? [];
    this.id = id;
    this.#around = around;
    this.tallies = plans.map((plan, place) => ({ plan, tally: new ColumnTally(plan, saved?.tallies[place] ?? null) }));
    this.#losses = [...(saved?.account?.losses ?? [])];
    const isAccounted = around.plan.accounts.has(id.stream);
    this.#accountant = isAccounted ? this.#accountantFrom(saved?.account ?? null, this.#losses) : null;
    this.#sums = [...(saved?.sums ?? SUMMED.map(() => 0))];
    this.#stored = saved?.stored ?? 0;
    this.#firstAt = saved?.firstAt ?? null;
    this.#last = saved?.last ?? null;
    this.#order = saved?.order ?? null;
    this.#disorder = saved?.disorder ?? null;
  }

  save(): SavedSeries {
    return {
      id: this.id,
      stored: this.#stored,
      firstAt: this.#firstAt,
      last: this.#last,
      order: this.#order,
      disorder: this.#disorder,
      account: this.#accountant?.save() ?? null,
      tallies: this.tallies.map(({ tally }) => tally.save()),
      sums: [...this.#sums],
    };
  }

  /** The last sample; null before the first. */
  get last(): MeasuringEnd | null {
    return this.#last;
  }

  lose(loss: StoredLoss): void {
    if (this.#accountant !== null) this.#losses.push(loss);
  }

  /** The rows for whom else follows them; null when there are none. */
  add(
    { epoch, sequence, batch }: { epoch: string; sequence: number; batch: Batch },
    request: Omit<RowsRequest, 'order'>,
  ): SeriesRows | null {
    const { instanceId } = this.id;
    this.#accountant?.add({ instanceId, epoch, sequence, batch });
    const at = (batch.columns[AT_COLUMN] as BigInt64Array).at(-1);
    const monoRawNs = (batch.columns[MONO_COLUMN] as BigInt64Array).at(-1);
    if (at === undefined || monoRawNs === undefined) return null;
    this.#stored += batch.rows;
    this.#firstAt ??= (batch.columns[AT_COLUMN] as BigInt64Array)[0] ?? null;
    this.#last = { epoch, at, monoRawNs };
    if (this.id.stream === 'phc') this.#sum(batch);
    const taken = takeRows(batch, { ...request, order: this.#order });
    if (taken === null || taken.hasDisorder) {
      this.#disorder ??= `record ${sequence}: a sample is not later than the one before it`;
    }
    if (taken === null) return null;
    this.#order = taken.order;
    for (const { tally } of this.tallies) tally.add(taken.rows);
    return taken.rows;
  }

  #sum({ columns }: Batch): void {
    for (const [place, index] of SUMMED_INDICES.entries()) {
      for (const value of numbersOf(columns[index])) {
        if (Number.isFinite(value)) this.#sums[place] = (this.#sums[place] ?? 0) + value;
      }
    }
  }

  /** The books as if closed now. */
  judged(end: MeasuringEnd | null): JudgedSeries {
    const { stream, key } = this.id;
    const closed = this.#accountant === null ? null : this.#closed(this.#accountant.save(), end);
    const plain = { ...NO_TICKS, stored: this.#stored, expected: this.#stored };
    const disorder = this.#disorder === null ? [] : [this.#disorder];
    return {
      stream,
      key,
      firstAt: this.#firstAt,
      lastAt: this.#last?.at ?? null,
      account: closed?.account ?? closeAccount(plain),
      gaps: closed?.gaps ?? NO_GAPS,
      figures: stream === 'phc' ? this.#figures() : [],
      problems: [...(closed?.problems ?? []), ...disorder],
    };
  }

  #figures(): ColumnFigures[] {
    const { columns }: StreamDeclaration = STREAMS.phc;
    return SUMMED.map((column, place) => {
      const unit = columns[SUMMED_INDICES[place] ?? 0]?.unit ?? 'count';
      return { kind: 'sum', column, unit, sum: this.#sums[place] ?? 0 };
    });
  }

  #closed(saved: SavedAccount, end: MeasuringEnd | null) {
    return this.#accountantFrom(saved, saved.losses).finish(end);
  }

  #accountantFrom(saved: SavedAccount | null, losses: readonly StoredLoss[]): SeriesAccountant {
    const { boots, nacks } = this.#around;
    const declaration: StreamDeclaration = STREAMS[this.id.stream];
    const keyed = declaration.keyMeaning !== undefined;
    return new SeriesAccountant({ series: this.id, keyed, boots, losses, nacks }, saved);
  }
}

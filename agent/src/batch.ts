/** From single samples to batches in columns (pure). A batch closes when it is full, when it is old, or when the plan changes. */
import {
  type Batch,
  type ColumnValues,
  makeColumn,
  STREAMS,
  type StreamDeclaration,
  type StreamName,
} from '@ptp-tester/measurement';
import type { Reading } from './source.ts';

export interface BatchRules {
  /** The plan generation that the samples belong to. */
  readonly generation: number;
  readonly maxSamples: number;
  /** From the first sample of a batch to its closing, ns. */
  readonly maxAgeNs: number;
}

/** Which stream a sample belongs to, and the planned spacing in force. */
export interface SampledStream {
  readonly stream: StreamName;
  readonly intervalNs: number;
}

interface OpenBatch {
  readonly intervalNs: number;
  readonly columns: readonly ColumnValues[];
  readonly capacity: number;
  readonly openedAtMonoRawNs: bigint;
  rows: number;
  /** The stream's total of missed ticks when the last sample of this batch came. */
  missedAtLast: number;
}

interface Series {
  readonly stream: StreamName;
  readonly key: string;
  /** The stream's total of missed ticks that earlier batches of this series have told. */
  missedTold: number;
  open: OpenBatch | null;
}

interface MissedTicks {
  total: number;
  /** The total when the stream's last sample came, whatever its key. */
  atLastSample: number;
}

/**
 * Series that are remembered. Keys come and go for weeks (the servers of an NTP pool): one that has nothing open is forgotten, and told
 * of no missed ticks when it comes back, as one that is new.
 */
const MOST_SERIES = 64;

/** Holds the open batches of all series. Every method returns the batches it closed, oldest series first. */
export class Batcher {
  #rules: BatchRules;
  readonly #series = new Map<string, Series>();
  readonly #missed = new Map<StreamName, MissedTicks>();

  constructor(rules: BatchRules) {
    this.#rules = rules;
  }

  /** How many series are remembered; bounded however many keys come and go. */
  get rememberedSeries(): number {
    return this.#series.size;
  }

  /** A new plan: what was sampled under the old one is closed, so that each batch has one generation and one interval. */
  setRules(rules: BatchRules): Batch[] {
    const closed = this.closeAll();
    this.#rules = rules;
    return closed;
  }

  /** Adds a sample; throws RangeError when the values do not fit the stream's columns, which is a fault of the source. */
  addSample(sampled: SampledStream, reading: Reading): Batch[] {
    const declaration: StreamDeclaration = STREAMS[sampled.stream];
    if (reading.values.length !== declaration.columns.length - 2) {
      throw new RangeError(
        `${sampled.stream}: ${reading.values.length} values for ${declaration.columns.length} columns`,
      );
    }
    const closed: Batch[] = [];
    const series = this.#seriesOf(sampled.stream, reading.key);
    if (series.open !== null && series.open.intervalNs !== sampled.intervalNs)
      closed.push(this.#close(series, series.open));
    const open = series.open ?? this.#open(series, sampled.intervalNs, reading.monoRawNs);
    writeRow(open.columns, open.rows, reading);
    open.rows += 1;
    const missed = this.#missedOf(sampled.stream);
    missed.atLastSample = missed.total;
    open.missedAtLast = missed.total;
    if (open.rows >= open.capacity) closed.push(this.#close(series, open));
    return closed;
  }

  /** Counts ticks of the stream that brought no sample; the next batch with a later sample tells them. */
  addMissed(stream: StreamName, ticks: number): void {
    this.#missedOf(stream).total += ticks;
  }

  /**
   * Closes everything once the oldest open batch has reached its age: one write and one sync for all streams, and no batch is
   * older than the rule says.
   */
  closeAged(nowMonoRawNs: bigint): Batch[] {
    const deadline = this.deadlineMonoRawNs();
    return deadline !== null && nowMonoRawNs >= deadline ? this.closeAll() : [];
  }

  /** When `closeAged` has something to close; null while nothing is open. */
  deadlineMonoRawNs(): bigint | null {
    let oldest: bigint | null = null;
    for (const { open } of this.#series.values()) {
      if (open !== null && (oldest === null || open.openedAtMonoRawNs < oldest)) oldest = open.openedAtMonoRawNs;
    }
    return oldest === null ? null : oldest + BigInt(Math.round(this.#rules.maxAgeNs));
  }

  closeAll(): Batch[] {
    const closed: Batch[] = [];
    for (const series of this.#series.values()) if (series.open !== null) closed.push(this.#close(series, series.open));
    return closed;
  }

  /** Ticks missed after the last sample of each stream: no batch will tell them any more once sampling has ended. */
  missedSinceLastSample(): Partial<Record<StreamName, number>> {
    const untold: Partial<Record<StreamName, number>> = {};
    for (const [stream, missed] of this.#missed) {
      if (missed.total > missed.atLastSample) untold[stream] = missed.total - missed.atLastSample;
    }
    return untold;
  }

  #seriesOf(stream: StreamName, key: string): Series {
    const id = `${stream} ${key}`;
    const known = this.#series.get(id);
    if (known !== undefined) return known;
    if (this.#series.size >= MOST_SERIES) this.#forgetClosed();
    const created: Series = { stream, key, missedTold: this.#missedOf(stream).atLastSample, open: null };
    this.#series.set(id, created);
    return created;
  }

  #forgetClosed(): void {
    for (const [id, { open }] of this.#series) if (open === null) this.#series.delete(id);
  }

  #missedOf(stream: StreamName): MissedTicks {
    const known = this.#missed.get(stream);
    if (known !== undefined) return known;
    const created = { total: 0, atLastSample: 0 };
    this.#missed.set(stream, created);
    return created;
  }

  #open(series: Series, intervalNs: number, monoRawNs: bigint): OpenBatch {
    const capacity = capacityOf(this.#rules, intervalNs);
    const declaration: StreamDeclaration = STREAMS[series.stream];
    const columns = declaration.columns.map((column) => makeColumn(column.kind, capacity));
    const open = {
      intervalNs,
      columns,
      capacity,
      openedAtMonoRawNs: monoRawNs,
      rows: 0,
      missedAtLast: series.missedTold,
    };
    series.open = open;
    return open;
  }

  #close(series: Series, open: OpenBatch): Batch {
    series.open = null;
    const missedTicks = open.missedAtLast - series.missedTold;
    series.missedTold = open.missedAtLast;
    return {
      kind: 'batch',
      stream: series.stream,
      key: series.key,
      generation: this.#rules.generation,
      intervalNs: open.intervalNs,
      missedTicks,
      rows: open.rows,
      columns: open.columns.map((column) => column.subarray(0, open.rows)),
    };
  }
}

/** Room for what can come within the age limit, and never for more than `maxSamples`: a long limit on rows must not cost memory. */
function capacityOf(rules: BatchRules, intervalNs: number): number {
  if (intervalNs <= 0) return rules.maxSamples;
  return Math.max(1, Math.min(rules.maxSamples, Math.ceil(rules.maxAgeNs / intervalNs) + 2));
}

function writeRow(columns: readonly ColumnValues[], row: number, reading: Reading): void {
  writeValue(columns[0], row, reading.at);
  writeValue(columns[1], row, reading.monoRawNs);
  for (let index = 0; index < reading.values.length; index += 1) {
    writeValue(columns[index + 2], row, reading.values[index] ?? Number.NaN);
  }
}

function writeValue(column: ColumnValues | undefined, row: number, value: number | bigint): void {
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) column[row] = BigInt(value);
  else if (column !== undefined) column[row] = Number(value);
}

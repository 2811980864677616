/** The newest rows of a series: some columns, grown at the end and cut at the beginning, as a segment that detectors read. */
import type { KeptSegment } from '../kept-columns.ts';
import { distancesOf, type SeriesRows } from './series-rows.ts';

/** As plain data; each array as long as there are rows. */
export interface SavedRowWindow {
  readonly boot: string;
  readonly originMonoRawNs: bigint;
  readonly intervalNs: number;
  readonly timeNs: Float64Array;
  readonly at: BigInt64Array;
  readonly columns: readonly Float64Array[];
  /** What 64-bit columns count from. */
  readonly origins: readonly bigint[];
}

export interface WindowColumn {
  readonly name: string;
  readonly index: number;
}

const LEAST_ROOM = 256;

export class RowWindow {
  readonly #names: readonly WindowColumn[];
  readonly boot: string;
  readonly #originMonoRawNs: bigint;
  readonly #intervalNs: number;
  readonly #origins: readonly bigint[];
  #timeNs: Float64Array;
  #at: BigInt64Array;
  readonly #columns: Float64Array[];
  #rows = 0;

  constructor(names: readonly WindowColumn[], from: SavedRowWindow) {
    this.#names = names;
    this.boot = from.boot;
    this.#originMonoRawNs = from.originMonoRawNs;
    this.#intervalNs = from.intervalNs;
    this.#origins = from.origins;
    this.#timeNs = from.timeNs;
    this.#at = from.at;
    this.#columns = [...from.columns];
    this.#rows = from.timeNs.length;
  }

  /** An empty window for the boot and the origins of these rows. */
  static begin(names: readonly WindowColumn[], rows: SeriesRows): RowWindow {
    const { boot, originMonoRawNs, intervalNs, columns } = rows;
    const origins = names.map(({ index }) => {
      const first = columns[index]?.[0];
      return typeof first === 'bigint' ? first : 0n;
    });
    const none = {
      timeNs: new Float64Array(0),
      at: new BigInt64Array(0),
      columns: names.map(() => new Float64Array(0)),
    };
    return new RowWindow(names, { boot, originMonoRawNs, intervalNs, origins, ...none });
  }

  get rows(): number {
    return this.#rows;
  }

  /** The time of a row from the boot's origin; NaN where there is none. */
  timeOf(row: number): number {
    return row < this.#rows ? (this.#timeNs[row] ?? Number.NaN) : Number.NaN;
  }

  add({ timeNs, at, columns }: SeriesRows): void {
    this.#grow(this.#rows + timeNs.length);
    this.#timeNs.set(timeNs, this.#rows);
    this.#at.set(at, this.#rows);
    for (const [place, { index }] of this.#names.entries()) {
      this.#columns[place]?.set(distancesOf(columns[index], this.#origins[place] ?? 0n), this.#rows);
    }
    this.#rows += timeNs.length;
  }

  /** The first row at or after a time; the number of rows when all are before it. */
  firstFrom(timeNs: number): number {
    const row = this.#timeNs.subarray(0, this.#rows).findIndex((time) => time >= timeNs);
    return row < 0 ? this.#rows : row;
  }

  /** Keeps the rows from here on. */
  cut(from: number): void {
    if (from <= 0) return;
    this.#timeNs.copyWithin(0, from, this.#rows);
    this.#at.copyWithin(0, from, this.#rows);
    for (const values of this.#columns) values.copyWithin(0, from, this.#rows);
    this.#rows -= Math.min(from, this.#rows);
  }

  segment(): KeptSegment {
    const { timeNs, at, columns } = this.#present();
    return {
      boot: this.boot,
      originMonoRawNs: this.#originMonoRawNs,
      timeNs,
      columns: new Map(this.#names.map(({ name }, place) => [name, columns[place] ?? new Float64Array(0)])),
      origins: new Map(this.#names.map(({ name }, place) => [name, this.#origins[place] ?? 0n])),
      intervalNsAt: () => this.#intervalNs,
      atOf: (row) => at[row] ?? 0n,
    };
  }

  save(): SavedRowWindow {
    const { timeNs, at, columns } = this.#present();
    return {
      boot: this.boot,
      originMonoRawNs: this.#originMonoRawNs,
      intervalNs: this.#intervalNs,
      timeNs: timeNs.slice(),
      at: at.slice(),
      columns: columns.map((values) => values.slice()),
      origins: this.#origins,
    };
  }

  #present() {
    const rows = this.#rows;
    return {
      timeNs: this.#timeNs.subarray(0, rows),
      at: this.#at.subarray(0, rows),
      columns: this.#columns.map((values) => values.subarray(0, rows)),
    };
  }

  #grow(needed: number): void {
    if (needed <= this.#timeNs.length) return;
    const length = Math.max(LEAST_ROOM, needed, this.#timeNs.length * 2);
    this.#timeNs = grown(this.#timeNs, length);
    const at = new BigInt64Array(length);
    at.set(this.#at);
    this.#at = at;
    for (const [place, values] of this.#columns.entries()) this.#columns[place] = grown(values, length);
  }
}

function grown(values: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length);
  longer.set(values);
  return longer;
}

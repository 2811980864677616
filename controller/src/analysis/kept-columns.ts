/** Some columns of one series in memory, sample by sample, for what cannot be computed in passing: order, window, stability, events. */
import { writeInt64Distances } from '@ptp-tester/clockstats';
import { AT_COLUMN, columnIndex, MONO_COLUMN, STREAMS, type StreamDeclaration } from '@ptp-tester/measurement';
import type { PassingBatch, SeriesId } from '../store/sample-store.ts';

/** The samples of one boot in the order of monotonic time. */
export interface KeptSegment {
  readonly boot: string;
  readonly originMonoRawNs: bigint;
  /** From the origin; exact for 104 days. */
  readonly timeNs: Float64Array;
  /** NaN = missing. 64-bit columns count from `origins`, codes are their numbers. */
  readonly columns: ReadonlyMap<string, Float64Array>;
  readonly origins: ReadonlyMap<string, bigint>;
  /** Spacing of the samples that was in force at each row's chunk. */
  intervalNsAt(row: number): number;
  /** The system clock at a row, ns UTC. */
  atOf(row: number): bigint;
}

export interface KeptSeries {
  readonly id: SeriesId;
  /** In the order of first arrival. */
  readonly segments: readonly KeptSegment[];
  readonly samples: number;
  /** Samples left out because their time is not later than the one before, and where that was; null when there are none. */
  readonly problem: string | null;
}

interface Chunk {
  readonly boot: string;
  readonly row: number;
  readonly rows: number;
  readonly firstMonoRawNs: bigint;
  readonly sequence: number;
  readonly intervalNs: number;
}

/** Room is made for `expectedSamples` at once; more is possible. */
export class KeptColumns {
  readonly #id: SeriesId;
  readonly #indices: readonly { readonly name: string; readonly index: number }[];
  /** From the first sample that came of each boot. */
  #mono: Float64Array;
  readonly #monoOrigins = new Map<string, bigint>();
  #at: BigInt64Array;
  readonly #values: Float64Array[];
  readonly #origins: (bigint | undefined)[];
  readonly #chunks: Chunk[] = [];
  #rows = 0;

  constructor(id: SeriesId, columns: readonly string[], expectedSamples: number) {
    const declaration: StreamDeclaration = STREAMS[id.stream];
    this.#id = id;
    this.#indices = columns.map((name) => ({ name, index: columnIndex(declaration, name) }));
    this.#mono = new Float64Array(Math.max(16, expectedSamples));
    this.#at = new BigInt64Array(Math.max(16, expectedSamples));
    this.#values = columns.map(() => new Float64Array(Math.max(16, expectedSamples)));
    this.#origins = columns.map(() => undefined);
  }

  add({ epoch, sequence, batch }: PassingBatch, boot: string = epoch): void {
    const { rows, intervalNs } = batch;
    if (rows === 0) return;
    this.#grow(this.#rows + rows);
    const mono = batch.columns[MONO_COLUMN] as BigInt64Array;
    const origin = this.#monoOrigins.get(boot) ?? mono[0] ?? 0n;
    this.#monoOrigins.set(boot, origin);
    writeInt64Distances(mono, origin, { values: this.#mono, at: this.#rows });
    this.#at.set(batch.columns[AT_COLUMN] as BigInt64Array, this.#rows);
    for (const [place, { index }] of this.#indices.entries()) this.#take(place, batch.columns[index]);
    this.#chunks.push({ boot, row: this.#rows, rows, firstMonoRawNs: mono[0] ?? 0n, sequence, intervalNs });
    this.#rows += rows;
  }

  finish(): KeptSeries {
    const boots = [...new Set(this.#chunks.map(({ boot }) => boot))];
    const problems: string[] = [];
    const segments = boots.map((boot) => this.#segment(boot, problems));
    const samples = segments.reduce((sum, { timeNs }) => sum + timeNs.length, 0);
    return { id: this.#id, segments, samples, problem: problems[0] ?? null };
  }

  #take(place: number, values: BigInt64Array | BigUint64Array | Float64Array | Uint8Array | undefined): void {
    const into = this.#values[place];
    if (into === undefined || values === undefined) return;
    if (values instanceof Float64Array || values instanceof Uint8Array) {
      into.set(values, this.#rows);
      return;
    }
    const origin = this.#origins[place] ?? values[0] ?? 0n;
    this.#origins[place] = origin;
    writeInt64Distances(values, origin, { values: into, at: this.#rows });
  }

  #grow(needed: number): void {
    if (needed <= this.#mono.length) return;
    const length = Math.max(needed, this.#mono.length * 2);
    this.#mono = grown(this.#mono, length);
    const at = new BigInt64Array(length);
    at.set(this.#at);
    this.#at = at;
    for (const [place, values] of this.#values.entries()) this.#values[place] = grown(values, length);
  }

  #segment(boot: string, problems: string[]): KeptSegment {
    const chunks = this.#chunks.filter((chunk) => chunk.boot === boot);
    chunks.sort((a, b) => Number(a.firstMonoRawNs - b.firstMonoRawNs));
    const origin = chunks[0]?.firstMonoRawNs ?? 0n;
    const shift = Number((this.#monoOrigins.get(boot) ?? 0n) - origin);
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    const timeNs = new Float64Array(rows);
    const source = new Uint32Array(rows);
    const starts: number[] = [];
    let kept = 0;
    let last = Number.NEGATIVE_INFINITY;
    for (const chunk of chunks) {
      starts.push(kept);
      for (let row = chunk.row; row < chunk.row + chunk.rows; row += 1) {
        const time = (this.#mono[row] as number) + shift;
        if (time <= last) {
          problems.push(`record ${chunk.sequence}: a sample is not later than the one before it`);
          continue;
        }
        timeNs[kept] = time;
        source[kept] = row;
        kept += 1;
        last = time;
      }
    }
    const picked = pickedRows(source.subarray(0, kept));
    const columns = new Map(this.#indices.map(({ name }, place) => [name, this.#picked(place, picked)]));
    const origins = new Map(this.#indices.map(({ name }, place) => [name, this.#origins[place] ?? 0n]));
    const find = (row: number) => chunkAt(chunks, starts, row);
    return {
      boot,
      originMonoRawNs: origin,
      timeNs: timeNs.subarray(0, kept),
      columns,
      origins,
      intervalNsAt: (row) => find(row)?.intervalNs ?? 0,
      atOf: (row) => this.#at[source[row] ?? 0] ?? 0n,
    };
  }

  /** The column itself where its rows are in order already, which is the rule; a copy elsewhere. */
  #picked(place: number, { rows, inOrder }: PickedRows): Float64Array {
    const values = this.#values[place] ?? new Float64Array(0);
    const first = rows[0] ?? 0;
    return inOrder ? values.subarray(first, first + rows.length) : Float64Array.from(rows, (row) => values[row] ?? 0);
  }
}

interface PickedRows {
  readonly rows: Uint32Array;
  /** One after the other, without a hole. */
  readonly inOrder: boolean;
}

function pickedRows(rows: Uint32Array): PickedRows {
  const first = rows[0] ?? 0;
  for (let index = 0; index < rows.length; index += 1) {
    if (rows[index] !== first + index) return { rows, inOrder: false };
  }
  return { rows, inOrder: true };
}

function grown(values: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length);
  longer.set(values);
  return longer;
}

function chunkAt(chunks: readonly Chunk[], starts: readonly number[], row: number): Chunk | undefined {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return chunks[low];
}

/** The values of a column of a segment; throws on a column that was not kept, which is a programming error. */
export function keptColumn(segment: KeptSegment, name: string): Float64Array {
  const values = segment.columns.get(name);
  if (values === undefined) throw new RangeError(`column ${name} was not kept`);
  return values;
}

/** The first row at or after a time; the number of rows when all are before it. */
export function firstRowFrom(timeNs: Float64Array, fromNs: number): number {
  let low = 0;
  let high = timeNs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timeNs[middle] as number) < fromNs) low = middle + 1;
    else high = middle;
  }
  return low;
}

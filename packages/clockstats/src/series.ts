/** A time-error series from batches: time is CLOCK_MONOTONIC_RAW within a boot, values are numbers from an origin. */
import { ClockstatsError, type Place } from './clockstats-error.ts';
import { NumberList } from './number-list.ts';

/** One batch as far as a series needs it. */
export interface SeriesChunk {
  /** Names the boot: monotonic times of two boots cannot be compared. */
  readonly boot: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly monoRawNs: BigInt64Array;
  /** Differences as doubles (NaN = missing), or absolute differences as 64-bit integers. */
  readonly values: Float64Array | BigInt64Array;
}

/** The samples of one boot in the order of monotonic time. */
export interface SeriesSegment {
  readonly boot: string;
  /** `timeNs` counts from here. */
  readonly originMonoRawNs: bigint;
  /** `values` count from here: the first value for 64-bit columns, else 0. Large constants would cost precision (ulp of 1.7e18 is 256). */
  readonly originValue: bigint;
  /** Exact up to 2^53 ns after the origin, which is 104 days. */
  readonly timeNs: Float64Array;
  readonly values: Float64Array;
}

export interface Series {
  readonly segments: readonly SeriesSegment[];
  readonly samples: number;
}

interface OpenSegment {
  readonly boot: string;
  readonly originMonoRawNs: bigint;
  readonly originValue: bigint;
  readonly time: NumberList;
  readonly values: NumberList;
  /** Where each chunk begins, to name a place in an error. */
  readonly marks: { readonly row: number; readonly epoch: string; readonly sequence: number }[];
  ordered: boolean;
}

/** Takes chunks one by one, in any order, so that one pass over stored batches can fill several series. */
export class SeriesBuilder {
  readonly #open = new Map<string, OpenSegment>();

  /** Throws `columns_differ` when times and values are of different length. */
  add(chunk: SeriesChunk): void {
    if (chunk.values.length !== chunk.monoRawNs.length) {
      throw new ClockstatsError('columns_differ', `record ${chunk.sequence} has columns of different length`);
    }
    if (chunk.monoRawNs.length > 0) append(segmentFor(this.#open, chunk), chunk);
  }

  /**
   * Samples ordered by monotonic time within a boot, boots by their first chunk. Throws `time_not_increasing` when two samples of a
   * boot have the same monotonic time, naming both places.
   */
  finish(): Series {
    const segments = [...this.#open.values()].map(closeSegment);
    return { segments, samples: segments.reduce((sum, segment) => sum + segment.timeNs.length, 0) };
  }
}

/** A series of all these chunks; throws as `SeriesBuilder` does. */
export function buildSeries(chunks: Iterable<SeriesChunk>): Series {
  const builder = new SeriesBuilder();
  for (const chunk of chunks) builder.add(chunk);
  return builder.finish();
}

function segmentFor(open: Map<string, OpenSegment>, chunk: SeriesChunk): OpenSegment {
  const known = open.get(chunk.boot);
  if (known !== undefined) return known;
  const made: OpenSegment = {
    boot: chunk.boot,
    originMonoRawNs: chunk.monoRawNs[0] ?? 0n,
    originValue: chunk.values instanceof BigInt64Array ? (chunk.values[0] ?? 0n) : 0n,
    time: new NumberList(),
    values: new NumberList(),
    marks: [],
    ordered: true,
  };
  open.set(chunk.boot, made);
  return made;
}

function append(segment: OpenSegment, chunk: SeriesChunk): void {
  segment.marks.push({ row: segment.time.length, epoch: chunk.epoch, sequence: chunk.sequence });
  const times = segment.time.values();
  let last = times.length === 0 ? Number.NEGATIVE_INFINITY : (times[times.length - 1] ?? 0);
  for (let row = 0; row < chunk.monoRawNs.length; row += 1) {
    const time = Number((chunk.monoRawNs[row] ?? 0n) - segment.originMonoRawNs);
    if (time <= last) segment.ordered = false;
    segment.time.push(time);
    last = time;
  }
  const { values } = chunk;
  if (values instanceof Float64Array) for (const value of values) segment.values.push(value);
  else for (const value of values) segment.values.push(Number(value - segment.originValue));
}

function closeSegment(segment: OpenSegment): SeriesSegment {
  const { boot, originMonoRawNs, originValue } = segment;
  const timeNs = segment.time.values();
  const values = segment.values.values();
  if (segment.ordered) return { boot, originMonoRawNs, originValue, timeNs, values };
  const order = new Uint32Array(timeNs.length);
  for (let row = 0; row < order.length; row += 1) order[row] = row;
  order.sort((a, b) => (timeNs[a] ?? 0) - (timeNs[b] ?? 0));
  const sortedTimes = new Float64Array(order.length);
  const sortedValues = new Float64Array(order.length);
  for (let to = 0; to < order.length; to += 1) {
    const from = order[to] ?? 0;
    sortedTimes[to] = timeNs[from] ?? 0;
    sortedValues[to] = values[from] ?? Number.NaN;
    if (to > 0 && sortedTimes[to] === sortedTimes[to - 1]) {
      throw new ClockstatsError('time_not_increasing', 'two samples have the same monotonic time', [
        placeOf(segment, order[to - 1] ?? 0),
        placeOf(segment, from),
      ]);
    }
  }
  return { boot, originMonoRawNs, originValue, timeNs: sortedTimes, values: sortedValues };
}

function placeOf(segment: OpenSegment, row: number): Place {
  const mark = segment.marks.findLast((candidate) => candidate.row <= row);
  return {
    boot: segment.boot,
    epoch: mark?.epoch ?? '',
    sequence: mark?.sequence ?? 0,
    row: row - (mark?.row ?? 0),
    monoRawNs: segment.originMonoRawNs + BigInt(segment.time.values()[row] ?? 0),
  };
}

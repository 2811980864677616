/** From the API's envelopes to what charts draw, and single samples that arrive live put at their end (pure). */

import type { EnvelopeReply } from '../../../src/api/schemas.ts';
import type { TimeBand } from '../../../src/charts/time-band.ts';
import { msOfNs } from '../time-text.ts';

/** A band, and what is needed to read it out and to go on with it. */
export interface Band extends TimeBand {
  readonly count: readonly number[];
  readonly bucketMs: number;
}

export interface BandOptions {
  /** Sampling interval as planned, ms. */
  readonly intervalMs: number;
  /** Without the first value, for counters. */
  readonly isRelative: boolean;
  /** Pixels of the plot. */
  readonly plotPx: number;
}

/** Beyond this many intervals between two entries there is a gap. */
const GAP_INTERVALS = 2.5;
/** A dot needs so many pixels to be told from its neighbours. */
const DOT_PX = 6;

/** Null where the series has no value in the span. */
export function bandOf(reply: EnvelopeReply, options: BandOptions): Band | null {
  if (reply.at.length === 0) return null;
  const origin = options.isRelative ? -(reply.min[0] ?? 0) : Number(reply.origin_value);
  const shifted = (values: readonly number[]) => (origin === 0 ? values : values.map((value) => value + origin));
  const bucketMs = reply.bucket_ns / 1e6;
  const isSingle = reply.count.every((count) => count <= 1);
  return {
    atMs: reply.at.map(msOfNs),
    min: shifted(reply.min),
    max: shifted(reply.max),
    mean: shifted(reply.mean),
    count: reply.count,
    bucketMs,
    gapMs: Math.max(bucketMs, options.intervalMs) * GAP_INTERVALS,
    hasDots: isSingle && reply.at.length * DOT_PX <= options.plotPx,
  };
}

export interface NewSamples {
  readonly atMs: readonly number[];
  readonly values: readonly (number | null)[];
}

/** With what arrived since; what the band has already is passed over. The oldest entries before `fromMs` go. */
export function withSamples(band: Band, { atMs, values }: NewSamples, fromMs: number): Band {
  const next = {
    atMs: [...band.atMs],
    min: [...band.min],
    max: [...band.max],
    mean: [...band.mean],
    count: [...band.count],
  };
  // A bucket that the API gave may be complete already: only what lies beyond its newest entry is new.
  const knownMs = (band.atMs.at(-1) ?? 0) + Math.max(band.bucketMs, 0.5);
  for (const [index, at] of atMs.entries()) {
    const value = values[index];
    if (value === null || value === undefined || at < knownMs) continue;
    addSample(next, { at, value, bucketMs: band.bucketMs });
  }
  const first = Math.max(
    0,
    next.atMs.findIndex((at) => at + band.bucketMs >= fromMs),
  );
  const cut = (list: number[]) => (first === 0 ? list : list.slice(first));
  return {
    ...band,
    atMs: cut(next.atMs),
    min: cut(next.min),
    max: cut(next.max),
    mean: cut(next.mean),
    count: cut(next.count),
  };
}

interface Entries {
  readonly atMs: number[];
  readonly min: number[];
  readonly max: number[];
  readonly mean: number[];
  readonly count: number[];
}

function addSample(entries: Entries, { at, value, bucketMs }: { at: number; value: number; bucketMs: number }): void {
  const last = entries.atMs.length - 1;
  const start = entries.atMs[last] ?? Number.NEGATIVE_INFINITY;
  if (at >= start + bucketMs) {
    entries.atMs.push(at);
    for (const list of [entries.min, entries.max, entries.mean]) list.push(value);
    entries.count.push(1);
    return;
  }
  const count = entries.count[last] ?? 0;
  entries.min[last] = Math.min(entries.min[last] ?? value, value);
  entries.max[last] = Math.max(entries.max[last] ?? value, value);
  entries.mean[last] = ((entries.mean[last] ?? 0) * count + value) / (count + 1);
  entries.count[last] = count + 1;
}

/** The entry that covers a moment; null in a gap. */
export function entryAt(band: Band, atMs: number): number | null {
  let low = 0;
  let high = band.atMs.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((band.atMs[middle] ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  const start = band.atMs[low];
  return start === undefined || Math.abs(atMs - start) > band.gapMs ? null : low;
}

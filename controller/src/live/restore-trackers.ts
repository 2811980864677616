/** What the trackers of a run would hold had they been there from the beginning, from the store: few batches are decoded, the rest is summaries. */
import { EVENTS, instantToMs } from '@ptp-tester/measurement';
import type { Envelope, SampleReader, SeriesInfo } from '../store/sample-store.ts';
import { HEAT_COLUMNS, HEAT_NAMES, type SavedHeat } from './heat-columns.ts';
import { HeatStrip, type SavedStrip } from './heat-strip.ts';
import { InstanceTracker, type SavedTracker } from './instance-tracker.ts';
import { MOST_MINUTES, P99_SAMPLES } from './offset-window.ts';

const WINDOW_NS = 600_000_000_000n;
const LONGEST_WINDOW_NS = BigInt(MOST_MINUTES) * 60_000_000_000n;
/** Covers the two newest samples of a slow stream. */
const NEWEST_NS = 60_000_000_000n;
const STRIP_POINTS = 512;

type Counts = { -readonly [name in keyof SavedTracker['counts']]: number };

/** By instance id. Throws `StoreError`. */
export function* restoreTrackers(reader: SampleReader): Generator<[instanceId: string, SavedTracker]> {
  const series = Map.groupBy(reader.series(), ({ instanceId }) => instanceId);
  const events = eventCounts(reader);
  for (const [instanceId, ofInstance] of series) {
    const phc = ofInstance.find(({ stream }) => stream === 'phc');
    const { newest, window } = newestOf(reader, ofInstance);
    const counts = {
      ...(events.get(instanceId) ?? noCounts()),
      missedTicks: ofInstance.reduce((sum, { missedTicks }) => sum + missedTicks, 0),
      readErrors: phc === undefined ? 0 : sumOf(reader, phc, 'readings_failed'),
    };
    yield [instanceId, { counts, newest, window, heat: heatOf(reader, ofInstance) }];
  }
}

/** The window and the newest values, as the tracker itself makes them. */
function newestOf(reader: SampleReader, series: readonly SeriesInfo[]): SavedTracker {
  const tracker = new InstanceTracker();
  for (const one of series) {
    if (one.stream !== 'phc' && one.stream !== 'chrony' && one.stream !== 'self') continue;
    const span = one.stream === 'phc' ? windowNs(one) : NEWEST_NS;
    for (const { batch, receivedAt } of reader.batches(one, { fromAt: one.lastAt - span })) {
      tracker.takeBatch(batch, instantToMs(receivedAt));
    }
  }
  return tracker.save();
}

/** Ten minutes; at a slow cadence as long as the 99th percentile needs, and a little more because gaps may lie in it. */
function windowNs({ intervalNs }: SeriesInfo): bigint {
  const needed = BigInt(Math.round(intervalNs * P99_SAMPLES * 1.1));
  if (needed <= WINDOW_NS) return WINDOW_NS;
  return needed < LONGEST_WINDOW_NS ? needed : LONGEST_WINDOW_NS;
}

function heatOf(reader: SampleReader, series: readonly SeriesInfo[]): SavedHeat {
  const strips = HEAT_NAMES.map((name) => {
    const { stream, column } = HEAT_COLUMNS[name];
    const found = series.find((one) => one.stream === stream);
    return [name, found === undefined ? null : stripOf(reader, found, column)] as const;
  });
  return Object.fromEntries(strips) as SavedHeat;
}

function stripOf(reader: SampleReader, series: SeriesInfo, column: string): SavedStrip | null {
  const { at, min, max, bucketNs } = wholeOf(reader, series, { column, points: STRIP_POINTS });
  const strip = new HeatStrip();
  for (const [bucket, from] of at.entries()) {
    const largest = Math.max(Math.abs(min[bucket] as number), Math.abs(max[bucket] as number));
    strip.add(instantToMs(from) + bucketNs / 2e6, largest);
  }
  return strip.save();
}

function sumOf(reader: SampleReader, series: SeriesInfo, column: string): number {
  const { mean, count } = wholeOf(reader, series, { column, points: 1 });
  return Math.round(mean.reduce((sum, value, bucket) => sum + value * (count[bucket] as number), 0));
}

function wholeOf(
  reader: SampleReader,
  { instanceId, stream, key }: SeriesInfo,
  what: { readonly column: string; readonly points: number },
): Envelope {
  return reader.envelope({ instanceId, stream, key, ...what });
}

/** Gaps and events by instance id. */
function eventCounts(reader: SampleReader): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  const of = (instanceId: string) => {
    const known = counts.get(instanceId) ?? noCounts();
    counts.set(instanceId, known);
    return known;
  };
  for (const { instanceId, event, count } of reader.eventCounts()) {
    const { severity } = EVENTS[event];
    if (severity === 'warning') of(instanceId).eventsWarning += count;
    if (severity === 'error') of(instanceId).eventsError += count;
    if (event === 'reads_blocked') of(instanceId).readsRefused += count;
  }
  // A gap record has a loss for each series that it concerns.
  const gaps = new Set<string>();
  for (const { instanceId, epoch, sequence } of reader.losses()) {
    const gap = `${instanceId} ${epoch} ${sequence}`;
    if (!gaps.has(gap)) of(instanceId).gaps += 1;
    gaps.add(gap);
  }
  return counts;
}

function noCounts(): Counts {
  return { gaps: 0, missedTicks: 0, readErrors: 0, readsRefused: 0, eventsWarning: 0, eventsError: 0 };
}

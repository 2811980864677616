/** The trackers of all instances: what is told of records, and that it survives a restart. */
import { type Batch, columnIndex, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import { InstanceTracker } from './instance-tracker.ts';
import { LiveFigures } from './live-figures.ts';
import { LiveTracker } from './live-tracker.ts';

const RUN = '20261121-000000-aaaa';
const ID = 'i-0123456789abcdef0';
const FROM = { run: RUN, instanceId: ID };
const NOW = 1_763_680_000_000;

/** A batch in which the named columns have these values and all others 0. */
function batch(stream: StreamName, values: Record<string, readonly number[]>, startMs = NOW): Batch {
  const rows = Object.values(values)[0]?.length ?? 0;
  const columns = STREAMS[stream].columns.map(({ kind }, index) => {
    if (index < 2) return BigInt64Array.from({ length: rows }, (_, row) => BigInt(startMs + row * 250) * 1_000_000n);
    if (kind === 'i64') return new BigInt64Array(rows);
    return kind === 'code' ? new Uint8Array(rows) : new Float64Array(rows);
  });
  for (const [name, given] of Object.entries(values)) {
    const column = columns[columnIndex(STREAMS[stream], name)];
    if (column instanceof Float64Array || column instanceof Uint8Array) column.set(given);
  }
  return { kind: 'batch', stream, key: '', generation: 1, intervalNs: 250e6, missedTicks: 2, rows, columns };
}

function told(tracker: LiveTracker) {
  const live = new LiveFigures();
  const report = tracker.report();
  if (report !== null) live.take(report);
  return live.get(RUN, ID, NOW);
}

describe('the live tracker', () => {
  it('tells the newest values, the counts and the window of an instance', () => {
    const tracker = new LiveTracker({ now: () => NOW });
    const offsets = Array.from({ length: 200 }, (_, index) => index - 100);
    tracker.take(
      FROM,
      batch('phc', { offset_ns: offsets, readings_failed: offsets.map((_, row) => Number(row < 3)) }),
      NOW,
    );
    tracker.take(FROM, batch('chrony', { phc_selected: [0, 1], clock_error_bound_ns: [900, 800] }), NOW);
    tracker.take(FROM, batch('self', { cpu_ns: [1e6, 3.5e6], rss_bytes: [5, 6], spool_bytes: [7, 8] }), NOW);
    const moment = { at: 1n, monoRawNs: 1n, detail: {} };
    for (const event of ['reads_blocked', 'device_gone', 'source_started'] as const)
      tracker.take(FROM, { kind: 'event', event, ...moment }, NOW);
    tracker.take(FROM, { kind: 'gap', firstSequence: 1, lostEvents: 0, losses: [] }, NOW);
    expect(told(tracker)).toEqual({
      lastReceivedAtMs: NOW,
      offsetLastNs: 99,
      offsetP50Ns: -1,
      offsetP99AbsNs: null,
      offsetSamples: 200,
      offsetMaxAbsNs: 100,
      clockErrorBoundNs: 800,
      phcSelected: 1,
      gaps: 1,
      missedTicks: 6,
      readErrors: 3,
      readsRefused: 1,
      eventsWarning: 1,
      eventsError: 1,
      samplesPerSecond: 204,
      agentCpuRatio: 0.01,
      agentRssBytes: 6,
      spoolBytes: 8,
    });
  });

  it('tells only what changed', () => {
    const tracker = new LiveTracker({ now: () => NOW });
    tracker.take(FROM, batch('phc', { offset_ns: [1] }), NOW);
    expect(tracker.report()?.rows.map(({ instanceIds }) => instanceIds)).toEqual([[ID]]);
    expect(tracker.report()).toBeNull();
  });

  it('goes on a second later when sorting takes too long, with those that waited', () => {
    let now = NOW;
    const tracker = new LiveTracker({
      now: () => {
        now += 8;
        return now;
      },
    });
    const ids = Array.from({ length: 5 }, (_, index) => `i-0000000000000000${index}`);
    for (const instanceId of ids) tracker.take({ run: RUN, instanceId }, batch('phc', { offset_ns: [1] }), NOW);
    const first = tracker.report()?.rows.flatMap(({ instanceIds }) => instanceIds) ?? [];
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(5);
    const rest: string[] = [];
    for (let report = tracker.report(); report !== null; report = tracker.report())
      rest.push(...report.rows.flatMap(({ instanceIds }) => instanceIds));
    expect([...first, ...rest]).toEqual(ids);
  });

  it('tells single samples of watched instances only', () => {
    const tracker = new LiveTracker({ now: () => NOW });
    tracker.watch([ID]);
    tracker.take(FROM, batch('phc', { offset_ns: [1] }), NOW);
    tracker.take({ run: RUN, instanceId: 'i-00000000000000001' }, batch('phc', { offset_ns: [2] }), NOW);
    tracker.take(FROM, batch('chrony', { phc_selected: [1] }), NOW);
    expect(tracker.report()?.samples.map(({ instanceId, batch: { stream } }) => [instanceId, stream])).toEqual([
      [ID, 'phc'],
    ]);
  });

  it('comes to the same figures and strips when a restart lies between two batches', () => {
    const [whole, after] = [new LiveTracker({ now: () => NOW }), new LiveTracker({ now: () => NOW })];
    const before = new InstanceTracker();
    const first = batch('phc', { offset_ns: Array.from({ length: 300 }, (_, index) => index) });
    const second = batch('phc', { offset_ns: Array.from({ length: 40 }, (_, index) => -index) }, NOW + 75_000);
    whole.take(FROM, first, NOW);
    before.takeBatch(first, NOW);
    for (const tracker of [whole, after]) tracker.take(FROM, second, NOW + 75_000);
    after.restore(RUN, new Map([[ID, before.save()]]));
    const rate = { samplesPerSecond: 0 };
    expect({ ...told(after), ...rate }).toEqual({ ...told(whole), ...rate });
    expect(after.strips(RUN, 'offset')).toEqual(whole.strips(RUN, 'offset'));
  });

  it('forgets a run', () => {
    const tracker = new LiveTracker({ now: () => NOW });
    tracker.take(FROM, batch('phc', { offset_ns: [1] }), NOW);
    tracker.forget(RUN);
    expect(tracker.report()).toBeNull();
    expect(tracker.strips(RUN, 'offset').size).toBe(0);
  });
});

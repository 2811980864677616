/** Every figure and sign against replies and chronyc text captured from real chronyds with a known truth (fixtures/README.md). */
import { readFileSync } from 'node:fs';
import { columnIndex, STREAMS } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import { parseSourceStatsCsv, parseSourcesCsv, parseTrackingCsv } from './chronyc-csv.ts';
import { decodeSourceCount } from './command-packet.ts';
import { decodeSource } from './sources.ts';
import { decodeSourceStats } from './sourcestats.ts';
import { chronySampleValues, chronySourceSampleValues } from './to-sample.ts';
import { decodeTracking, isSynchronised, type Tracking } from './tracking.ts';

interface Scenario {
  readonly tracking: string;
  readonly tracking_after?: string;
  readonly n_sources?: string;
  readonly sources?: readonly string[];
  readonly sourcestats?: readonly string[];
  readonly chronyc: { readonly tracking: string; readonly sources?: string; readonly sourcestats?: string };
}

const file = new URL('../fixtures/captured.json', import.meta.url);
const captured = JSON.parse(readFileSync(file, 'utf8')) as { refusals: Record<string, string> } & Record<
  string,
  Scenario
>;
const { refusals, ...scenarios } = captured;
const names = Object.keys(scenarios);

function scenario(name: string): Scenario {
  const found = scenarios[name];
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

function trackingOf(name: string): Tracking {
  return decodeTracking(bytes(scenario(name).tracking));
}

function columnOf(
  values: readonly (number | bigint)[],
  stream: 'chrony' | 'chrony_source',
  name: string,
): number | bigint {
  const value = values[columnIndex(STREAMS[stream], name) - 2];
  if (value === undefined) throw new Error(`no value for ${name}`);
  return value;
}

function trackingColumn(name: string, column: string): number | bigint {
  return columnOf(chronySampleValues(trackingOf(name), { selected: false, errorBoundNs: null }), 'chrony', column);
}

describe('the command port and chronyc', () => {
  it.each(names)('say the same about tracking in %s', (name) => {
    const text = parseTrackingCsv(scenario(name).chronyc.tracking);
    const reply = trackingOf(name);
    expect({ refid: reply.refid, name: reply.name, stratum: reply.stratum, leap: reply.leapStatus }).toEqual({
      refid: text.refid,
      name: text.name,
      stratum: text.stratum,
      leap: text.leapStatus,
    });
    expect(reply.rootDelay).toBeCloseTo(text.rootDelay, 5);
    expect(reply.currentCorrection).toBeCloseTo(text.currentCorrection, 4);
    expect(reply.freqPpm).toBeCloseTo(text.freqPpm, 0);
  });

  it('say exactly the same to the printed digit when no update came between the two', () => {
    const between = names.filter((name) => {
      const after = scenario(name).tracking_after;
      return after !== undefined && decodeTracking(bytes(after)).refTimeNs === trackingOf(name).refTimeNs;
    });
    expect(between).toEqual(expect.arrayContaining(['phc_ahead', 'phc_behind', 'runs_fast', 'stepped_ahead']));
    for (const name of between) {
      const text = parseTrackingCsv(scenario(name).chronyc.tracking);
      const reply = trackingOf(name);
      // The rest moves with time: the correction by the frequency error, the reference time with the clock, the dispersion.
      for (const field of ['lastOffset', 'rmsOffset', 'rootDelay'] as const) {
        expect(Math.abs(reply[field] - text[field]), `${name} ${field}`).toBeLessThanOrEqual(1e-9);
      }
      for (const field of ['freqPpm', 'residFreqPpm', 'skewPpm'] as const) {
        expect(Math.abs(reply[field] - text[field]), `${name} ${field}`).toBeLessThanOrEqual(0.001);
      }
      expect(Math.abs(Number(reply.refTimeNs - text.refTimeNs)), name).toBeLessThan(100_000);
      expect(Math.abs(reply.lastUpdateInterval - text.lastUpdateInterval), name).toBeLessThanOrEqual(0.051);
    }
  });

  it.each(names.filter((name) => scenario(name).sources !== undefined))(
    'say the same about the sources of %s',
    (name) => {
      const found = scenario(name);
      const texts = parseSourcesCsv(found.chronyc.sources ?? '');
      const replies = (found.sources ?? []).map((hex) => decodeSource(bytes(hex)));
      expect(decodeSourceCount(bytes(found.n_sources ?? ''))).toBe(replies.length);
      const identity = ({ name, mode, stratum, poll, state }: (typeof texts)[number]) => ({
        name,
        mode,
        stratum,
        poll,
        state,
      });
      expect(replies.map(identity)).toEqual(texts.map(identity));
      const stats = (found.sourcestats ?? []).map((hex) => decodeSourceStats(bytes(hex)));
      expect(stats.map((one) => one.name)).toEqual(
        parseSourceStatsCsv(found.chronyc.sourcestats ?? '').map((one) => one.name),
      );
    },
  );
});

describe('the signs, against a given truth', () => {
  it.each([
    ['ntp_behind', -40_000_000],
    ['ntp_ahead', 40_000_000],
    ['phc_behind', -25_000],
    ['phc_ahead', 25_000],
  ])('system_time_ns of %s is %d ns: positive = system clock ahead', (name, truth) => {
    expect(Math.abs(Number(trackingColumn(name, 'system_time_ns')) - truth)).toBeLessThan(10_000);
  });

  it('keeps chrony’s own sign in the report: the correction is positive where the clock is behind', () => {
    expect(trackingOf('ntp_behind').currentCorrection).toBeCloseTo(0.04, 4);
    expect(trackingOf('ntp_ahead').currentCorrection).toBeCloseTo(-0.04, 4);
  });

  it('last_offset_ns is positive at the update that found the clock ahead', () => {
    expect(trackingColumn('stepped_ahead_update', 'last_offset_ns')).toBeGreaterThan(100_000);
  });

  it('frequency_ppb is positive for a clock that runs fast', () => {
    expect(Number(trackingColumn('runs_fast', 'frequency_ppb'))).toBeCloseTo(100_000, -1);
  });

  it('residual_frequency_ppb is positive where the measurements show the clock to be faster than assumed', () => {
    expect(trackingColumn('stepped_ahead_update', 'residual_frequency_ppb')).toBeGreaterThan(100_000);
  });

  it('a source’s offset is positive where the system clock is ahead of it', () => {
    const found = scenario('falseticker');
    const source = decodeSource(bytes(found.sources?.[0] ?? ''));
    const stats = decodeSourceStats(bytes(found.sourcestats?.[0] ?? ''));
    expect(source.name).toBe('PHC0');
    expect(stats.name).toBe('PHC0');
    const values = chronySourceSampleValues(source, stats);
    expect(Math.abs(Number(columnOf(values, 'chrony_source', 'offset_ns')) - 25_000)).toBeLessThan(3000);
    expect(Math.abs(Number(columnOf(values, 'chrony_source', 'measured_offset_ns')) - 25_000)).toBeLessThan(3000);
    expect(stats.estOffset).toBeGreaterThan(2e-5);
  });

  it('tells the adjusted from the measured offset as chronyc does', () => {
    const found = scenario('stepped_ahead');
    const [text] = parseSourcesCsv(found.chronyc.sources ?? '');
    const source = decodeSource(bytes(found.sources?.[0] ?? ''));
    expect(source.latestMeas).toBeCloseTo(text?.latestMeas ?? 0, 5);
    expect(source.origLatestMeas).toBeCloseTo(text?.origLatestMeas ?? 0, 5);
    expect(Math.abs(source.latestMeas - source.origLatestMeas)).toBeGreaterThan(5e-5);
  });
});

describe('a chronyd without a reference', () => {
  it.each(['unsynchronised', 'no_sources', 'falseticker'])('%s is not synchronised and has no error bound', (name) => {
    expect(isSynchronised(trackingOf(name))).toBe(false);
    expect(trackingColumn(name, 'clock_error_bound_ns')).toBeNaN();
    expect(trackingColumn(name, 'leap_status')).toBe(3);
  });

  it('has a never-answering source with all samples missing', () => {
    const found = scenario('unsynchronised');
    const source = decodeSource(bytes(found.sources?.[0] ?? ''));
    const values = chronySourceSampleValues(source, decodeSourceStats(bytes(found.sourcestats?.[0] ?? '')));
    expect(columnOf(values, 'chrony_source', 'last_rx_s')).toBe(4_294_967_295);
    expect(columnOf(values, 'chrony_source', 'std_dev_ns')).toBeNaN();
    expect(columnOf(values, 'chrony_source', 'samples')).toBe(0);
  });
});

describe('refusals', () => {
  it.each([
    ['too_short_request', 19],
    ['bad_version', 18],
  ])('%s is a ChronyError with status %d', (name, status) => {
    const hex = refusals[name];
    expect(() => decodeTracking(bytes(hex ?? ''))).toThrow(expect.objectContaining({ code: 'status', status }));
  });

  it('a source index that does not exist is status 4', () => {
    expect(() => decodeSource(bytes(refusals['no_such_source'] ?? ''))).toThrow(
      expect.objectContaining({ code: 'status', status: 4 }),
    );
  });

  it.each(['unauthorised', 'invalid_command'])('the answer to another command is malformed (%s)', (name) => {
    expect(() => decodeTracking(bytes(refusals[name] ?? ''))).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});

it('every value of a captured report fits its column', () => {
  for (const name of names) {
    const values = chronySampleValues(trackingOf(name), { selected: true, errorBoundNs: 5 });
    expect(values).toHaveLength(STREAMS.chrony.columns.length - 2);
    STREAMS.chrony.columns.slice(2).forEach((column, index) => {
      const value = values[index];
      if (column.kind === 'i64') expect(typeof value).toBe('bigint');
      else if (column.kind === 'float') expect(Number.isFinite(value)).toBe(true);
      else if (!(column.optional && Number.isNaN(value))) expect(Number.isSafeInteger(value), column.name).toBe(true);
    });
  }
});

import { columnIndex, ERROR_BOUND_STATUSES, STREAMS } from '@ptp-tester/measurement';
import { ERRNO } from '@ptp-tester/native';
import { type PhcBurst, SimulatedPhc, type SimulatedPhcFault } from '@ptp-tester/phc';
import { describe, expect, it } from 'vitest';
import type { NoticedEvent, Source, SourceOutput } from '../source.ts';
import { readPair } from './clock-reader.ts';
import { makeClocks } from './made-machine.ts';
import { openPhcSource, type PhcSourceOptions } from './phc.ts';
import type { PhcOpening } from './phc-opener.ts';

const tick = { wakeLateNs: 1234.4 };
const options: PhcSourceOptions = { readings: 3, isShared: () => false };

function column(output: SourceOutput, name: string): number | bigint | undefined {
  return output.readings[0]?.values[columnIndex(STREAMS.phc, name) - 2];
}

function eventsOf(output: SourceOutput): string[] {
  return faultsOf(output).map((noticed) => noticed.event);
}

/** Without the one that says how the clock is read. */
function faultsOf(output: SourceOutput): readonly NoticedEvent[] {
  return output.events.filter(({ event }) => event !== 'phc_read_method');
}

function readNow(source: Source): SourceOutput {
  const output = source.read(tick);
  if (output instanceof Promise) throw new Error('the phc source reads at once');
  return output;
}

function opened(open: () => PhcOpening, clocks = makeClocks(), more: Partial<PhcSourceOptions> = {}): Source {
  const result = openPhcSource({ ...options, ...more }, { clocks, open });
  if ('absent' in result) throw new Error(result.absent);
  return result.source;
}

/** A noiseless simulation on clocks under control. */
function simulated(faults: readonly SimulatedPhcFault[], offsetNs = 700) {
  const clocks = makeClocks();
  const truth = {
    seed: 1,
    offset_ns: offsetNs,
    frequency_ppb: 0,
    white_noise_ns: 0,
    random_walk_ns: 0,
    read_delay_ns: 1000,
    faults,
  };
  const start = { truth, startedAtRawNs: readPair(clocks).monoRawNs };
  const clock = new SimulatedPhc(start, { readClocks: () => readPair(clocks) });
  const source = opened(
    () => ({ phc: { clock, devicePath: null, pciAddress: null, readErrorBoundNs: () => null } }),
    clocks,
  );
  return { clocks, source };
}

/** A clock that answers with the given bursts, one after the other. */
function scripted(bursts: readonly Partial<PhcBurst>[], bounds: readonly (number | null)[] = []) {
  const asked: number[] = [];
  const left = [...bounds];
  let next = 0;
  const reading = { rawBeforeNs: 10n, preNs: 1000n, phcNs: 900n, postNs: 1020n, rawAfterNs: 50n };
  const clock = {
    name: 'ena-ptp-05',
    simulated: false,
    readBurst: (readings: number): PhcBurst => {
      asked.push(readings);
      const burst = bursts[next] ?? {};
      next += 1;
      return { method: 'extended', readings: [reading], failed: 0, errno: 0, ...burst };
    },
    close: () => undefined,
  };
  return {
    asked,
    open: (): PhcOpening => {
      const place = { devicePath: '/dev/ptp0', pciAddress: '0000:00:05.0' };
      return { phc: { clock, ...place, readErrorBoundNs: () => left.shift() ?? null } };
    },
  };
}

describe('the phc source', () => {
  it('gives the system clock minus the PHC, positive where the system clock is ahead', () => {
    const output = readNow(simulated([]).source);
    expect(column(output, 'offset_ns')).toBe(700);
    expect(column(output, 'readings_ok')).toBe(3);
    expect(column(output, 'wake_late_ns')).toBe(1234);
    expect(output.readings[0]?.values).toHaveLength(STREAMS.phc.columns.length - 2);
  });

  it('shows a step of the system clock as a step of the offset', () => {
    const { source, clocks } = simulated([{ kind: 'step', at_s: 10, size_ns: 5000 }]);
    expect(column(readNow(source), 'offset_ns')).toBe(700);
    clocks.advance(11e9);
    expect(column(readNow(source), 'offset_ns')).toBe(5700);
  });

  it('says once that reads are refused, reads less, and comes back to the full burst', () => {
    const refused: Partial<PhcBurst> = { readings: [], failed: 1, errno: ERRNO.EBUSY };
    const { asked, open } = scripted([refused, refused]);
    const clocks = makeClocks();
    const source = opened(open, clocks);
    const outputs = Array.from({ length: 60 }, () => {
      clocks.advance(0.25e9);
      return readNow(source);
    });
    expect(outputs.flatMap(faultsOf)).toEqual([
      { event: 'reads_blocked', detail: { errno: 'EBUSY', now: 'thin' } },
      { event: 'reads_recovered', detail: { lasted_s: 10.25, refused: 2 } },
    ]);
    expect(asked.slice(0, 3)).toEqual([3, 1, 1]);
    expect(outputs.filter((output) => output.readings.length === 0).length).toBeGreaterThan(3);
    expect(asked.at(-1)).toBe(3);
  });

  it('keeps the readings that came before a refusal', () => {
    const { open } = scripted([{ failed: 1, errno: ERRNO.EBUSY }]);
    const output = readNow(opened(open));
    expect(column(output, 'readings_failed')).toBe(1);
    expect(eventsOf(output)).toEqual(['reads_blocked']);
  });

  it('notices a device that is gone, looks for it once a second, and says that it is back with its first sample', () => {
    const { source, clocks } = simulated([{ kind: 'gone', at_s: 1, for_s: 5 }]);
    const seen: string[] = [];
    for (let step = 0; step < 40; step += 1) {
      const output = readNow(source);
      const samples = output.readings.length;
      seen.push(...eventsOf(output).map((event) => `${event} at ${step / 4} s with ${samples} sample`));
      clocks.advance(0.25e9);
    }
    expect(seen).toEqual(['device_gone at 1 s with 0 sample', 'device_back at 6 s with 1 sample']);
  });

  it('throws what it cannot explain, so that the loop can say that the source failed', () => {
    const { open } = scripted([{ readings: [], failed: 1, errno: ERRNO.EOPNOTSUPP }]);
    expect(() => readNow(opened(open))).toThrow('EOPNOTSUPP');
  });
});

describe('the error bound', () => {
  it.each([
    { when: 'nobody else reads', sharedDevice: false, bounds: [14_000, 15_000], status: 'paired', value: 15_000 },
    { when: 'it stayed the same', sharedDevice: true, bounds: [15_000, 15_000], status: 'paired', value: 15_000 },
    { when: 'it changed under others', sharedDevice: true, bounds: [14_000, 15_000], status: 'cached', value: 15_000 },
    { when: 'there is none', sharedDevice: true, bounds: [null, null], status: 'missing', value: Number.NaN },
  ])('is $status when $when', ({ sharedDevice, bounds, status, value }) => {
    const output = readNow(opened(scripted([], bounds).open, makeClocks(), { isShared: () => sharedDevice }));
    expect(ERROR_BOUND_STATUSES[Number(column(output, 'error_bound_status'))]).toBe(status);
    expect(column(output, 'error_bound_ns')).toBe(value);
  });

  it.each([14_000, null])('of the winning reading itself (%s) counts before the cached one', (errorBoundNs) => {
    const reading = { rawBeforeNs: 10n, preNs: 1000n, phcNs: 900n, postNs: 1020n, rawAfterNs: 50n };
    const later = { ...reading, postNs: 1900n, rawAfterNs: 900n, errorBoundNs: 99_000 };
    const burst: Partial<PhcBurst> = { method: 'extended_attrs', readings: [{ ...reading, errorBoundNs }, later] };
    const output = readNow(opened(scripted([burst], [15_000, 16_000]).open, makeClocks(), { isShared: () => true }));
    const status = errorBoundNs === null ? 'missing' : 'paired';
    expect(ERROR_BOUND_STATUSES[Number(column(output, 'error_bound_status'))]).toBe(status);
    expect(column(output, 'error_bound_ns')).toBe(errorBoundNs ?? Number.NaN);
  });

  it('is told with the way of reading, once and whenever it changes', () => {
    const source = opened(scripted([{}, {}, { method: 'basic' }], [1, 1, 1, 1, 1, 1]).open);
    const told = Array.from({ length: 4 }, () => readNow(source).events).flat();
    const detail = { clock: 'ena-ptp-05', device: '/dev/ptp0', readings: 3 };
    expect(told).toEqual([
      { event: 'phc_read_method', detail: { ...detail, method: 'extended', error_bound: 'phc_error_bound of sysfs' } },
      { event: 'phc_read_method', detail: { ...detail, method: 'basic', error_bound: 'phc_error_bound of sysfs' } },
      { event: 'phc_read_method', detail: { ...detail, method: 'extended', error_bound: 'none' } },
    ]);
  });
});

it('is absent without a device and throws where the device refuses to be opened', () => {
  const clocks = makeClocks();
  expect(openPhcSource(options, { clocks, open: () => ({ absent: 'none' }) })).toEqual({ absent: 'none' });
  expect(() => openPhcSource(options, { clocks, open: () => ({ refused: 'EACCES' }) })).toThrow('EACCES');
});

it('says that the device has another number when it comes back with one', () => {
  const clocks = makeClocks();
  const gone: Partial<PhcBurst> = { readings: [], failed: 1, errno: ERRNO.ENODEV };
  const script = scripted([{}, gone]);
  let path = '/dev/ptp0';
  const open = (): PhcOpening => {
    const opening = script.open();
    return 'phc' in opening ? { phc: { ...opening.phc, devicePath: path } } : opening;
  };
  const source = opened(open, clocks);
  readNow(source);
  const events = [...faultsOf(readNow(source))];
  path = '/dev/ptp2';
  clocks.advance(1e9);
  events.push(...faultsOf(readNow(source)));
  expect(events).toEqual([
    { event: 'device_gone', detail: { clock: 'ena-ptp-05', device: '/dev/ptp0' } },
    {
      event: 'device_back',
      detail: { clock: 'ena-ptp-05', device: '/dev/ptp2', device_before: '/dev/ptp0', renumbered: true },
    },
  ]);
});

it('says that the device is back with its first reading, also where it refused or failed at first', () => {
  const clocks = makeClocks();
  const failing = (errno: number): Partial<PhcBurst> => ({ readings: [], failed: 1, errno });
  const { open } = scripted([{}, ...[ERRNO.ENODEV, ERRNO.EOPNOTSUPP, ERRNO.EBUSY].map(failing)]);
  const source = opened(open, clocks);
  const next = () => {
    clocks.advance(1e9);
    return eventsOf(readNow(source));
  };
  expect(next()).toEqual([]);
  expect(next()).toEqual(['device_gone']);
  expect(next).toThrow('EOPNOTSUPP');
  expect(next()).toEqual(['reads_blocked']);
  expect(next()).toEqual(['device_back']);
  expect(next()).toEqual([]);
});

/** The sources that read files and counters, on made trees and with clocks under control. */
import { openSync } from 'node:fs';
import { columnIndex, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { ERRNO, type NativeClocks } from '@ptp-tester/native';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenedSource, Source, SourceOutput } from '../source.ts';
import { openEnaSource } from './ena.ts';
import { findEnaInterfaces } from './ena-interfaces.ts';
import { openHostSource } from './host.ts';
import { openKernelSource } from './kernel.ts';
import { type MadeMachine, makeClocks, makeMachine } from './made-machine.ts';
import { openRawSource } from './raw.ts';
import { openSelfSource } from './self.ts';

let machine: MadeMachine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

function sourceOf(opened: OpenedSource): Source {
  if ('absent' in opened) throw new Error(opened.absent);
  return opened.source;
}

function readNow(source: Source): SourceOutput {
  const output = source.read({ wakeLateNs: 0 });
  if (output instanceof Promise) throw new Error('reads at once');
  return output;
}

function columnOf(output: SourceOutput, stream: StreamName, name: string): number | bigint | undefined {
  const { values } = output.readings[0] ?? {};
  expect(values).toHaveLength(STREAMS[stream].columns.length - 2);
  return values?.[columnIndex(STREAMS[stream], name) - 2];
}

describe('raw', () => {
  it('is CLOCK_REALTIME minus CLOCK_MONOTONIC_RAW in the middle of its bracket', () => {
    const output = readNow(sourceOf(openRawSource(makeClocks())));
    expect(output.readings[0]).toMatchObject({
      key: '',
      at: 1_795_000_000_000_000_000n,
      monoRawNs: 1_000_000_000_010n,
    });
    expect(columnOf(output, 'raw', 'offset_ns')).toBe(1_795_000_000_000_000_000n - 1_000_000_000_010n);
    expect(columnOf(output, 'raw', 'bracket_ns')).toBe(100);
  });
});

describe('host', () => {
  const STAT = 'cpu  100 1 50 1000 20 3 4 55 30 2\ncpu0 1 1 1 1 1 1 1 1 1 1\nintr 5\n';

  function vmclock(marker: bigint, status: number, sequence = 2): Uint8Array {
    const bytes = new Uint8Array(104);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x4b4c4356, true);
    view.setUint32(12, sequence, true);
    view.setBigUint64(16, marker, true);
    view.setUint8(34, status);
    return bytes;
  }

  function openHost(): Source {
    return sourceOf(openHostSource({ clocks: makeClocks(), roots: machine.roots }));
  }

  it('reads steal, total without counting guests twice, pressure and load', () => {
    machine.file('proc/stat', STAT);
    machine.file(
      'proc/pressure/cpu',
      'some avg10=0.55 avg60=1.12 avg300=0.63 total=15210157\nfull avg10=0.00 total=0\n',
    );
    machine.file('proc/loadavg', '0.42 0.30 0.20 1/100 12345\n');
    const output = readNow(openHost());
    expect(columnOf(output, 'host', 'cpu_steal_ticks')).toBe(55);
    expect(columnOf(output, 'host', 'cpu_total_ticks')).toBe(100 + 1 + 50 + 1000 + 20 + 3 + 4 + 55);
    expect(columnOf(output, 'host', 'psi_cpu_some_us')).toBe(15_210_157);
    expect(columnOf(output, 'host', 'load_1m')).toBe(0.42);
    expect(columnOf(output, 'host', 'vmclock_marker')).toBe(0n);
    expect(columnOf(output, 'host', 'vmclock_status')).toBe(0);
  });

  it('has missing values where the kernel offers less', () => {
    machine.file('proc/stat', STAT);
    const output = readNow(openHost());
    expect(columnOf(output, 'host', 'psi_cpu_some_us')).toBeNaN();
    expect(columnOf(output, 'host', 'load_1m')).toBeNaN();
  });

  it('is absent without /proc/stat', () => {
    expect(openHostSource({ clocks: makeClocks(), roots: machine.roots })).toHaveProperty('absent');
  });

  it('raises vm_disrupted when the VMClock marker changes, and only then', () => {
    machine.file('proc/stat', STAT);
    machine.file('dev/vmclock0', vmclock(7n, 2));
    const source = openHost();
    const first = readNow(source);
    expect(first.events).toEqual([]);
    expect(columnOf(first, 'host', 'vmclock_marker')).toBe(7n);
    expect(STREAMS.host.columns.at(-1)?.labels?.[Number(columnOf(first, 'host', 'vmclock_status'))]).toBe(
      'synchronised',
    );
    // An update under way has nothing to say, and is no change.
    machine.file('dev/vmclock0', vmclock(0n, 0, 3));
    expect(readNow(source).events).toEqual([]);
    machine.file('dev/vmclock0', vmclock(8n, 3));
    const changed = readNow(source);
    expect(changed.events).toEqual([{ event: 'vm_disrupted', detail: { marker_before: '7', marker: '8' } }]);
    expect(readNow(source).events).toEqual([]);
  });
});

describe('self', () => {
  const gauges = {
    cpuNs: () => 5,
    spoolBytes: () => 6,
    spoolRecords: () => 7,
    missedTicks: () => 8,
    uplinkRttNs: () => Number.NaN,
  };

  it('reads its memory from /proc and the rest from the agent', () => {
    machine.file('proc/self/status', 'Name:\tnode\nVmRSS:\t  98080 kB\nRssAnon:\t   44296 kB\nRssFile:\t 1 kB\n');
    const output = readNow(sourceOf(openSelfSource({ clocks: makeClocks(), roots: machine.roots, self: gauges })));
    expect(output.readings[0]?.values).toEqual([5, 44_296 * 1024, 98_080 * 1024, 6, 7, 8, Number.NaN]);
  });

  it('is absent where /proc does not say', () => {
    expect(openSelfSource({ clocks: makeClocks(), roots: machine.roots, self: gauges })).toHaveProperty('absent');
  });
});

describe('ena', () => {
  function counters(values: Record<string, number>): Pick<NativeClocks, 'readEthtoolStats'> {
    return {
      readEthtoolStats: () => ({
        names: Object.keys(values),
        values: BigUint64Array.from(Object.values(values), BigInt),
      }),
    };
  }

  it('is absent where no interface uses the driver', () => {
    machine.file('sys/class/net/lo/address', '00:00:00:00:00:00\n');
    expect(openEnaSource({ clocks: makeClocks(), native: counters({}), roots: machine.roots })).toHaveProperty(
      'absent',
    );
  });

  it('finds interfaces by driver and PCI device, and reads each under its name', () => {
    machine.ena({ pci: '0000:00:06.0', interfaceName: 'ens6' });
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5', ptp: 'ptp0' });
    expect(findEnaInterfaces(machine.roots.sys)).toEqual([
      { name: 'ens5', pciAddress: '0000:00:05.0' },
      { name: 'ens6', pciAddress: '0000:00:06.0' },
    ]);
    const native = counters({ tx_timeout: 9, phc_cnt: 4, bw_in_allowance_exceeded: 3 });
    const output = readNow(sourceOf(openEnaSource({ clocks: makeClocks(), native, roots: machine.roots })));
    expect(output.readings.map((reading) => reading.key)).toEqual(['ens5', 'ens6']);
    expect(columnOf(output, 'ena', 'phc_cnt')).toBe(4);
    expect(columnOf(output, 'ena', 'bw_in_allowance_exceeded')).toBe(3);
    expect(columnOf(output, 'ena', 'phc_err')).toBeNaN();
  });

  it('counts a device reset when a counter falls, once', () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    const values = { phc_cnt: 10, phc_skp: 2 };
    const native = { readEthtoolStats: () => counters(values).readEthtoolStats('ens5') };
    const source = sourceOf(openEnaSource({ clocks: makeClocks(), native, roots: machine.roots }));
    expect(readNow(source).events).toEqual([]);
    values.phc_cnt = 1;
    const reset = readNow(source);
    expect(reset.events).toEqual([{ event: 'counters_reset', detail: { interface: 'ens5', counters: ['phc_cnt'] } }]);
    expect(columnOf(reset, 'ena', 'reset_epoch')).toBe(1);
    expect(readNow(source).events).toEqual([]);
  });

  it('gives the counters of the interfaces that answer, and tells once that another does not', () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    machine.ena({ pci: '0000:00:06.0', interfaceName: 'ens6' });
    let answers = false;
    const good = counters({ phc_cnt: 4 });
    const native: typeof good = {
      readEthtoolStats: (name) => (name === 'ens5' && !answers ? ERRNO.ENODEV : good.readEthtoolStats(name)),
    };
    const source = sourceOf(openEnaSource({ clocks: makeClocks(), native, roots: machine.roots }));
    const seen = [false, false, true, true].map((now) => {
      answers = now;
      const { readings, events } = readNow(source);
      return [...readings.map(({ key }) => key), ...events];
    });
    const detail = { stream: 'ena', interface: 'ens5' };
    expect(seen).toEqual([
      ['ens6', { event: 'source_failed', detail: { ...detail, problem: 'ethtool statistics of ens5: ENODEV' } }],
      ['ens6'],
      ['ens5', 'ens6', { event: 'source_recovered', detail }],
      ['ens5', 'ens6'],
    ]);
  });

  it('throws where the driver refuses', () => {
    machine.ena({ pci: '0000:00:05.0', interfaceName: 'ens5' });
    const native = { readEthtoolStats: () => ERRNO.EOPNOTSUPP };
    const source = sourceOf(openEnaSource({ clocks: makeClocks(), native, roots: machine.roots }));
    expect(() => readNow(source)).toThrow('EOPNOTSUPP');
  });
});

describe('kernel', () => {
  /** adjtimex as given; clock sets when told. */
  function kernelNative(state: { set: boolean }): NativeClocks {
    const refuse = () => ERRNO.EOPNOTSUPP;
    return {
      clockBuffer: new BigInt64Array(256),
      readTriple: refuse,
      readClock: refuse,
      readPtpCaps: refuse,
      readPtpExtended: refuse,
      readPtpAttributed: refuse,
      readPtpBasic: refuse,
      readPtpPrecise: refuse,
      readEthtoolDriver: refuse,
      readEthtoolStats: refuse,
      readAdjtimex: (out) => {
        out.set([-65_536n, 0x2001n, 500n, 20n, 37n, 0n]);
        return 0;
      },
      openClockSetWatch: () => openSync('/dev/null', 'r'),
      readClockSetWatch: () => {
        const was = state.set;
        state.set = false;
        return was ? 1 : 0;
      },
    };
  }

  it('reads adjtimex in our units, and tells a set of the system clock with its size', async () => {
    const state = { set: false };
    const clocks = makeClocks();
    const source = sourceOf(openKernelSource({ clocks, native: kernelNative(state) }));
    const quiet = readNow(source);
    expect(quiet.readings[0]?.values).toEqual([-1000, 0x2001, 500_000, 20_000, 37, 0]);
    expect(quiet.events).toEqual([]);
    clocks.advance(1e9);
    clocks.step(-3_000_000);
    state.set = true;
    const after = readNow(source);
    expect(after.events).toEqual([
      { event: 'clock_set', detail: { clock_sets: 1, system_minus_raw_change_ns: -3_000_000 } },
    ]);
    expect(columnOf(after, 'kernel', 'clock_sets')).toBe(1);
    expect(readNow(source).events).toEqual([]);
    await source.close();
  });
});

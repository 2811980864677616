/** SIMULATED: two ENA clocks of one name in a made tree; which one is measured while they come and go, and what is told of it. */
import { readlinkSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { columnIndex, STREAMS } from '@ptp-tester/measurement';
import { ERRNO, loadNativeClocks, type NativeClocks } from '@ptp-tester/native';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NoticedEvent, Source } from '../source.ts';
import { CHRONY_ACCESS } from './chrony-access.ts';
import { type MadeMachine, makeClocks, makeMachine } from './made-machine.ts';
import { openSources } from './open-sources.ts';

const PRIMARY = { pci: '0000:00:05.0', interfaceName: 'ens5', bound: '11000\n' };
const TWIN = { pci: '0000:00:06.0', interfaceName: 'ens6', bound: '22000\n' };
/** System clock - PHC of the primary is 0. */
const TWIN_OFFSET_NS = 1_000_000;

let machine: MadeMachine;
let clocks: ReturnType<typeof makeClocks>;
/** Devices that give an errno instead of a reading: ENODEV where the driver has let go of them. */
let failing: Map<string, number>;
beforeEach(() => {
  machine = makeMachine();
  clocks = makeClocks();
  failing = new Map();
});
afterEach(() => machine.remove());

/** ptp1 is the twin, every other number the primary. */
function madeNative(): NativeClocks {
  return {
    ...loadNativeClocks(),
    readPtpCaps: () => 0,
    readPtpExtended: (fd, _clock, out) => {
      const device = basename(readlinkSync(`/proc/self/fd/${fd}`)).replace(' (deleted)', '');
      const errno = failing.get(device);
      if (errno !== undefined) return errno;
      const { rawBeforeNs, realtimeNs, rawAfterNs } = clocks.readTriple();
      const phcNs = realtimeNs - (device === 'ptp1' ? BigInt(TWIN_OFFSET_NS) : 0n);
      out.set([rawBeforeNs, rawAfterNs, realtimeNs - 500n, phcNs, realtimeNs + 500n]);
      return 0;
    },
  };
}

async function openPhc(): Promise<Source> {
  const [planned] = await openSources(
    { phc: { interval_ms: 1000, readings: 3, mode: 'device' } },
    {
      clocks,
      native: madeNative(),
      roots: machine.roots,
      chrony: CHRONY_ACCESS,
      random: () => 0.5,
      simulationStart: () => 0n,
      self: {
        cpuNs: () => 0,
        spoolBytes: () => 0,
        spoolRecords: () => 0,
        missedTicks: () => 0,
        uplinkRttNs: () => Number.NaN,
      },
    },
  );
  if (planned === undefined || !('source' in planned.opened)) throw new Error('the clock was not opened');
  return planned.opened.source;
}

const OFFSET = columnIndex(STREAMS.phc, 'offset_ns') - 2;
const BOUND = columnIndex(STREAMS.phc, 'error_bound_ns') - 2;

function readNow(source: Source): (string | NoticedEvent)[] {
  try {
    const output = source.read({ wakeLateNs: 0 });
    if (output instanceof Promise) throw new Error('the phc source reads at once');
    const samples = output.readings.map(({ values }) => `offset ${values[OFFSET]} ns, bound ${values[BOUND]} ns`);
    return [...samples, ...output.events];
  } catch (error) {
    return [String(error)];
  }
}

/** A tick a second: samples and events in the order in which the sampling loop hands them on, samples without repetitions. */
async function watching() {
  const source = await openPhc();
  return (count: number): (string | NoticedEvent)[] => {
    const seen: (string | NoticedEvent)[] = [];
    for (let second = 0; second < count; second += 1) {
      clocks.advance(1e9);
      seen.push(...readNow(source).filter((one) => one !== seen.at(-1)));
    }
    return seen;
  };
}

const PRIMARY_SAMPLE = 'offset 0 ns, bound 11000 ns';
const TWIN_SAMPLE = `offset ${TWIN_OFFSET_NS} ns, bound 22000 ns`;

function placeOf(ptp: string) {
  return { clock: 'ena-ptp-05', device: `${machine.roots.dev}/${ptp}` };
}

/** The two have one name. */
function change(before: readonly [string, string], after: readonly [string, string]): NoticedEvent {
  const dev = (name: string) => `${machine.roots.dev}/${name}`;
  const detail = {
    stream: 'phc',
    clock: { before: 'ena-ptp-05', after: 'ena-ptp-05' },
    device: { before: dev(before[0]), after: dev(after[0]) },
    pci_address: { before: before[1], after: after[1] },
  };
  return { event: 'environment_changed', detail };
}

function method(ptp: string): NoticedEvent {
  const detail = { ...placeOf(ptp), method: 'extended', error_bound: 'phc_error_bound of sysfs', readings: 3 };
  return { event: 'phc_read_method', detail };
}

function loseClock(ptp: string): void {
  machine.withoutClock(ptp);
  failing.set(ptp, ERRNO.ENODEV);
}

it('measures the twin while the clock at the lower PCI address is away, and that one again within half a minute of its return', async () => {
  machine.ena({ ...PRIMARY, ptp: 'ptp0' });
  machine.ena({ ...TWIN, ptp: 'ptp1' });
  const seconds = await watching();
  expect(seconds(3)).toEqual([PRIMARY_SAMPLE, method('ptp0'), PRIMARY_SAMPLE]);

  loseClock('ptp0');
  const back = { ...placeOf('ptp1'), device_before: `${machine.roots.dev}/ptp0`, renumbered: true };
  expect(seconds(3)).toEqual([
    { event: 'device_gone', detail: placeOf('ptp0') },
    TWIN_SAMPLE,
    { event: 'device_back', detail: back },
    change(['ptp0', PRIMARY.pci], ['ptp1', TWIN.pci]),
    method('ptp1'),
    TWIN_SAMPLE,
  ]);
  expect(seconds(90)).toEqual([TWIN_SAMPLE]);

  // The twin answers on: its last sample comes before the event, the first of the other clock after it.
  machine.clock(PRIMARY.pci, 'ptp2');
  expect(seconds(60)).toEqual([
    TWIN_SAMPLE,
    change(['ptp1', TWIN.pci], ['ptp2', PRIMARY.pci]),
    PRIMARY_SAMPLE,
    method('ptp2'),
    PRIMARY_SAMPLE,
  ]);
  expect(seconds(90)).toEqual([PRIMARY_SAMPLE]);
});

it('measures nothing rather than the twin where the clock to measure cannot be opened, says why, and takes it when it can', async () => {
  machine.ena(PRIMARY);
  machine.ena({ ...TWIN, ptp: 'ptp1' });
  const seconds = await watching();
  seconds(1);
  machine.clock(PRIMARY.pci, 'ptp0');
  const node = `${machine.roots.dev}/ptp0`;
  rmSync(node);
  expect(seconds(60)).toEqual([
    TWIN_SAMPLE,
    { event: 'device_gone', detail: { ...placeOf('ptp1'), problem: `${node} (ena-ptp-05): ENOENT` } },
  ]);
  machine.file('dev/ptp0', '');
  expect(seconds(1)).toEqual([
    PRIMARY_SAMPLE,
    {
      event: 'device_back',
      detail: { ...placeOf('ptp0'), device_before: `${machine.roots.dev}/ptp1`, renumbered: true },
    },
    change(['ptp1', TWIN.pci], ['ptp0', PRIMARY.pci]),
    method('ptp0'),
  ]);
});

it('takes the clock to measure also while the open one cannot be read', async () => {
  machine.ena(PRIMARY);
  machine.ena({ ...TWIN, ptp: 'ptp1' });
  const seconds = await watching();
  seconds(1);
  failing.set('ptp1', ERRNO.EOPNOTSUPP);
  machine.clock(PRIMARY.pci, 'ptp0');
  expect(seconds(60)).toEqual([
    'Error: the PHC cannot be read: EOPNOTSUPP',
    change(['ptp1', TWIN.pci], ['ptp0', PRIMARY.pci]),
    PRIMARY_SAMPLE,
    method('ptp0'),
    PRIMARY_SAMPLE,
  ]);
});

it('stays with the open clock while sysfs names none', async () => {
  machine.ena({ ...PRIMARY, ptp: 'ptp0' });
  const seconds = await watching();
  seconds(1);
  machine.withoutClock('ptp0');
  expect(seconds(60)).toEqual([PRIMARY_SAMPLE]);
});

/** Our command port client and the agent's sources against real chronyds, and against what chronyc prints of the same ones. Needs root. */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChronyError,
  type ChronyReports,
  chronycReports,
  connectChronyd,
  isSynchronised,
  type Tracking,
} from '@ptp-tester/chrony';
import { columnIndex, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { loadNativeClocks } from '@ptp-tester/native';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Reading } from '../../agent/src/source.ts';
import { machineSourceDependencies } from '../../agent/src/sources/machine-dependencies.ts';
import { openSources, type SourceDependencies } from '../../agent/src/sources/open-sources.ts';
import { installedChronyd, type PrivateChronyds, privateChronyds } from './private-chronyd.ts';

const version = installedChronyd();
if (version === null) console.log('skipped: chronyd is not installed (Debian package chrony)');
else if (process.getuid?.() !== 0) console.log('skipped: chronyd needs root to start');
const possible = version !== null && process.getuid?.() === 0;

/** What each chronyd is told, and what is therefore true: system clock - its time, ns. Null: it has no reference. */
const SCENARIOS = {
  behind: { lines: (server: number) => [`${serverLine(server)} offset 0.04`], truthNs: -40_000_000 },
  ahead: { lines: (server: number) => [`${serverLine(server)} offset -0.04`], truthNs: 40_000_000 },
  unsynchronised: { lines: () => ['server 127.0.0.2 port 9'], truthNs: null },
} as const;
type Scenario = keyof typeof SCENARIOS;
const names = Object.keys(SCENARIOS) as Scenario[];

function serverLine(port: number): string {
  return `server 127.0.0.1 port ${port} iburst minpoll -2 maxpoll -2`;
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** Asks until the answer is right; the test's own time limit ends a wait in vain. */
async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    await sleep(50);
  }
}

/** A value that moves with time, printed to the nanosecond: it lies between what we read before and after (chrony's float is good to 6e-8). */
function expectBetween(printed: number, ours: readonly [number, number]): void {
  const slack = 1e-9 + Math.abs(printed) * 1.2e-7;
  expect(printed).toBeGreaterThanOrEqual(Math.min(...ours) - slack);
  expect(printed).toBeLessThanOrEqual(Math.max(...ours) + slack);
}

function chronycOf(port: number) {
  return { program: 'chronyc', args: ['-h', '127.0.0.1', '-p', String(port)], timeoutMs: 5000 };
}

describe.skipIf(!possible)(`with ${version ?? 'chronyd'}`, () => {
  const ports = new Map<Scenario, number>();
  const clients = new Map<Scenario, ChronyReports>();
  let chronyds: PrivateChronyds;

  const portOf = (name: Scenario) => ports.get(name) ?? 0;
  function clientOf(name: Scenario): ChronyReports {
    const client = clients.get(name);
    if (client === undefined) throw new Error(`no client for ${name}`);
    return client;
  }

  /** The first answer; a chronyd that is still starting does not listen yet. */
  async function trackingOnceUp(client: ChronyReports): Promise<Tracking | null> {
    try {
      return await client.tracking();
    } catch (error) {
      if (error instanceof ChronyError && (error.code === 'unreachable' || error.code === 'timeout')) return null;
      throw error;
    }
  }

  beforeAll(async () => {
    chronyds = privateChronyds();
    const serverPort = await freeUdpPort();
    const serverCommands = await freeUdpPort();
    chronyds.start('server', [`port ${serverPort}`, `cmdport ${serverCommands}`, 'local stratum 3', 'allow 127.0.0.1']);
    for (const name of names) {
      const port = await freeUdpPort();
      ports.set(name, port);
      chronyds.start(name, ['port 0', `cmdport ${port}`, ...SCENARIOS[name].lines(serverPort)]);
      const address = { host: '127.0.0.1', port, timeoutMs: 500, attempts: 2 };
      clients.set(name, await connectChronyd(address, { random: () => Math.random() }));
    }
    for (const name of names) {
      const synchronised = SCENARIOS[name].truthNs !== null;
      await until(
        () => trackingOnceUp(clientOf(name)),
        (tracking) => tracking !== null && (!synchronised || isSynchronised(tracking)),
      );
    }
  });

  afterAll(async () => {
    for (const client of clients.values()) client.close();
    await chronyds.stop();
  });

  describe('the command port and chronyc', () => {
    it.each(names)('agree on every field of tracking: %s', async (name) => {
      const text = chronycReports(chronycOf(portOf(name)));
      const client = clientOf(name);
      const [before, printed, after] = await until(
        async () => [await client.tracking(), await text.tracking(), await client.tracking()] as const,
        // An update between the questions changes everything: asked again.
        ([first, , second]) => first.lastOffset === second.lastOffset && first.rmsOffset === second.rmsOffset,
      );
      for (const field of ['refid', 'name', 'stratum', 'leapStatus'] as const) {
        expect(printed[field], field).toBe(before[field]);
      }
      const resolution = {
        lastOffset: 1e-9,
        rmsOffset: 1e-9,
        rootDelay: 1e-9,
        freqPpm: 1e-3,
        residFreqPpm: 1e-3,
        skewPpm: 1e-3,
      };
      for (const [field, step] of Object.entries(resolution) as [keyof typeof resolution, number][]) {
        expect(Math.abs(printed[field] - before[field]), field).toBeLessThanOrEqual(step);
      }
      expect(Math.abs(printed.lastUpdateInterval - before.lastUpdateInterval)).toBeLessThanOrEqual(0.051);
      // These go on between two updates.
      for (const field of ['currentCorrection', 'rootDispersion'] as const) {
        expectBetween(printed[field], [before[field], after[field]]);
      }
      expect(Math.abs(Number(printed.refTimeNs - before.refTimeNs))).toBeLessThan(100_000);
    });

    it.each(names)('agree on every field of sources and sourcestats: %s', async (name) => {
      const text = chronycReports(chronycOf(portOf(name)));
      const client = clientOf(name);
      const ask = async (reports: ChronyReports) => ({
        sources: await reports.sources(),
        stats: await reports.sourceStats(),
      });
      const [before, printed, after] = await until(
        async () => [await ask(client), await ask(text), await ask(client)] as const,
        ([first, , second]) =>
          first.sources.every((one, index) => one.origLatestMeas === second.sources[index]?.origLatestMeas) &&
          first.stats.every((one, index) => one.sd === second.stats[index]?.sd),
      );
      expect(printed.sources).toHaveLength(1);
      printed.sources.forEach((source, index) => {
        const [first, second] = [before.sources[index], after.sources[index]];
        if (first === undefined || second === undefined) throw new Error('a source is missing');
        for (const field of ['name', 'mode', 'state', 'stratum', 'poll', 'reachability'] as const) {
          expect(source[field], field).toBe(first[field]);
        }
        expect(Math.abs(source.origLatestMeas - first.origLatestMeas)).toBeLessThanOrEqual(1e-9);
        expectBetween(source.latestMeas, [first.latestMeas, second.latestMeas]);
        expectBetween(source.latestMeasErr, [first.latestMeasErr, second.latestMeasErr]);
        expect(source.sinceSample).toBeGreaterThanOrEqual(first.sinceSample);
        expect(source.sinceSample).toBeLessThanOrEqual(second.sinceSample);
      });
      printed.stats.forEach((stats, index) => {
        const [first, second] = [before.stats[index], after.stats[index]];
        if (first === undefined || second === undefined) throw new Error('the statistics of a source are missing');
        for (const field of ['name', 'nSamples', 'nRuns', 'spanSeconds'] as const)
          expect(stats[field], field).toBe(first[field]);
        expect(Math.abs(stats.sd - first.sd)).toBeLessThanOrEqual(1e-9);
        expectBetween(stats.estOffset, [first.estOffset, second.estOffset]);
        expect(Math.abs(stats.residFreqPpm - first.residFreqPpm)).toBeLessThanOrEqual(1e-3);
        expect(Math.abs(stats.skewPpm - first.skewPpm)).toBeLessThanOrEqual(1e-3);
      });
    });
  });

  describe('the agent’s sources', () => {
    function dependenciesFor(address: SourceDependencies['chrony']['address'], name: Scenario): SourceDependencies {
      const self = { spoolBytes: () => 0, spoolRecords: () => 0, missedTicks: () => 0, uplinkRttNs: () => Number.NaN };
      const real = machineSourceDependencies({ native: loadNativeClocks(), self, instanceIndex: 1 });
      return { ...real, chrony: { address, chronyc: chronycOf(portOf(name)) } };
    }

    async function readOnce(stream: 'chrony' | 'chrony_source', dependencies: SourceDependencies): Promise<Reading[]> {
      const [planned] = await openSources({ [stream]: { interval_ms: 1000 } }, dependencies);
      if (planned === undefined || !('source' in planned.opened)) throw new Error(JSON.stringify(planned?.opened));
      const { source } = planned.opened;
      try {
        return [...(await source.read({ wakeLateNs: 0 })).readings];
      } finally {
        await source.close();
      }
    }

    function columnOf(reading: Reading | undefined, stream: StreamName, column: string): number {
      return Number(reading?.values[columnIndex(STREAMS[stream], column) - 2]);
    }

    it.each([
      ['the command port', 'behind', 'udp'],
      ['the command port', 'ahead', 'udp'],
      ['chronyc, where the command port is closed', 'behind', 'chronyc'],
      ['chronyc, where the command port is closed', 'ahead', 'chronyc'],
    ] as const)('read our sign through %s: the clock is %s', async (...row) => {
      const [, name, way] = row;
      const port = way === 'udp' ? portOf(name) : await freeUdpPort();
      const dependencies = dependenciesFor({ host: '127.0.0.1', port, timeoutMs: 500, attempts: 2 }, name);
      const [tracking] = await readOnce('chrony', dependencies);
      expect(Math.abs(columnOf(tracking, 'chrony', 'system_time_ns') - SCENARIOS[name].truthNs)).toBeLessThan(
        1_000_000,
      );
      expect(columnOf(tracking, 'chrony', 'clock_error_bound_ns')).toBeGreaterThan(39_000_000);
      expect(columnOf(tracking, 'chrony', 'stratum')).toBe(4);
      expect(columnOf(tracking, 'chrony', 'phc_selected')).toBe(0);
      const sources = await readOnce('chrony_source', dependencies);
      expect(sources.map(({ key }) => key)).toEqual(['127.0.0.1']);
      expect(columnOf(sources[0], 'chrony_source', 'state')).toBe(0);
      expect(columnOf(sources[0], 'chrony_source', 'samples')).toBeGreaterThan(0);
    });

    it('have no error bound while chronyd has no reference', async () => {
      const address = { host: '127.0.0.1', port: portOf('unsynchronised'), timeoutMs: 500, attempts: 2 };
      const dependencies = dependenciesFor(address, 'unsynchronised');
      const [tracking] = await readOnce('chrony', dependencies);
      expect(columnOf(tracking, 'chrony', 'leap_status')).toBe(3);
      expect(columnOf(tracking, 'chrony', 'clock_error_bound_ns')).toBeNaN();
      const [source] = await readOnce('chrony_source', dependencies);
      expect(source?.key).toBe('127.0.0.2');
      expect(columnOf(source, 'chrony_source', 'last_rx_s')).toBe(4_294_967_295);
      expect(columnOf(source, 'chrony_source', 'std_dev_ns')).toBeNaN();
    });
  });
});

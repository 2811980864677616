/** A real chronyd that dies and comes back under the agent's real sources and its watch. Needs root. */
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHRONYC_OPTIONS } from '@ptp-tester/chrony';
import { loadNativeClocks } from '@ptp-tester/native';
import { afterAll, expect, it } from 'vitest';
import type { NoticedEvent, Source } from '../../agent/src/source.ts';
import { machineSourceDependencies } from '../../agent/src/sources/machine-dependencies.ts';
import { openSources } from '../../agent/src/sources/open-sources.ts';
import { Watch } from '../../agent/src/watch/watch.ts';
import { installedChronyd, type PrivateChronyds, privateChronyds } from './private-chronyd.ts';

const version = installedChronyd();
if (version === null) console.log('skipped: chronyd is not installed (Debian package chrony)');
else if (process.getuid?.() !== 0) console.log('skipped: chronyd needs root to start');
const possible = version !== null && process.getuid?.() === 0;

const started: PrivateChronyds[] = [];
afterAll(async () => {
  for (const chronyds of started) await chronyds.stop();
});

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

function startChronyd(port: number): PrivateChronyds {
  const chronyds = privateChronyds();
  started.push(chronyds);
  chronyds.start('one', [`cmdport ${port}`, 'port 0', 'local stratum 5']);
  return chronyds;
}

it.skipIf(!possible)(
  'a chronyd that dies is missed and asked for, and its successor is read by the same source',
  async () => {
    const port = await freeUdpPort();
    const first = startChronyd(port);
    const source = await openedChrony(port);
    const told: NoticedEvent[] = [];
    const output = {
      sample: () => undefined,
      missed: () => undefined,
      event: (noticed: NoticedEvent) => told.push(noticed),
      served: () => undefined,
      wantsWakeAt: () => null,
    };
    const readPhc = () => ({ interfaceNames: [], chronyNames: [], chronyReadsPerS: 0 });
    const watch = new Watch({ output, readPhc, askForRestart: (why) => ({ asked: true, told: `asked for: ${why}` }) });
    const read = async () => {
      const [reading] = (await source.read({ wakeLateNs: 0 })).readings;
      if (reading === undefined) throw new Error('chronyd gave no tracking report');
      watch.sample('chrony', 1e9, reading);
      return reading.monoRawNs;
    };
    const answeredAt = await read();
    await first.stop();
    await expect(read()).rejects.toThrow();
    // SIMULATED: the loop's looks, a second apart, without waiting for them.
    for (let second = 1n; second <= 31n; second += 1n) watch.served(answeredAt + second * 1_000_000_000n);
    startChronyd(port);
    const backAt = await untilRead(read);
    watch.served(backAt);
    expect(told.map(({ event }) => event)).toEqual(['chrony_lost', 'chrony_back']);
    expect(told[0]?.detail).toEqual({ trouble: 'unanswered', restart: 'asked for: unanswered' });
    await source.close();
  },
);

/** By the command port alone, as soon as chronyd listens; the test's own time limit ends a wait in vain. */
async function openedChrony(port: number): Promise<Source> {
  const self = { spoolBytes: () => 0, spoolRecords: () => 0, missedTicks: () => 0, uplinkRttNs: () => 0 };
  const dependencies = machineSourceDependencies({ native: loadNativeClocks(), self, instanceIndex: 1 });
  const chronyc = { ...CHRONYC_OPTIONS, program: 'no-chronyc-here' };
  const chrony = { address: { ...dependencies.chrony.address, port }, chronyc };
  for (;;) {
    const [planned] = await openSources({ chrony: { interval_ms: 1000 } }, { ...dependencies, chrony });
    if (planned !== undefined && 'source' in planned.opened) return planned.opened.source;
    await sleep(50);
  }
}

async function untilRead(read: () => Promise<bigint>): Promise<bigint> {
  for (;;) {
    try {
      return await read();
    } catch {
      // Not listening yet.
      await sleep(50);
    }
  }
}

/** What may happen to a run on namespaces: processes killed, the line cut, a disk that is full. Everything arrives once, nothing is left. */
import { readFile, statfs } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { findMarkedProcesses, markOf } from '@ptp-tester/local-ec2';
import { expect, it } from 'vitest';
import type { DeliveryReport } from '../../controller/src/analysis/verify-delivery.ts';
import { agentPid } from '../spine/agent-process.ts';
import { freePort } from '../spine/free-port.ts';
import { type NamespaceSite, startNamespaceSite } from '../spine/namespace-site.ts';
import { reasonWithoutNamespaces, runTool } from '../spine/namespace-traces.ts';
import { waitUntil } from '../spine/wait-until.ts';

const reason = await reasonWithoutNamespaces();
if (reason !== null) console.log(`skipped: ${reason}`);

const LINE_CUT_MS = 12_000;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** The agent of an instance, once it has one. */
function agentOf(site: NamespaceSite, instanceId: string): Promise<number> {
  const find = () => agentPid(site.marker, instanceId);
  return waitUntil(`an agent runs on ${instanceId}`, find, { explain: () => site.describe() });
}

/** kill -9 of what powers an instance off when all else is lost: its supervisor brings it back. */
async function killSwitch(site: NamespaceSite, instanceId: string): Promise<void> {
  const find = () => processOf(`${site.marker}${instanceId}`, /^\/bin\/sh\0\/opt\/ptp-tester\/dead-mans-switch\0/);
  const killed = await waitUntil('the switch runs', find);
  process.kill(killed, 'SIGKILL');
  await waitUntil('the switch is back', async () => ![killed, null].includes(await find()));
}

async function processOf(marker: string, command: RegExp): Promise<number | null> {
  for (const { pid } of await findMarkedProcesses(markOf(marker))) {
    if (command.test(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''))) return pid;
  }
  return null;
}

/** Packets of an instance no longer leave it, not even those of its connection: not what a security group does. */
async function cutLine(site: NamespaceSite, instanceId: string): Promise<() => Promise<void>> {
  const inside = ['nsenter', `--net=/proc/${await agentOf(site, instanceId)}/ns/net`, 'nft'];
  const rules = 'add table inet cut; add chain inet cut line { type filter hook output priority -10; policy accept; }';
  const drop = `add rule inet cut line ip daddr ${site.hostAddress} drop`;
  expect(await runTool(...inside, `${rules}; ${drop}`)).toEqual({ code: 0, output: '' });
  return async () => {
    expect(await runTool(...inside, 'delete table inet cut')).toEqual({ code: 0, output: '' });
  };
}

/** Fills the disk that the agent's spool is on, to the last block. Gives back what empties it. */
async function fillDisk(site: NamespaceSite, instanceId: string): Promise<() => Promise<void>> {
  const root = `/proc/${await agentOf(site, instanceId)}/root`;
  const inside = ['nsenter', `--mount=${root.replace('/root', '/ns/mnt')}`];
  await runTool(...inside, 'dd', 'if=/dev/zero', 'of=/srv/everything', 'bs=1M');
  expect((await statfs(root)).bavail).toBe(0);
  return async () => {
    expect((await runTool(...inside, 'rm', '/srv/everything')).code).toBe(0);
  };
}

/** Bytes that are no TLS, no HTTP, and a connection that says nothing. */
async function sendGarbage(host: string, port: number): Promise<void> {
  const garbage = [Buffer.alloc(70_000, 0xff), Buffer.from('GET / HTTP/9.9\r\nHost\0: x\r\n\r\n'), Buffer.alloc(0)];
  await Promise.all(
    garbage.map((bytes) => {
      const socket = createConnection({ host, port });
      socket.on('error', () => undefined);
      socket.end(bytes);
      return new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
    }),
  );
}

it.skipIf(reason !== null)(
  'killed agent and switch, cut line, full disk, killed controller and garbage cost nothing that was measured and leave nothing',
  async ({ onTestFinished }) => {
    const site = await startNamespaceSite(onTestFinished);
    const agentPort = await freePort();
    const run = site.run('m7i.large:3', { duration: '30s', flags: ['--keep', 'none'], agentPort });
    const { instances } = await site.untilMeasuring();
    await site.remember();
    const [killed = '', cut = '', full = ''] = instances.map(({ instanceId }) => instanceId ?? '');
    process.kill(await agentOf(site, killed), 'SIGKILL');
    const mend = await cutLine(site, cut);
    const empty = await fillDisk(site, full);
    const revived = killSwitch(site, killed);
    await sendGarbage(site.hostAddress, agentPort);
    await pause(LINE_CUT_MS / 2);
    await run.kill();
    const again = site.start('serve', ...site.controllerFlags('data', agentPort));
    await again.line(/^operators /);
    await sendGarbage('127.0.0.1', Number(/:(\d+) /.exec(await again.line(/^operators /))?.[1]));
    await pause(LINE_CUT_MS / 2);
    await Promise.all([mend(), empty(), revived]);

    const { run: ended } = await site.until('the run has ended', (stored) => stored.run.state === 'ended');
    expect(['completed', 'quality_failed'], site.describe()).toContain(ended.outcome);
    expect(ended).toMatchObject({ stopReason: null, leftovers: [] });
    const stored = site.look();
    expect(stored?.instances.map(({ state, failure }) => [state, failure])).toEqual(
      Array(3).fill(['terminated', null]),
    );
    expect(stored?.epochs.filter(({ instanceId }) => instanceId === killed)).toHaveLength(2);
    await expectDelivered(site, ended.id);
    expect((await findMarkedProcesses(markOf(`${site.marker}i-`))).length).toBe(0);
  },
);

/** Spools and store agree to the last record. */
async function expectDelivered(site: NamespaceSite, run: string): Promise<void> {
  const flags = ['--data', site.path('data'), '--spools', site.path('kept'), '--json'];
  const verify = await site.command('verify', run, ...flags);
  const report = JSON.parse(verify.stdout) as DeliveryReport;
  const { missing, undelivered, duplicate, extra, different } = report.totals;
  const faults = { missing, undelivered, duplicate, extra, different };
  expect(faults, verify.describe()).toEqual({ missing: 0, undelivered: 0, duplicate: 0, extra: 0, different: 0 });
  expect(report.instances_without_spool).toEqual([]);
  expect(report.totals.stored).toBeGreaterThan(0);
}

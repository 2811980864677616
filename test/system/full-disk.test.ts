/** Full disks under the real programs: on the agent and on the controller. Nothing acknowledged is lost, and both recover. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentPid } from '../spine/agent-process.ts';
import { mountSmallDisk, type SmallDisk } from '../spine/small-disk.ts';
import { type Spine, startSpine } from '../spine/spine-harness.ts';
import { waitUntil } from '../spine/wait-until.ts';

const UNIT = 'ptp-tester-agent.service';
/** Samples arrive every second; so many looks without a new one mean that none will come. */
const STEADY_LOOKS = 60;
const isRoot = process.getuid?.() === 0;
if (!isRoot) console.log('skipped: a full disk is a small tmpfs, and mounting one needs root');

describe.skipIf(!isRoot)('an agent whose disk is full', () => {
  it.concurrent('says so, loses nothing acknowledged, and goes on when there is room', async ({ onTestFinished }) => {
    const spine = await startSpine(onTestFinished);
    const { instanceId, disk } = await measureOnSmallDisk(spine);
    disk.fill();
    const stored = await untilSteady(spine, instanceId);
    expect(spine.look()?.run.state).toBe('soaking');
    disk.free();
    await spine.untilMoreSamples(new Map([[instanceId, stored]]), 5);
    const ended = await spine.untilCompleted();
    expect(ended.epochs).toHaveLength(2);
    expect(ended.agentEvents.map(({ event }) => event)).toContain('spool_failed');
    await expectDelivered(spine, ended.run.id, disk);
    // What was measured meanwhile waited in memory: no tick is missing but those of the restart, which may be too quick to miss one.
    expect(spine.gaps(ended.run.id).filter(({ cause }) => cause !== 'agent_restart')).toEqual([]);
  });

  it.concurrent('comes back after a kill when there is room again, with everything that was on the disk', async ({
    onTestFinished,
  }) => {
    const spine = await startSpine(onTestFinished);
    const { instanceId, disk } = await measureOnSmallDisk(spine);
    // What lies in the spool when the disk is full is not delivered yet.
    spine.proxy.cut();
    await waitUntil('the spool holds something', () => disk.freeBytes() < 2 * 1024 * 1024 - 40_000);
    disk.fill();
    const killed = await spine.killAgent(instanceId);
    spine.proxy.restore();
    await waitUntil('its supervisor starts it again', async () => {
      const pid = await agentPid(spine.marker, instanceId);
      return pid !== null && pid !== killed;
    });
    disk.free();
    const before = spine.look()?.epochs.length ?? 0;
    await spine.until('a new epoch is stored', ({ epochs }) => epochs.length > before);
    const ended = await spine.untilCompleted();
    await expectDelivered(spine, ended.run.id, disk);
  });
});

/** A run whose only instance keeps its agent's state on a disk of 2 MiB, and measures there. */
async function measureOnSmallDisk(spine: Spine): Promise<{ instanceId: string; disk: SmallDisk }> {
  spine.run({ duration: '40s' });
  const { instances } = await spine.untilMeasuring();
  const instanceId = instances[0]?.instanceId ?? '';
  await spine.systemctl(instanceId, 'stop', UNIT);
  const disk = mountSmallDisk(spine, join(spine.directory, 'agent-disk'), 2);
  moveState(spine.folderOf(instanceId), disk.path);
  await spine.systemctl(instanceId, 'start', UNIT);
  const { samples } = await spine.until('it measures on the small disk', ({ epochs }) => epochs.length === 2);
  await spine.untilMoreSamples(samples, 5);
  return { instanceId, disk };
}

function moveState(folder: string, to: string): void {
  cpSync(join(folder, 'var/lib/ptp-tester'), to, { recursive: true });
  const path = join(folder, 'etc/ptp-tester/agent.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...config, state_dir: to }));
}

/** How many samples are stored once no more arrive. */
async function untilSteady(spine: Spine, instanceId: string): Promise<number> {
  let stored = 0;
  let looks = 0;
  await waitUntil('nothing more is stored', () => {
    const now = spine.look()?.samples.get(instanceId) ?? 0;
    looks = now === stored ? looks + 1 : 0;
    stored = now;
    return looks >= STEADY_LOOKS;
  });
  return stored;
}

async function expectDelivered(spine: Spine, run: string, disk: SmallDisk): Promise<void> {
  const { totals } = await spine.verify(run, disk.path);
  expect(totals).toMatchObject({ missing: 0, undelivered: 0, duplicate: 0, extra: 0, different: 0 });
}

describe.skipIf(!isRoot)('a controller whose disk is full', () => {
  it.concurrent('says so, acknowledges nothing, and goes on when there is room', async ({ onTestFinished }) => {
    const spine = await startSpine(onTestFinished);
    const disk = mountSmallDisk(spine, spine.data, 400);
    const run = spine.run({ duration: '40s' });
    const { instances } = await spine.untilMeasuring();
    disk.fill();
    await untilStoreFails(spine);
    expect((await fetch(`http://127.0.0.1:${spine.operatorPort}/healthz`)).status).toBe(503);
    expect(run.end, run.describe()).toBeNull();
    disk.free();
    await spine.untilMoreSamples(spine.look()?.samples ?? new Map(), 5);
    const ended = await spine.untilCompleted();
    await run.ended;
    expect(ended.events.map(({ event }) => event)).toContain('store_failed');
    await spine.expectClean(ended.run.id);
    expect(ended.epochs.map((it) => it.instanceId)).toEqual(instances.map((it) => it.instanceId));
    expect(spine.gaps(ended.run.id)).toEqual([]);
  });

  it.concurrent('can be killed, says why it does not start again, and goes on when there is room', async ({
    onTestFinished,
  }) => {
    const spine = await startSpine(onTestFinished);
    const disk = mountSmallDisk(spine, spine.data, 400);
    const run = spine.run({ duration: '30s' });
    const { epochs } = await spine.untilMeasuring();
    disk.fill();
    await untilStoreFails(spine);
    await run.kill();
    const refused = spine.serve();
    const end = await refused.ended;
    expect(end.code, refused.describe()).toBe(2);
    expect(refused.stderr).toMatch(/is full.*Free some space on its disk and start again/);
    expect(refused.stderr).not.toMatch(/\n {4}at /);
    disk.free();
    const serve = spine.serve();
    const ended = await spine.untilCompleted();
    await serve.stop();
    await spine.expectClean(ended.run.id);
    expect(ended.epochs.map(({ epoch }) => epoch)).toEqual(epochs.map(({ epoch }) => epoch));
    expect(spine.gaps(ended.run.id)).toEqual([]);
  });
});

async function untilStoreFails(spine: Spine): Promise<void> {
  const { controller } = spine;
  const explain = () => spine.describe();
  await waitUntil('the store fails', () => controller.stderr.includes('the store cannot write'), { explain });
}

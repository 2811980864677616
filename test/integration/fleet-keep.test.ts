/** Keeping instances on local-ec2, through the real dead-man's switch of the user data. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { FleetError } from '../../controller/src/fleet/fleet-error.ts';
import { cleanupRun, previewCleanup } from '../../controller/src/fleet/remove/cleanup-run.ts';
import { CONTROLLER_ID } from './fleet-site.ts';
import { fleetIt } from './fleet-test.ts';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('keeping', () => {
  fleetIt.concurrent(
    'leaves what was chosen disarmed, stopping at shutdown and without an expiry, and ends the rest',
    async ({ site, expect }) => {
      const run = await site.play(site.spec({}, { keep: [1, 3] }));
      expect(run).toMatchObject({ outcome: 'completed', leftovers: [] });
      expect(site.repository.instances(run.id).map(({ state }) => state)).toEqual(['kept', 'terminated', 'kept']);
      const kept = site.living();
      expect(kept.map(({ tags }) => tags['ptp-tester:index']).sort()).toEqual(['1', '3']);
      const ec2 = site.factory()({ region: site.ec2.region, run: run.id });
      for (const { id, tags, folder } of kept) {
        expect(tags).toMatchObject({ 'ptp-tester:run': run.id, 'ptp-tester:kept': 'true', purpose: "it's a test" });
        for (const name of ['expires-at', 'temporary', 'heartbeat'])
          expect(tags).not.toHaveProperty([`ptp-tester:${name}`]);
        expect(await ec2.shutdownBehaviour(id)).toBe('stop');
        expect(readFileSync(join(folder, 'var/lib/ptp-tester-switch/answer'), 'utf8')).toBe('disarmed\n');
      }
      const [group] = await ec2.securityGroups();
      expect(group?.tags).toMatchObject({ 'ptp-tester:kept': 'true' });
      expect(group?.tags).not.toHaveProperty(['ptp-tester:expires-at']);

      const options = { run: run.id, region: site.ec2.region, controllerId: CONTROLLER_ID, timeoutMs: 10_000 };
      const dependencies = { ec2For: site.factory(), repository: site.repository, sleep, now: Date.now };
      const preview = await previewCleanup(options, dependencies);
      const report = await cleanupRun(options, dependencies);
      expect(preview).toEqual({ would_remove: [], kept: report.kept, leftovers: [] });
      expect(
        report.kept
          .filter(({ kind }) => kind === 'instance')
          .map(({ id }) => id)
          .sort(),
      ).toEqual(kept.map(({ id }) => id).sort());
      expect(report.leftovers).toEqual([]);
      expect(site.living()).toHaveLength(2);
      // One ends by its operator: the group stays with the other. With the last one it has served its purpose.
      await ec2.terminate([kept[0]?.id ?? '']);
      await expect.poll(() => site.living().length, { timeout: 20_000 }).toBe(1);
      await cleanupRun(options, dependencies);
      const states = () => site.repository.instances(run.id).map(({ state }) => state);
      expect(states().filter((state) => state === 'kept')).toHaveLength(1);
      expect(await ec2.securityGroups()).toHaveLength(1);
      await ec2.terminate([kept[1]?.id ?? '']);
      await expect.poll(() => site.living().length, { timeout: 20_000 }).toBe(0);
      const last = await cleanupRun(options, dependencies);
      expect(last.removed).toContainEqual({ kind: 'security-group', id: group?.groupId });
      expect(last).toMatchObject({ kept: [], leftovers: [] });
      expect(states()).not.toContain('kept');
      await site.nothingIsLeft();
    },
  );

  fleetIt.concurrent('waits for what the operator says, and takes only what can be done', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.spec({}, { keep: 'ask' }));
    expect(() => site.driver.decideKeep(id, 'all')).toThrow(/what to keep is decided after its soak/);
    await site.until(id, ({ keepAskedAt }) => keepAskedAt != null);
    const failure = (() => {
      try {
        return site.driver.decideKeep(id, '2,4');
      } catch (error) {
        return error;
      }
    })();
    expect((failure as FleetError).faults).toEqual(['there is no instance 4']);
    expect(site.driver.decideKeep(id, '2')).toEqual([2]);
    expect(() => site.driver.decideKeep(id, 'none')).toThrow(FleetError);
    expect((await site.untilEnded(id)).outcome).toBe('completed');
    expect(site.living().map(({ tags }) => tags['ptp-tester:index'])).toEqual(['2']);
  });

  fleetIt.concurrent(
    'says what could not be kept, leaves it armed, and ends with left_behind',
    async ({ site, expect }) => {
      site.ec2.changeConditions({ denied: [{ action: 'ec2:ModifyInstanceAttribute' }] });
      const run = await site.play(site.small({}, { keep: 'all' }));
      expect(run.outcome).toBe('left_behind');
      const [machine] = site.living();
      expect(run.leftovers?.map(({ id }) => id)).toContain(machine?.id);
      const told = site.repository.events(run.id).find(({ event }) => event === 'keep_failed');
      expect(told?.detail).toMatchObject({ index: 1, step: 'check', remains: 'it ends by itself at its bound' });
      expect(machine?.tags).not.toHaveProperty(['ptp-tester:kept']);
      const answer = join(machine?.folder ?? '', 'var/lib/ptp-tester-switch/answer');
      expect(readFileSync(answer, 'utf8')).toBe('armed\n');
    },
  );
});

describe("the dead-man's switch", () => {
  fleetIt.concurrent('ends an instance at its bound although its controller is gone', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.small({ durationS: 5 }, { maxLifetimeS: 8 }));
    await site.until(id, ({ state }) => state === 'soaking');
    await site.driver.close();
    while (site.living().length > 0) await sleep(200);
    await site.newDriver();
    site.driver.resumeRuns();
    const run = await site.untilEnded(id);
    expect(run.outcome).toBe('could_not_complete');
    expect(site.repository.instances(id)[0]?.failure?.kind).toBe('powered_off');
    await site.nothingIsLeft();
  });
});

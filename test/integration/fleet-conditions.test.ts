/** What AWS can do to a run, on local-ec2: no capacity, no rights, expired credentials, maintenance, and what others left. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { cleanupRun, previewCleanup } from '../../controller/src/fleet/remove/cleanup-run.ts';
import { SWEEP_POLICY } from '../../controller/src/fleet/remove/judge-sweep.ts';
import { type SweepEntry, sweep } from '../../controller/src/fleet/remove/sweep.ts';
import { CONTROLLER_ID, type FleetSite } from './fleet-site.ts';
import { fleetIt } from './fleet-test.ts';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function zonesOf(site: FleetSite): readonly string[] {
  return site.ec2.instances().map(({ zone }) => zone.slice(-1));
}

describe('capacity and rights', () => {
  fleetIt.concurrent('launches in another zone where the first has none', async ({ site, expect }) => {
    site.ec2.changeConditions({ capacity: [{ zone: '*a', available: 1 }] });
    const run = await site.play(site.spec({}, { moreSubnetIds: site.ec2.subnetIds.slice(1) }));
    expect(run.outcome).toBe('completed');
    expect([...zonesOf(site)].sort()).toEqual(['a', 'b', 'b']);
    await site.nothingIsLeft();
  });

  fleetIt.concurrent('tries a type only where it is offered', async ({ site, expect }) => {
    const instanceTypes = [{ type: 'x8g.large', quantity: 1 }];
    const run = await site.play(site.spec({ instanceTypes }, { moreSubnetIds: site.ec2.subnetIds.slice(1) }));
    expect([run.outcome, zonesOf(site)]).toEqual(['completed', ['b']]);
    const refused = await site.play(site.spec({ instanceTypes }));
    expect(refused.outcome).toBe('could_not_complete');
    const [instance] = site.repository.instances(refused.id);
    expect(instance?.failure?.kind).toBe('unsupported_by_api');
    expect(instance?.verdict?.capability.value).toBe('not_tested');
    expect(site.repository.preparation(refused.id)?.warnings.join()).toContain(
      'x8g.large is not offered in us-east-1a',
    );
  });

  fleetIt.concurrent(
    'launches x86_64 and arm64 in one run, each with its image of the chosen kernel',
    async ({ site, expect }) => {
      const instanceTypes = [
        { type: 'c7i.large', quantity: 1 },
        { type: 'm7g.large', quantity: 1 },
      ];
      const run = await site.play(site.spec({ instanceTypes }, { kernel: '6.12' }));
      expect(run.outcome).toBe('completed');
      const types = site.repository.preparation(run.id)?.types ?? [];
      expect(types.map(({ architecture }) => architecture).sort()).toEqual(['arm64', 'x86_64']);
      expect(new Set(types.map(({ imageId }) => imageId)).size).toBe(2);
    },
  );

  fleetIt.concurrent(
    'says that there is no image of a kernel line, and what to write instead',
    async ({ site, expect }) => {
      const started = site.driver.checkRun(site.spec({}, { kernel: '9.99' }));
      await expect(started).rejects.toThrow(/--kernel 9\.99: the parameter .*9\.99.* does not exist.*--kernel default/);
    },
  );

  fleetIt.concurrent('says which right is missing, and leaves nothing', async ({ site, expect }) => {
    site.ec2.changeConditions({ denied: [{ action: 'ec2:CreateSecurityGroup' }] });
    const run = await site.play(site.small());
    expect(run.outcome).toBe('could_not_complete');
    expect(run.stopReason).toContain('Allow ec2:CreateSecurityGroup to these credentials');
    expect(run.stopReason).not.toContain('Encoded');
    expect(site.ec2.instances()).toEqual([]);
  });

  fleetIt.concurrent('names what it may not terminate, with the right and the command', async ({ site, expect }) => {
    site.ec2.changeConditions({ denied: [{ action: 'ec2:TerminateInstances' }] });
    const timeouts = { ...site.spec().timeouts, terminateS: 3 };
    const run = await site.play(site.small({ timeouts }));
    expect(run.outcome).toBe('left_behind');
    const [machine] = site.living();
    const left = run.leftovers?.find(({ kind }) => kind === 'instance');
    expect(left).toMatchObject({
      id: machine?.id,
      command: `aws ec2 terminate-instances --instance-ids ${machine?.id} --region us-east-1`,
    });
    expect(left?.reason).toContain('Allow ec2:TerminateInstances');
  });

  fleetIt.concurrent(
    'keeps what AWS encoded of a denial whole, with the command that decodes it, and tells it once',
    async ({ site, expect }) => {
      site.ec2.changeConditions({ denied: [{ action: 'ec2:RunInstances' }] });
      const run = await site.play(site.spec());
      const told = site.repository.events(run.id).filter(({ event }) => event === 'call_denied');
      expect(told.map(({ detail }) => [detail['action'], detail['code']])).toEqual([
        ['RunInstances', 'UnauthorizedOperation'],
      ]);
      const command = String(told[0]?.detail['decode']);
      const encoded = /^aws sts decode-authorization-message .*--encoded-message (\S+)$/.exec(command)?.[1] ?? '';
      // On this endpoint what is encoded is JSON.
      expect(JSON.parse(Buffer.from(encoded, 'base64url').toString())).toMatchObject({
        allowed: false,
        context: { action: 'ec2:RunInstances' },
      });
      for (const { evidence } of site.repository.instances(run.id)) expect(evidence).toContain(`why: ${command}`);
    },
  );

  fleetIt.concurrent('is not misled by an API that shows things late', async ({ site, expect }) => {
    site.ec2.changeConditions({ late: { instancesMs: 1500, tagsMs: 1500 }, slow: { pendingMs: 1000 } });
    const run = await site.play(site.spec());
    expect(run.outcome).toBe('completed');
    expect(site.ec2.instances()).toHaveLength(3);
    await site.nothingIsLeft();
  });

  fleetIt.concurrent(
    'explains a launch that ends at once: the key of an encrypted volume',
    async ({ site, expect }) => {
      site.ec2.changeConditions({ failedLaunches: [{ instanceType: 'm7a.medium' }] });
      const run = await site.play(site.spec());
      expect(run.outcome).toBe('completed');
      const failed = site.repository.instances(run.id).filter(({ failure }) => failure !== null);
      expect(failed.map(({ instanceType, failure }) => [instanceType, failure?.kind])).toEqual([
        ['m7a.medium', 'launch_ended'],
      ]);
      expect(failed[0]?.failure?.message).toContain('kms:CreateGrant');
    },
  );
});

describe('credentials', () => {
  fleetIt.concurrent(
    'that expire pause the run; renewed ones are found in their file, and nothing is lost',
    async ({ site, expect }) => {
      const file = join(site.root, 'credentials');
      const write = (key: string) =>
        writeFileSync(file, `[soak]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`);
      write('OLDKEY');
      const before = process.env['AWS_SHARED_CREDENTIALS_FILE'];
      process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
      try {
        site.aws = { profile: 'soak' };
        await site.newDriver();
        site.driver.resumeRuns();
        const id = await site.driver.startRun(site.spec());
        await site.until(id, ({ state }) => state === 'soaking');
        site.ec2.changeConditions({ credentials: [{ accessKeyId: 'OLDKEY', code: 'ExpiredToken' }] });
        const paused = await site.until(id, ({ pause }) => pause != null);
        expect(paused.pause?.reason).toContain('ExpiredToken');
        expect(paused.pause?.remedy).toContain('renew the credentials');
        write('NEWKEY');
        const run = await site.untilEnded(id);
        expect(run).toMatchObject({ outcome: 'completed', pause: null });
        const events = site.repository.events(id).map(({ event }) => event);
        expect(events).toEqual(expect.arrayContaining(['run_paused', 'run_resumed']));
        await site.nothingIsLeft();
      } finally {
        if (before === undefined) delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
        else process.env['AWS_SHARED_CREDENTIALS_FILE'] = before;
      }
    },
  );
});

describe('what AWS announces', () => {
  fleetIt.concurrent('is told once, and changes nothing', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.small({ durationS: 8 }));
    await site.until(id, ({ state }) => state === 'launching');
    site.ec2.changeConditions({ slow: { statusMs: 0 } });
    await site.until(id, () => site.ec2.order({ do: 'announce', instances: '*' }).length > 0);
    const run = await site.untilEnded(id);
    expect(run.outcome).toBe('completed');
    const told = site.repository.events(id).filter(({ event }) => event === 'maintenance_scheduled');
    expect(told).toHaveLength(1);
    expect(told[0]?.detail).toMatchObject({ index: 1, code: 'system-maintenance' });
  });
});

describe('precision-time groups and security groups', () => {
  fleetIt.concurrent(
    'are made tagged for the types that need them, with nothing in and only the controller out, and removed',
    async ({ site, expect }) => {
      site.driver.resumeRuns();
      const instanceTypes = [
        { type: 'c7i.large', quantity: 1 },
        { type: 'm7i.large', quantity: 1 },
      ];
      const id = await site.driver.startRun(site.spec({ instanceTypes, durationS: 3600 }));
      await site.until(id, ({ state }) => state === 'soaking');
      const ec2 = site.factory()({ region: site.ec2.region, run: id });
      const [group, ...others] = await ec2.securityGroups();
      expect(others).toEqual([]);
      expect(group?.ingress).toEqual([]);
      const port = Number(new URL(site.publicUrl).port);
      expect(group?.egress).toEqual([
        { protocol: 'tcp', fromPort: port, toPort: port, target: { kind: 'ipv4', value: '127.0.0.1/32' } },
      ]);
      const [placement] = await ec2.placementGroups();
      expect(placement).toMatchObject({
        name: `ptp-tester-${id}`,
        strategy: 'precision-time',
        tags: { 'ptp-tester:run': id },
      });
      // m7i is a legacy family of us-east-1: it has its PHC without a group.
      const instances = await ec2.describeInstances();
      const groupOf = new Map(instances.map(({ index, placementGroup }) => [index, placementGroup]));
      expect([groupOf.get(1), groupOf.get(2)]).toEqual([`ptp-tester-${id}`, null]);
      site.driver.requestStop(id, 'seen enough');
      expect(await site.untilEnded(id)).toMatchObject({ outcome: 'could_not_complete', leftovers: [] });
      await site.nothingIsLeft();
    },
  );

  fleetIt.concurrent(
    'that are given are only looked at: a closed egress is refused, an open ingress warned about',
    async ({ site, expect }) => {
      const ec2 = site.factory()({ region: site.ec2.region, run: null });
      const [subnet] = await ec2.describeSubnets([site.ec2.subnetIds[0] ?? '']);
      const securityGroupId = await ec2.createSecurityGroup({ name: 'given', vpcId: subnet?.vpcId ?? '', tags: {} });
      const run = await site.play(site.small({ securityGroupId }, { precisionTime: 'off' }));
      expect(run.outcome).toBe('completed');
      const actions = new Set(site.repository.awsCalls(run.id).map(({ action }) => action));
      for (const action of ['CreateSecurityGroup', 'DeleteSecurityGroup', 'CreatePlacementGroup']) {
        expect(actions).not.toContain(action);
      }
      const group = await ec2.describeSecurityGroup(securityGroupId);
      await ec2.revokeEgress(securityGroupId, group?.egress ?? []);
      const refused = await site.driver.checkRun(site.small({ securityGroupId })).catch((error: unknown) => error);
      expect(String(refused)).toContain('the agents could not report');
    },
  );
});

describe('what other runs left', () => {
  const soon = { ...SWEEP_POLICY, aliveMs: 0, orphanedMs: 1000 };

  /** A run whose controller went away in the middle. */
  async function abandon(site: FleetSite): Promise<string> {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.spec({ durationS: 3600 }));
    await site.until(id, ({ state }) => state === 'soaking');
    await site.driver.close();
    return id;
  }

  function sweepNow(site: FleetSite, dryRun: boolean, policy = SWEEP_POLICY): Promise<readonly SweepEntry[]> {
    const dependencies = { ec2For: site.factory('another-controller'), sleep, now: Date.now };
    return sweep({ regions: [site.ec2.region], dryRun, policy, timeoutMs: 20_000 }, dependencies);
  }

  fleetIt.concurrent('is swept once nobody looks after it, and never before', async ({ site, expect }) => {
    await abandon(site);
    for (const { action, reason } of await sweepNow(site, false)) {
      expect(action).toBe('left');
      expect(reason).toContain('its controller lived at');
    }
    expect(site.living()).toHaveLength(3);
    await sleep(1500);
    const shown = await sweepNow(site, true, soon);
    expect(new Set(shown.map(({ action }) => action))).toEqual(new Set(['would_remove']));
    expect(shown.map(({ kind }) => kind).sort()).toEqual([
      'instance',
      'instance',
      'instance',
      'placement-group',
      'security-group',
    ]);
    expect(site.living()).toHaveLength(3);
    const removed = await sweepNow(site, false, soon);
    expect(new Set(removed.map(({ action }) => action))).toEqual(new Set(['removed']));
    await site.nothingIsLeft();
  });

  fleetIt.concurrent('is swept without what an operator keeps', async ({ site, expect }) => {
    await abandon(site);
    const [kept] = site.living();
    const ec2 = site.factory()({ region: site.ec2.region, run: null });
    await ec2.createTags([kept?.id ?? ''], { 'ptp-tester:kept': 'true' }, { dryRun: false });
    await sleep(1500);
    const entries = await sweepNow(site, false, soon);
    expect(entries.find(({ id }) => id === kept?.id)).toMatchObject({
      action: 'left',
      reason: 'its operator keeps it',
    });
    const groups = entries.filter(({ kind }) => kind !== 'instance');
    for (const { action, reason } of groups)
      expect([action, reason]).toEqual(['left', `${kept?.id} stays, and is in it`]);
    expect(site.living().map(({ id }) => id)).toEqual([kept?.id]);
  });

  fleetIt.concurrent('is cleaned up run by run as was foretold, and its record says so', async ({ site, expect }) => {
    const id = await abandon(site);
    const options = { run: id, region: site.ec2.region, controllerId: CONTROLLER_ID, timeoutMs: 20_000 };
    const dependencies = { ec2For: site.factory(), repository: site.repository, sleep, now: Date.now };
    const foreign = { ...options, controllerId: 'another-controller' };
    await expect(cleanupRun(foreign, dependencies)).rejects.toThrow(/belongs to the controller test-controller/);
    await expect(previewCleanup(foreign, dependencies)).rejects.toThrow(/belongs to the controller test-controller/);
    const preview = await previewCleanup(options, dependencies);
    expect(site.living()).toHaveLength(3);
    const report = await cleanupRun(options, dependencies);
    expect(preview).toEqual({ would_remove: report.removed, kept: [], leftovers: [] });
    expect(report.removed.map(({ kind }) => kind).sort()).toEqual([
      'instance',
      'instance',
      'instance',
      'placement-group',
      'security-group',
    ]);
    expect(report.leftovers).toEqual([]);
    expect(site.repository.run(id)).toMatchObject({ state: 'ended', outcome: 'could_not_complete', leftovers: [] });
    // Or its report would say of each that it still runs and costs money.
    expect(site.repository.instances(id).map(({ state }) => state)).toEqual(Array(3).fill('terminated'));
    await site.nothingIsLeft();
  });
});

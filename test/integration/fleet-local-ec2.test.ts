/** Runs on local-ec2 from launch to verified termination: through lost answers, refusals, restarts and what others do. */
import { describe } from 'vitest';
import { FleetError } from '../../controller/src/fleet/fleet-error.ts';
import { fleetIt } from './fleet-test.ts';

describe('the fleet on local-ec2', () => {
  fleetIt.concurrent('launches, watches, finishes and terminates a run', async ({ site, expect }) => {
    const run = await site.play(site.spec());
    expect(run).toMatchObject({ outcome: 'completed', stopReason: null, leftovers: [] });
    const { id } = run;
    const instances = site.repository.instances(id);
    expect(instances.map(({ instanceType, typeIndex, index }) => [instanceType, typeIndex, index])).toEqual([
      ['c7i.large', 1, 1],
      ['c7i.large', 2, 2],
      ['m7a.medium', 1, 3],
    ]);
    for (const instance of instances) {
      expect(instance).toMatchObject({ state: 'terminated', failure: null });
      expect(instance.reachedAt).toHaveProperty('finished');
    }
    const tags = site.ec2.instances().map((instance) => instance.tags);
    expect(tags.map((tag) => tag['ptp-tester:index']).sort()).toEqual(['1', '2', '3']);
    for (const tag of tags) expect(tag).toMatchObject({ 'ptp-tester:run': id, purpose: "it's a test" });
    await site.nothingIsLeft();
  });

  fleetIt.concurrent('writes every call down, without parameters', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.small());
    await site.untilEnded(id);
    const calls = site.repository.awsCalls(id);
    const actions = new Set(calls.map((call) => call.action));
    expect([...actions].sort()).toEqual([
      'AuthorizeSecurityGroupEgress',
      'CreatePlacementGroup',
      'CreateSecurityGroup',
      'DeletePlacementGroup',
      'DeleteSecurityGroup',
      'DescribeImages',
      'DescribeInstanceStatus',
      'DescribeInstanceTypeOfferings',
      'DescribeInstanceTypes',
      'DescribeInstances',
      'DescribePlacementGroups',
      'DescribeSecurityGroups',
      'DescribeSubnets',
      'DescribeTags',
      'RevokeSecurityGroupEgress',
      'RunInstances',
      'TerminateInstances',
      'ssm:GetParameter',
    ]);
    for (const call of calls) {
      expect(call.result).toBe('ok');
      expect(call.requestId).not.toBeNull();
    }
    const launched = site.repository.launch(id, 1, 1);
    expect(JSON.stringify(calls)).not.toContain(launched?.clientToken);
  });

  fleetIt.concurrent(
    'ends with one instance for each index when answers to RunInstances are lost',
    async ({ site, expect }) => {
      site.ec2.addFaults([{ action: 'RunInstances', reset: 'after', times: 2 }]);
      site.driver.resumeRuns();
      const id = await site.driver.startRun(site.spec());
      const run = await site.untilEnded(id);
      expect(run.outcome).toBe('completed');
      expect(site.ec2.instances()).toHaveLength(3);
      expect(site.repository.awsCalls(id).filter(({ result }) => result === 'ECONNRESET')).toHaveLength(2);
    },
  );

  fleetIt.concurrent('waits through lack of capacity and throttling', async ({ site, expect }) => {
    site.ec2.addFaults([
      { action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500 },
      { action: 'RunInstances', code: 'RequestLimitExceeded', status: 503 },
    ]);
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.small());
    expect(await site.untilEnded(id)).toMatchObject({ outcome: 'completed' });
  });

  fleetIt.concurrent(
    'calls a type not tested that EC2 refuses for lack of rights, and goes on with the others',
    async ({ site, expect }) => {
      site.ec2.addFaults([{ action: 'RunInstances', code: 'UnauthorizedOperation', status: 403 }]);
      site.driver.resumeRuns();
      const id = await site.driver.startRun(site.spec());
      expect(await site.untilEnded(id)).toMatchObject({ outcome: 'completed' });
      const failed = site.repository.instances(id).filter(({ failure }) => failure !== null);
      expect(failed).toHaveLength(1);
      expect(failed[0]?.failure?.kind).toBe('permission');
      expect(failed[0]?.verdict?.capability.value).toBe('not_tested');
    },
  );

  fleetIt.concurrent('goes on where another controller process stopped', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.spec());
    await site.until(id, (run) => run.state === 'launching');
    await site.newDriver();
    expect(site.driver.resumeRuns()).toEqual([id]);
    expect(await site.untilEnded(id)).toMatchObject({ outcome: 'completed' });
    expect(site.ec2.instances()).toHaveLength(3);
    await site.nothingIsLeft();
  });

  fleetIt.concurrent('terminates everything when it is told to stop', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.spec({ durationS: 3600 }));
    await site.until(id, (run) => run.state === 'soaking');
    site.driver.requestStop(id, 'stopped by the operator');
    const run = await site.untilEnded(id);
    expect(run).toMatchObject({ outcome: 'could_not_complete', stopReason: 'stopped by the operator' });
    await site.nothingIsLeft();
  });

  fleetIt.concurrent(
    'shows what an instance without its agent printed, and not its token',
    async ({ site, expect }) => {
      site.agentIsServed = false;
      site.driver.resumeRuns();
      const timeouts = { ...site.spec().timeouts, agentS: 4 };
      const id = await site.driver.startRun(site.small({ timeouts }));
      expect(await site.untilEnded(id)).toMatchObject({ outcome: 'could_not_complete' });
      const [instance] = site.repository.instances(id);
      expect(instance?.failure?.kind).toBe('agent_timeout');
      expect(instance?.failure?.message).toContain('ptp-tester: the agent file could not be fetched');
      const userData = JSON.parse(site.repository.launch(id, 1, 1)?.requestJson ?? '{}').UserData as string;
      const token = /token='([0-9a-f]{64})'/.exec(Buffer.from(userData, 'base64').toString('utf8'))?.[1];
      expect(token).toBeDefined();
      expect(instance?.failure?.message).not.toContain(token);
      await site.nothingIsLeft();
    },
  );

  fleetIt.concurrent('loses an instance that is terminated by somebody else, and ends', async ({ site, expect }) => {
    site.driver.resumeRuns();
    const id = await site.driver.startRun(site.small({ durationS: 3600 }));
    await site.until(id, (run) => run.state === 'soaking');
    const [machine] = site.ec2.instances();
    const other = site.factory('somebody-else')({ region: site.ec2.region, run: id });
    expect(await other.describeInstances()).toEqual([]);
    await other.terminate([machine?.id ?? '']);
    const run = await site.untilEnded(id);
    expect(run.stopReason).toBe('every instance failed (1 x terminated_outside)');
    expect(site.repository.events(id).map(({ event }) => event)).toEqual(['instance_lost']);
  });

  fleetIt.concurrent('names every fault of a request before anything is launched', async ({ site, expect }) => {
    const wrong = site.spec({
      instanceTypes: [
        { type: 'c7i.lagre', quantity: 1 },
        { type: 'c7i.large', quantity: 0 },
      ],
      subnetId: 'subnet-0123456789abcdef0',
      amiId: 'ami-0123456789abcdef0',
      tags: { 'aws:name': 'x' },
    });
    const failure = await site.driver.startRun(wrong).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FleetError);
    expect((failure as FleetError).code).toBe('spec_invalid');
    expect((failure as FleetError).faults).toHaveLength(5);
    expect(site.repository.runs()).toEqual([]);
    expect(site.ec2.instances()).toEqual([]);
  });

  fleetIt.concurrent('says that EC2 cannot be reached, as such', async ({ site, expect }) => {
    site.ec2.addFaults([{ action: 'DescribeSubnets', code: 'AuthFailure', status: 401, times: 10 }]);
    const failure = await site.driver.startRun(site.spec()).catch((error: unknown) => error);
    expect((failure as FleetError).call).toMatchObject({ kind: 'credentials', awsCode: 'AuthFailure' });
  });
});

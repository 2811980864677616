import type { RunInstancesRequest } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { type ConditionsChange, changedConditions } from './conditions.ts';
import { describeInstanceStatus } from './instance-status.ts';
import { describeInstances, terminateInstances } from './instances.ts';
import { codeOf, imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { runInstances } from './run-instances.ts';
import { createTags, describeTags } from './tags.ts';

function contextWith(change: ConditionsChange): MadeContext {
  const context = madeContext();
  context.account.conditions = changedConditions(context.account.conditions, change);
  return context;
}

function launch(context: MadeContext, more: Partial<RunInstancesRequest> = {}): string[] {
  const request = {
    ImageId: imageIdOf(context, 'x86_64'),
    InstanceType: 'm7i.large',
    MinCount: 1,
    MaxCount: 1,
    ...more,
  } as const;
  return (runInstances(request, context).Instances ?? []).map(({ InstanceId: id = '' }) => id);
}

function zoneOf(context: MadeContext, id: string): string | undefined {
  return context.account.instances.get(id)?.zone.slice(-1);
}

function subnetIn(context: MadeContext, letter: string): string {
  const found = [...context.account.subnets.values()].find(({ AvailabilityZone: zone }) => zone?.endsWith(letter));
  return found?.SubnetId ?? '';
}

describe('capacity', () => {
  test('a launch gets as many instances as there are, and none when there are fewer than its smallest number', () => {
    const context = contextWith({ capacity: [{ instanceType: 'm7i.*', zone: '*a', available: 3 }] });
    const here = { SubnetId: subnetIn(context, 'a') };
    const ids = launch(context, { ...here, MinCount: 1, MaxCount: 5 });
    expect(ids).toHaveLength(3);
    expect(codeOf(() => launch(context, here))).toBe('InsufficientInstanceCapacity');
    expect(launch(context, { ...here, InstanceType: 'c7i.large' })).toHaveLength(1);
    const gone = context.account.instances.get(ids[0] ?? '');
    if (gone !== undefined) gone.state = 'terminated';
    expect(launch(context, here)).toHaveLength(1);
  });

  test('a launch that names no zone goes where there is capacity, and the refusal names the other zones', () => {
    const context = contextWith({ capacity: [{ zone: 'us-east-1a', available: 0 }] });
    expect(zoneOf(context, launch(context)[0] ?? '')).toBe('b');
    expect(() => launch(context, { SubnetId: subnetIn(context, 'a') })).toThrow('choosing us-east-1b, us-east-1c');
  });

  test('the vCPU quota counts living instances, and a dry run looks at neither', () => {
    const context = contextWith({ vcpuQuota: 5, capacity: [{ available: 9 }] });
    expect(launch(context, { MinCount: 1, MaxCount: 4 })).toHaveLength(2);
    expect(codeOf(() => launch(context))).toBe('VcpuLimitExceeded');
    expect(codeOf(() => launch(context, { DryRun: true }))).toBe('DryRunOperation');
  });

  test('a type can be taken from a zone', () => {
    const context = contextWith({ unsupported: [{ instanceType: 'm7i.large', zone: 'us-east-1c' }] });
    expect(codeOf(() => launch(context, { SubnetId: subnetIn(context, 'c') }))).toBe('Unsupported');
    expect(launch(context, { SubnetId: subnetIn(context, 'b') })).toHaveLength(1);
  });
});

describe('launches that fail', () => {
  test('only those that the rule is about, and only so many', () => {
    const context = contextWith({ failedLaunches: [{ encrypted: true, times: 1, code: 'Client.InternalError' }] });
    const encrypted = { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }] };
    const failures = [{}, encrypted, encrypted].map((more) => {
      const [id = ''] = launch(context, more);
      return context.account.instances.get(id)?.launchFailure?.code;
    });
    expect(failures).toEqual([undefined, 'Client.InternalError', undefined]);
  });
});

describe('lateness', () => {
  test('a new instance is unknown for a while: to questions with its id, to lists, to tags, to its end', () => {
    const context = contextWith({ late: { instancesMs: 500 } });
    const [id = ''] = launch(context);
    const ids = { InstanceIds: [id] };
    const tag = { Resources: [id], Tags: [{ Key: 'a', Value: '1' }] };
    const list = () => describeInstances({}, context).Reservations?.length;
    for (const call of [
      () => describeInstances(ids, context),
      () => describeInstanceStatus(ids, context),
      () => terminateInstances(ids, context),
      () => createTags(tag, context),
    ]) {
      expect(codeOf(call)).toBe('InvalidInstanceID.NotFound');
    }
    expect(list()).toBe(0);
    context.nowMs += 500;
    expect([list(), codeOf(() => createTags(tag, context))]).toEqual([1, 'accepted']);
  });

  test('a tag is seen late: the old value until then, by filters too', () => {
    const context = contextWith({ late: { tagsMs: 300 } });
    const tags = [{ ResourceType: 'instance' as const, Tags: [{ Key: 'run', Value: 'r1' }] }];
    const [id = ''] = launch(context, { TagSpecifications: tags });
    const seen = (): (string | undefined)[] =>
      (describeTags({ Filters: [{ Name: 'resource-id', Values: [id] }] }, context).Tags ?? []).map(
        ({ Value }) => Value,
      );
    const found = () =>
      describeInstances({ Filters: [{ Name: 'tag:run', Values: ['r*'] }] }, context).Reservations?.length;
    expect([seen(), found()]).toEqual([[], 0]);
    context.nowMs += 300;
    expect([seen(), found()]).toEqual([['r1'], 1]);
    createTags({ Resources: [id], Tags: [{ Key: 'run', Value: 'r2' }] }, context);
    expect(seen()).toEqual(['r1']);
    context.nowMs += 300;
    expect(seen()).toEqual(['r2']);
  });
});

test('what is named in the conditions exists, and nothing else', () => {
  const context = contextWith({ keyPairs: ['mine'], instanceProfiles: ['agent'] });
  expect(codeOf(() => launch(context, { KeyName: 'other' }))).toBe('InvalidKeyPair.NotFound');
  expect(codeOf(() => launch(context, { IamInstanceProfile: { Name: 'other' } }))).toBe('InvalidParameterValue');
  const [id = ''] = launch(context, { KeyName: 'mine', IamInstanceProfile: { Name: 'agent' } });
  const [instance] = describeInstances({ InstanceIds: [id] }, context).Reservations?.[0]?.Instances ?? [];
  expect(instance).toMatchObject({
    KeyName: 'mine',
    IamInstanceProfile: { Arn: 'arn:aws:iam::123456789012:instance-profile/agent' },
  });
});

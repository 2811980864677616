import type { Filter } from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { INSTANCE_STATE_CODES, type InstanceEvent, type InstanceStateName, nextState } from './instance.ts';
import { describeInstanceAttribute, modifyInstanceAttribute } from './instance-attributes.ts';
import { describeInstances, requireInstance, startInstances, stopInstances, terminateInstances } from './instances.ts';
import { codeOf, imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { runInstances } from './run-instances.ts';

function launched(context: MadeContext, count = 1, tags: Record<string, string> = {}): string[] {
  const { Instances: instances = [] } = runInstances(
    {
      ImageId: imageIdOf(context, 'x86_64'),
      InstanceType: 'm7i.large',
      MinCount: count,
      MaxCount: count,
      TagSpecifications: [
        { ResourceType: 'instance', Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
      ],
    },
    context,
  );
  return instances.map(({ InstanceId: id = '' }) => id);
}

describe('the states of an instance', () => {
  test('end in terminated from wherever it is terminated', () => {
    const names = Object.keys(INSTANCE_STATE_CODES) as InstanceStateName[];
    for (const name of names) {
      const afterTerminate = nextState(name, 'terminate') ?? name;
      const end = afterTerminate === 'terminated' ? afterTerminate : nextState(afterTerminate, 'ended');
      expect(end).toBe('terminated');
    }
  });

  test('never leave terminated', () => {
    const events: InstanceEvent[] = ['booted', 'terminate', 'ended', 'stop', 'start'];
    expect(new Set(events.map((event) => nextState('terminated', event) ?? 'terminated'))).toEqual(
      new Set(['terminated']),
    );
  });

  test('a terminated instance does not come up any more when it was pending', () => {
    expect(nextState('shutting-down', 'booted')).toBeUndefined();
  });
});

describe('TerminateInstances', () => {
  test('is all or nothing', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    const absent = 'i-0123456789abcdef0';
    expect(codeOf(() => terminateInstances({ InstanceIds: [id, absent] }, context))).toBe('InvalidInstanceID.NotFound');
    expect(requireInstance(context.account, id).state).toBe('pending');
  });

  test('tells the machine once, however often it is asked, and says why', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    terminateInstances({ InstanceIds: [id] }, context);
    const again = terminateInstances({ InstanceIds: [id] }, context);
    expect(again.TerminatingInstances?.[0]?.PreviousState?.Name).toBe('shutting-down');
    expect(context.told.filter((line) => line.startsWith('terminate'))).toEqual([`terminate ${id}`]);
    expect(requireInstance(context.account, id).stateReason?.Code).toBe('Client.UserInitiatedShutdown');
  });

  test('is refused while the instance is protected', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    modifyInstanceAttribute({ InstanceId: id, DisableApiTermination: { Value: true } }, context);
    expect(codeOf(() => terminateInstances({ InstanceIds: [id] }, context))).toBe('OperationNotPermitted');
    modifyInstanceAttribute({ InstanceId: id, DisableApiTermination: { Value: false } }, context);
    expect(codeOf(() => terminateInstances({ InstanceIds: [id] }, context))).toBe('accepted');
  });

  test.each(['x', 'i-1', 'i-XYZ', 'sg-0123456789abcdef0'])('takes %s for malformed', (id) => {
    expect(codeOf(() => terminateInstances({ InstanceIds: [id] }, madeContext()))).toBe('InvalidInstanceID.Malformed');
  });
});

test('a running instance can be stopped and started, a terminated one cannot', () => {
  const context = madeContext();
  const [id = ''] = launched(context);
  const record = requireInstance(context.account, id);
  record.state = 'running';
  stopInstances({ InstanceIds: [id] }, context);
  expect(record.state).toBe('stopping');
  expect(codeOf(() => startInstances({ InstanceIds: [id] }, context))).toBe('IncorrectInstanceState');
  record.state = 'stopped';
  startInstances({ InstanceIds: [id] }, context);
  expect(record.state).toBe('pending');
  record.state = 'terminated';
  expect(codeOf(() => startInstances({ InstanceIds: [id] }, context))).toBe('IncorrectInstanceState');
  expect(context.told.map((line) => line.split(' ')[0])).toEqual(['launch', 'stop', 'start']);
});

describe('DescribeInstances', () => {
  function found(context: MadeContext, ...filters: Filter[]): string[] {
    const { Reservations: reservations = [] } = describeInstances({ Filters: filters }, context);
    return reservations.flatMap(({ Instances: instances = [] }) => instances.map(({ InstanceId: id = '' }) => id));
  }

  test('filters by tag, tag key, state, token and wildcards; values are or, filters are and', () => {
    const context = madeContext();
    const [a = ''] = launched(context, 1, { run: 'r1', kept: '' });
    const [b = ''] = launched(context, 1, { run: 'r2' });
    requireInstance(context.account, b).state = 'running';
    expect(found(context, { Name: 'tag:run', Values: ['r1'] })).toEqual([a]);
    expect(found(context, { Name: 'tag:run', Values: ['r?'] })).toEqual([a, b]);
    expect(found(context, { Name: 'tag:run', Values: ['r\\?'] })).toEqual([]);
    expect(found(context, { Name: 'tag-key', Values: ['kept'] })).toEqual([a]);
    expect(found(context, { Name: 'instance-state-name', Values: ['running', 'stopped'] })).toEqual([b]);
    expect(
      found(context, { Name: 'tag:run', Values: ['*'] }, { Name: 'instance-state-name', Values: ['pending'] }),
    ).toEqual([a]);
    expect(found(context, { Name: 'instance-type', Values: ['m7.large'] })).toEqual([]);
  });

  test('an unknown filter is refused, also one with the name of a property of every object', () => {
    const filter = (name: string) => () =>
      describeInstances({ Filters: [{ Name: name, Values: ['x'] }] }, madeContext());
    expect(codeOf(filter('colour'))).toBe('InvalidParameterValue');
    expect(codeOf(filter('constructor'))).toBe('InvalidParameterValue');
  });

  test('pages through everything once', () => {
    const context = madeContext();
    const ids = launched(context, 12);
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const answer = describeInstances({ MaxResults: 5, NextToken: token }, context);
      seen.push(
        ...(answer.Reservations ?? []).flatMap(({ Instances: some = [] }) => some.map((one) => one.InstanceId ?? '')),
      );
      token = answer.NextToken;
    } while (token !== undefined);
    expect(seen).toEqual(ids);
  });

  test('refuses pages that are too small, tokens that are not ours, and pages of named instances', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    expect(codeOf(() => describeInstances({ MaxResults: 4 }, context))).toBe('InvalidParameterValue');
    expect(codeOf(() => describeInstances({ NextToken: 'x' }, context))).toBe('InvalidNextToken');
    expect(codeOf(() => describeInstances({ MaxResults: 5, InstanceIds: [id] }, context))).toBe(
      'InvalidParameterCombination',
    );
  });

  test('a terminated instance has lost its address and its groups, and keeps its tags', () => {
    const context = madeContext();
    const [id = ''] = launched(context, 1, { run: 'r' });
    requireInstance(context.account, id).state = 'terminated';
    const instance = describeInstances({ InstanceIds: [id] }, context).Reservations?.[0]?.Instances?.[0];
    expect(instance?.PrivateIpAddress).toBeUndefined();
    expect(instance?.SecurityGroups).toEqual([]);
    expect(instance?.Tags).toEqual([{ Key: 'run', Value: 'r' }]);
  });
});

describe('ModifyInstanceAttribute', () => {
  test('changes the shutdown behaviour in both forms of the request', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    const behavior = () =>
      describeInstanceAttribute({ InstanceId: id, Attribute: 'instanceInitiatedShutdownBehavior' }, context)
        .InstanceInitiatedShutdownBehavior?.Value;
    expect(behavior()).toBe('stop');
    modifyInstanceAttribute({ InstanceId: id, InstanceInitiatedShutdownBehavior: { Value: 'terminate' } }, context);
    expect(behavior()).toBe('terminate');
    modifyInstanceAttribute({ InstanceId: id, Attribute: 'instanceInitiatedShutdownBehavior', Value: 'stop' }, context);
    expect(behavior()).toBe('stop');
  });

  test('refuses none, two, a wrong value, and what it cannot change', () => {
    const context = madeContext();
    const [id = ''] = launched(context);
    const modify = (more: object) => codeOf(() => modifyInstanceAttribute({ InstanceId: id, ...more }, context));
    expect(modify({})).toBe('InvalidParameterCombination');
    expect(
      modify({ DisableApiTermination: { Value: true }, InstanceInitiatedShutdownBehavior: { Value: 'stop' } }),
    ).toBe('InvalidParameterCombination');
    expect(modify({ InstanceInitiatedShutdownBehavior: { Value: 'explode' } })).toBe('InvalidParameterValue');
    expect(modify({ EbsOptimized: { Value: true } })).toBe('Unsupported');
  });
});

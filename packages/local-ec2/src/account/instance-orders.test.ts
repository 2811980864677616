import { expect, test } from 'vitest';
import { changedConditions } from './conditions.ts';
import { carryOut } from './instance-orders.ts';
import { describeInstanceStatus } from './instance-status.ts';
import { imageIdOf, type MadeContext, madeContext } from './made-context.fixture.ts';
import { runInstances } from './run-instances.ts';

/** Running instances with tags index=0, 1, ... */
function running(context: MadeContext, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const { Instances: instances } = runInstances(
      {
        ImageId: imageIdOf(context, 'x86_64'),
        InstanceType: 'm7i.large',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'index', Value: String(index) }] }],
      },
      context,
    );
    const record = context.account.instances.get(instances?.[0]?.InstanceId ?? '');
    if (record === undefined) throw new Error('the instance is not there');
    record.state = 'running';
    record.bootedAt = context.nowMs;
    return record.id;
  });
}

function statusOf(context: MadeContext, id: string) {
  return describeInstanceStatus({ InstanceIds: [id] }, context).InstanceStatuses?.[0];
}

test('an order concerns the instances that its selector names', () => {
  const context = madeContext();
  const [first = '', second = ''] = running(context, 2);
  expect(carryOut({ do: 'crash', instances: 'tag:index=1' }, context)).toEqual([second]);
  expect(carryOut({ do: 'reboot', instances: first }, context)).toEqual([first]);
  expect(carryOut({ do: 'impair', instances: '*' }, context)).toEqual([first, second]);
  expect(carryOut({ do: 'impair', instances: 'tag:index=9' }, context)).toEqual([]);
  expect(context.told.slice(-2)).toEqual([`crash ${second}`, `reboot ${first}`]);
});

test('an instance that is ended from outside says why', () => {
  const context = madeContext();
  const [stopped = '', ended = ''] = running(context, 2);
  carryOut({ do: 'stop', instances: stopped }, context);
  carryOut({ do: 'terminate', instances: ended, code: 'Server.InternalError', message: 'hardware' }, context);
  expect(context.account.instances.get(stopped)).toMatchObject({
    state: 'stopping',
    stateReason: { Code: 'Client.UserInitiatedShutdown' },
  });
  expect(context.account.instances.get(ended)).toMatchObject({
    state: 'shutting-down',
    stateReason: { Code: 'Server.InternalError', Message: 'Server.InternalError: hardware' },
  });
});

test('status checks are initializing, ok, impaired and ok again', () => {
  const context = madeContext();
  context.account.conditions = changedConditions(context.account.conditions, { slow: { statusMs: 100 } });
  const [id = ''] = running(context, 1);
  const status = () => statusOf(context, id)?.InstanceStatus?.Status;
  expect(status()).toBe('initializing');
  context.nowMs += 100;
  expect(status()).toBe('ok');
  carryOut({ do: 'impair', instances: id }, context);
  expect(status()).toBe('impaired');
  expect(statusOf(context, id)?.SystemStatus?.Status).toBe('ok');
  carryOut({ do: 'recover', instances: id }, context);
  expect(status()).toBe('ok');
});

test('announced maintenance is seen until it is taken back', () => {
  const context = madeContext();
  const [id = ''] = running(context, 1);
  carryOut({ do: 'announce', instances: id, event: { code: 'instance-retirement', inMs: 1000 } }, context);
  expect(statusOf(context, id)?.Events).toMatchObject([{ Code: 'instance-retirement', NotBefore: new Date(2000) }]);
  const byEvent = (code: string) =>
    describeInstanceStatus({ Filters: [{ Name: 'event.code', Values: [code] }] }, context).InstanceStatuses?.length;
  expect([byEvent('instance-retirement'), byEvent('system-reboot')]).toEqual([1, 0]);
  carryOut({ do: 'clear-events', instances: id }, context);
  expect(statusOf(context, id)?.Events).toEqual([]);
});

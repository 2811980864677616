import { expect, test } from 'vitest';
import type { ConditionsChange } from '../account/conditions.ts';
import { codeOf, type MadeContext, madeContext } from '../account/made-context.fixture.ts';
import { setTags } from '../account/tags.ts';
import { type GuardedRequest, RequestGuard } from './request-guard.ts';

function guardWith(change: ConditionsChange): { guard: RequestGuard; context: MadeContext } {
  const context = madeContext();
  const guard = new RequestGuard({ account: context.account });
  guard.change(change);
  return { guard, context };
}

function request(action: string, more: Partial<GuardedRequest> = {}): GuardedRequest {
  return { service: 'ec2', action, accessKeyId: 'AKIAOLD', ...more };
}

test('a request without a signature is refused whatever the conditions', () => {
  const { guard } = guardWith({});
  expect(codeOf(() => guard.admit(request('RunInstances', { accessKeyId: undefined })))).toBe('AuthFailure');
});

test('credentials end at their time; other keys and taking the rule back let requests pass', () => {
  const { guard, context } = guardWith({
    credentials: [{ accessKeyId: 'AKIA*', code: 'RequestExpired', afterMs: 100 }],
  });
  const admit = (accessKeyId: string) => codeOf(() => guard.admit(request('DescribeInstances', { accessKeyId })));
  expect(admit('AKIAOLD')).toBe('accepted');
  context.nowMs += 100;
  expect([admit('AKIAOLD'), admit('ASIANEW')]).toEqual(['RequestExpired', 'accepted']);
  guard.change({ credentials: null });
  expect(admit('AKIAOLD')).toBe('accepted');
});

test('a bucket of requests is emptied and fills again', () => {
  const { guard, context } = guardWith({ throttled: [{ action: 'Describe*', burst: 2, perSecond: 10 }] });
  const admit = (action: string) => codeOf(() => guard.admit(request(action)));
  expect([1, 2, 3].map(() => admit('DescribeInstances'))).toEqual(['accepted', 'accepted', 'RequestLimitExceeded']);
  expect(admit('RunInstances')).toBe('accepted');
  context.nowMs += 100;
  expect([admit('DescribeSubnets'), admit('DescribeSubnets')]).toEqual(['accepted', 'RequestLimitExceeded']);
});

test.each<[string, string, Record<string, unknown>, string]>([
  ['TerminateInstances', 'TerminateInstances', {}, 'UnauthorizedOperation'],
  ['ec2:*', 'DescribeInstances', {}, 'UnauthorizedOperation'],
  ['ssm:*', 'DescribeInstances', {}, 'accepted'],
  ['ec2:CreateTags', 'RunInstances', {}, 'accepted'],
  ['ec2:CreateTags', 'RunInstances', { TagSpecifications: [] }, 'UnauthorizedOperation'],
  ['iam:PassRole', 'RunInstances', { IamInstanceProfile: { Name: 'p' } }, 'UnauthorizedOperation'],
  ['iam:PassRole', 'RunInstances', {}, 'accepted'],
])('without the right %s, %s with %o is %s', (...[denied, action, input, code]) => {
  const { guard } = guardWith({ denied: [{ action: denied }] });
  expect(codeOf(() => guard.authorize(request(action), input))).toBe(code);
});

test('a right can be there for tagged resources only, and for tags at creation only', () => {
  const { guard, context } = guardWith({
    denied: [
      { action: 'TerminateInstances', withoutTag: 'run' },
      { action: 'CreateTags', exceptAtCreation: true },
    ],
  });
  setTags(context.account, 'i-1', [{ Key: 'run', Value: 'r' }]);
  const authorize = (action: string, input: Record<string, unknown>) =>
    codeOf(() => guard.authorize(request(action), input));
  expect(authorize('TerminateInstances', { InstanceIds: ['i-1'] })).toBe('accepted');
  expect(authorize('TerminateInstances', { InstanceIds: ['i-1', 'i-2'] })).toBe('UnauthorizedOperation');
  expect(authorize('RunInstances', { TagSpecifications: [] })).toBe('accepted');
  expect(authorize('CreateTags', { Resources: ['i-1'] })).toBe('UnauthorizedOperation');
});

test('the refusal names the caller, the right, and an encoded message', () => {
  const { guard } = guardWith({ denied: [{ action: '*' }] });
  expect(() => guard.authorize(request('RunInstances'), {})).toThrow(
    /user\/local is not authorized to perform: ec2:RunInstances .*Encoded authorization failure message: [\w-]{50,}$/,
  );
});

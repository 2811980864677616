import { describe, expect, it } from 'vitest';
import { madeInstance } from '../../runs/made-run.fixture.ts';
import { madeObserved } from '../simulated/made-fleet.fixture.ts';
import { adviceFor, explainEnd } from './explain-failure.ts';

describe('what to do about a failed call', () => {
  it('names the permission that is missing', () => {
    const call = { action: 'TerminateInstances', kind: 'permission', awsCode: 'UnauthorizedOperation' } as const;
    expect(adviceFor(call)).toContain('allow ec2:TerminateInstances');
    expect(adviceFor({ ...call, action: 'ssm:GetParameter' })).toContain('allow ssm:GetParameter');
  });

  it('tells quotas apart', () => {
    const call = { action: 'RunInstances', kind: 'quota' } as const;
    expect(adviceFor({ ...call, awsCode: 'VcpuLimitExceeded' })).toContain('vCPUs');
    expect(adviceFor({ ...call, awsCode: 'InsufficientFreeAddressesInSubnet' })).toContain('another subnet');
    expect(adviceFor({ ...call, awsCode: 'SomeNewLimitExceeded' })).toContain('Service Quotas');
  });
});

describe('the end of an instance', () => {
  const running = madeInstance({ instanceId: 'i-1', reachedAt: { running: 1 } });
  const end = (state: 'terminated' | 'stopped', stateReason: string | null, instance = running) =>
    explainEnd(instance, madeObserved({ state, stateReason })).kind;

  it('is told by its state reason', () => {
    expect(end('terminated', 'Client.UserInitiatedShutdown: User initiated shutdown')).toBe('terminated_outside');
    expect(end('stopped', 'Client.UserInitiatedShutdown: User initiated shutdown')).toBe('stopped_outside');
    expect(end('terminated', 'Client.InstanceInitiatedShutdown: Instance initiated shutdown')).toBe('powered_off');
    expect(end('terminated', 'Server.InsufficientInstanceCapacity: x')).toBe('capacity');
    expect(end('terminated', 'Client.VolumeLimitExceeded: x')).toBe('quota');
    expect(end('terminated', 'Server.InternalError')).toBe('lost');
    expect(end('terminated', 'Something.New: x')).toBe('lost');
    expect(end('terminated', null)).toBe('lost');
    expect(explainEnd(running, null)).toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('no longer shown'),
    });
  });

  it('is a launch that came to nothing when it never ran', () => {
    expect(end('terminated', null, madeInstance({ instanceId: 'i-1' }))).toBe('launch_ended');
    const key = explainEnd(running, madeObserved({ state: 'terminated', stateReason: 'Client.InternalError: x' }));
    expect(key.kind).toBe('launch_ended');
    expect(key.message).toContain('kms:CreateGrant');
    const stateReason = 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state';
    const disabled = explainEnd(running, madeObserved({ state: 'terminated', stateReason }));
    expect(disabled.kind).toBe('launch_ended');
    expect(disabled.message).toMatch(/incorrect state\).*enable the key/);
  });
});

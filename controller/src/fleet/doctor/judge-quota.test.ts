import { expect, it } from 'vitest';
import { madeSpec } from '../../runs/made-run.fixture.ts';
import type { InstanceTypeInfo } from '../ec2.ts';
import { judgeQuota } from './judge-quota.ts';

function judged(wanted: Readonly<Record<string, number>>, vcpus: Readonly<Record<string, number>>) {
  const instanceTypes = Object.entries(wanted).map(([type, quantity]) => ({ type, quantity }));
  const value = Object.entries(vcpus).map(
    ([type, count]): InstanceTypeInfo => ({ type, architectures: [], phcSupport: null, vcpus: count }),
  );
  return judgeQuota({ ...madeSpec(), instanceTypes }, { answered: true, value });
}

it('says how many vCPUs of which quota are needed, and that only Service Quotas tells how many there are', () => {
  const check = judged(
    {
      'c7i.large': 3,
      'm7i.metal-24xl': 1,
      'im4gn.large': 1,
      'gr6.4xlarge': 1,
      'u7i-12tb.224xlarge': 1,
      'x8g.medium': 2,
    },
    {
      'c7i.large': 2,
      'm7i.metal-24xl': 96,
      'im4gn.large': 2,
      'gr6.4xlarge': 16,
      'u7i-12tb.224xlarge': 896,
      'x8g.medium': 1,
    },
  );
  expect(check.result).toBe('skipped');
  expect(check.reason).toContain(
    'the 9 instances need 104 vCPUs of Standard (A, C, D, H, I, M, R, T, Z), 16 vCPUs of G and VT, 896 vCPUs of High Memory, 2 vCPUs of X',
  );
  expect(check.remedy).toContain('aws service-quotas list-service-quotas --service-code ec2 --region us-east-1');
});

it('does not guess the size of a type that the API does not know', () => {
  expect(judged({ 'c7i.large': 1, 'q1.large': 1 }, { 'c7i.large': 2 }).reason).toContain(
    'the 2 instances need 2 vCPUs of Standard (A, C, D, H, I, M, R, T, Z), some vCPUs of q',
  );
});

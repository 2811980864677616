/** What may be said of a type. */
import { expect, it } from 'vitest';
import { madeVerdict } from './made-run.fixture.ts';
import { type JudgedInstance, verdictsByType } from './verdict.ts';

const UNSUPPORTED = madeVerdict({ capability: { value: 'unsupported', reason: 'no PHC in sysfs' } });

function judged(typeIndex: number, availabilityZone: string | null, verdict = UNSUPPORTED): JudgedInstance {
  return { instanceType: 't3.micro', typeIndex, verdict, simulated: false, availabilityZone };
}

function capability(...instances: JudgedInstance[]) {
  return verdictsByType(instances)[0]?.capability;
}

it('rests on one instance, or on one zone, until two zones agree', () => {
  expect(capability(judged(1, 'a'))).toMatchObject({
    value: 'unsupported',
    reason: expect.stringContaining('rests on one instance'),
  });
  expect(capability(judged(1, 'a'), judged(2, 'a'))?.reason).toContain('rests on 2 instances in one availability zone');
  expect(capability(judged(1, 'a'), judged(2, 'b'))?.reason).toBe(
    'no PHC in sysfs; 2 instances in 2 availability zones agree',
  );
  expect(capability(judged(1, 'a'), judged(2, null))?.reason).toContain('in one availability zone');
});

it('is supported where one PHC was read, and says of how many', () => {
  expect(capability(judged(1, 'a'), judged(2, 'b', madeVerdict()))).toEqual({
    value: 'supported',
    reason: 'a PHC was read on 1 of 2; 1 were not: no PHC in sysfs',
  });
});

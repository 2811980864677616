/** What may be said of a type. */
import { expect, it } from 'vitest';
import { madeVerdict } from './made-run.fixture.ts';
import { describeCounts, type JudgedInstance, verdictsByType, worstQuality } from './verdict.ts';

const UNSUPPORTED = madeVerdict({ capability: { value: 'unsupported', reason: 'no PHC in sysfs' } });

function judged(typeIndex: number, availabilityZone: string | null, verdict = UNSUPPORTED): JudgedInstance {
  const criteria = { decided: 10, total: 19 };
  return { instanceType: 't3.micro', typeIndex, verdict, simulated: false, availabilityZone, criteria, offset: null };
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

it('says of equal words which instance has the largest offset, by p99 where all have one', () => {
  const measured = (typeIndex: number, offset: JudgedInstance['offset']) => ({
    ...judged(typeIndex, 'a', madeVerdict({ quality: { value: 'pass', reason: 'all hold' } })),
    offset,
  });
  const first = measured(1, { p99: null, maxAbs: 120 });
  expect(worstQuality([first, measured(2, { p99: 100, maxAbs: 191 })])).toEqual({
    value: 'pass',
    reason: 'all pass; largest offset t3.micro-2, 191 ns: all hold',
  });
  expect(worstQuality([measured(1, { p99: 110, maxAbs: 120 }), measured(2, { p99: 100, maxAbs: 191 })]).reason).toBe(
    'all pass; largest p99 of |offset| t3.micro-1, 110 ns: all hold',
  );
  expect(worstQuality([first]).reason).toBe('t3.micro-1: all hold');
});

it('says beside a pass how many criteria it rests on, of several instances the fewest', () => {
  const passed = (decided: number) => ({
    ...judged(1, 'a', madeVerdict({ quality: { value: 'pass', reason: '' } })),
    criteria: { decided, total: 19 },
  });
  expect(describeCounts([passed(10), passed(10)])).toBe('2/2 supported; quality: 2 pass (10 of 19 criteria decided)');
  expect(describeCounts([passed(12), passed(10)])).toContain('2 pass (at least 10 of 19 criteria decided)');
  expect(describeCounts([passed(19)])).toBe('1/1 supported; quality: 1 pass');
});

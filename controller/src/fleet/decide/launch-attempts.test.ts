import { describe, expect, it } from 'vitest';
import { attemptAnew, attemptElsewhere, isHopeless, placeOfAttempt } from './launch-attempts.ts';

describe('the attempts of a launch', () => {
  it('go round the subnets', () => {
    const type = { subnetIds: ['a', 'b', 'c'] };
    expect([1, 2, 3, 4, 6].map((attempt) => placeOfAttempt(type, attempt))).toEqual(['a', 'b', 'c', 'a', 'c']);
    expect([1, 2, 3, 4, 6].map((attempt) => attemptElsewhere(attempt, 3))).toEqual([2, 3, 1, 5, 4]);
    expect(attemptElsewhere(1, 1)).toBe(1);
  });

  it('get a new token in the same place, up to what the wire allows', () => {
    expect([attemptAnew(2, 3), attemptAnew(1000, 1), attemptAnew(998, 2)]).toEqual([5, null, 1000]);
  });

  it('are hopeless when no place and no time can help', () => {
    expect(isHopeless({ kind: 'capacity', awsCode: 'InsufficientInstanceCapacity' }, 9, 3)).toBe(false);
    expect(isHopeless({ kind: 'unsupported_by_api', awsCode: 'Unsupported' }, 2, 3)).toBe(false);
    expect(isHopeless({ kind: 'unsupported_by_api', awsCode: 'Unsupported' }, 3, 3)).toBe(true);
    expect(isHopeless({ kind: 'quota', awsCode: 'InsufficientFreeAddressesInSubnet' }, 1, 2)).toBe(false);
    expect(isHopeless({ kind: 'quota', awsCode: 'VcpuLimitExceeded' }, 1, 2)).toBe(true);
  });
});

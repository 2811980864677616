import { describe, expect, it } from 'vitest';
import { parseInstanceTypes } from './instance-types.ts';

describe('parseInstanceTypes', () => {
  it('reads types with and without quantities and adds up repeated ones', () => {
    expect(parseInstanceTypes('--instance-types', 'c7i.large:2, m7i.metal-24xl,c7i.large')).toEqual([
      { type: 'c7i.large', quantity: 3 },
      { type: 'm7i.metal-24xl', quantity: 1 },
    ]);
  });

  it.each(['', 'c7i', 'c7i.large:0', 'c7i.large:x', 'c7i.large:1:2', 'c7i.large;rm'])(
    'says what is wrong with %j',
    (text) => {
      expect(parseInstanceTypes('--instance-types', text)).toMatchObject({ field: '--instance-types' });
    },
  );
});

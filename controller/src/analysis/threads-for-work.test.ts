/** Few small instances stay on the caller's thread; a fleet gets as many threads as it is worth. */
import { describe, expect, it } from 'vitest';
import { storedBytes, threadsForWork } from './threads-for-work.ts';

describe('threads for an analysis', () => {
  it.each([
    ['nothing', { bytes: 0, instances: 0, cores: 4 }, 0],
    ['instances that stored nothing', { bytes: 0, instances: 40, cores: 4 }, 0],
    ['5 instances of 2 h', { bytes: 6.8e6, instances: 5, cores: 4 }, 0],
    ['one instance of 12 h, which would hold up the caller', { bytes: 7.5e6, instances: 1, cores: 4 }, 1],
    ['3 instances of a day', { bytes: 44e6, instances: 3, cores: 4 }, 3],
    ['40 instances of 2 h', { bytes: 54e6, instances: 40, cores: 8 }, 4],
    ['40 instances of half an hour', { bytes: 19e6, instances: 40, cores: 8 }, 1],
    ['a fleet on two cores', { bytes: 1.5e9, instances: 100, cores: 2 }, 2],
  ])('%s', (_, work, threads) => {
    expect(threadsForWork(work)).toBe(threads);
  });

  it('a database that is not there has no bytes', () => {
    expect(storedBytes(null)).toBe(0);
    expect(storedBytes('/nowhere/samples.db')).toBe(0);
  });
});

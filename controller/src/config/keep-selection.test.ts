import { describe, expect, it } from 'vitest';
import { parseIndexes, parseKeepPolicy } from './keep-selection.ts';

describe('parseIndexes', () => {
  it('reads numbers and ranges, sorted and without repeats', () => {
    expect(parseIndexes('5-7, 1,3,6')).toEqual([1, 3, 5, 6, 7]);
  });

  it.each(['', ',', '0', '3-1', '1-', 'a', '1;2', '1-999999999'])('refuses %j', (text) => {
    expect(parseIndexes(text)).toBeNull();
  });
});

describe('parseKeepPolicy', () => {
  it('knows the words and the lists', () => {
    expect(parseKeepPolicy('ask')).toBe('ask');
    expect(parseKeepPolicy('2')).toEqual([2]);
    expect(parseKeepPolicy('some')).toBeNull();
  });
});

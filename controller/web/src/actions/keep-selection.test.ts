import { describe, expect, it } from 'vitest';
import { chosenNumbers, selectionText } from './keep-selection.ts';

const KNOWN = [1, 2, 3, 5, 6, 7];

describe('a selection of instances to keep', () => {
  it.each([
    ['all', KNOWN],
    [' None ', []],
    ['1,3', [1, 3]],
    ['2, 5 - 9', [2, 5, 6, 7]],
  ])('%j means %j', (text, numbers) => {
    expect([...(chosenNumbers(text, KNOWN) ?? [])]).toEqual(numbers);
  });

  it.each(['some', '3-1', '1,,2'])('%j is not understood', (text) => {
    expect(chosenNumbers(text, KNOWN)).toBeNull();
  });

  it('is said in the shortest way, and means the same again', () => {
    for (const [numbers, text] of [
      [[], 'none'],
      [KNOWN, 'all'],
      [[7, 1, 2, 5], '1-2,5,7'],
    ] as const) {
      expect(selectionText(new Set(numbers), KNOWN)).toBe(text);
      expect(chosenNumbers(text, KNOWN)).toEqual(new Set(numbers));
    }
  });
});

import { describe, expect, it } from 'vitest';
import { chosenNumbers, selectionText } from './keep-selection.ts';

const NUMBERS = [1, 2, 3, 5, 6, 7];
const KNOWN = NUMBERS.map((index) => ({ index, name: `c7i.large-${10 - index}` }));

describe('a selection of instances to keep', () => {
  it.each([
    ['all', NUMBERS],
    [' None ', []],
    ['1,3', [1, 3]],
    ['2, 5 - 9', [2, 5, 6, 7]],
    ['c7i.large-9, c7i.large-3,5', [1, 5, 7]],
  ])('%j means %j', (text, numbers) => {
    expect([...(chosenNumbers(text, KNOWN) ?? [])]).toEqual(numbers);
  });

  it.each(['some', '3-1', '1,,2', 'c7i.large-10'])('%j is not understood', (text) => {
    expect(chosenNumbers(text, KNOWN)).toBeNull();
  });

  it('is said in the shortest way, and means the same again', () => {
    for (const [numbers, text] of [
      [[], 'none'],
      [NUMBERS, 'all'],
      [[7, 1, 2, 5], '1-2,5,7'],
    ] as const) {
      expect(selectionText(new Set(numbers), KNOWN)).toBe(text);
      expect(chosenNumbers(text, KNOWN)).toEqual(new Set(numbers));
    }
  });
});

import { expect, it } from 'vitest';
import { comparedParts } from './compared-parts.ts';

const HOURS = ['2026-11-20T08:00Z..2026-11-20T09:00Z', '2026-11-20T09:00Z..2026-11-20T10:00Z'];

it('two runs, the weeks of one, or periods of one', () => {
  expect(comparedParts(['a', 'b'], {})).toEqual({ runs: ['a', 'b'] });
  expect(comparedParts(['a'], { weeks: true })).toEqual({ run: 'a', periods: null });
  expect(comparedParts(['a'], { period: HOURS })).toMatchObject({ run: 'a', periods: HOURS.map((name) => ({ name })) });
});

it.each([
  [[], {}, 'Which run?'],
  [['a'], {}, 'Give a second run, or --weeks'],
  [['a', 'a'], {}, 'Both are the run a: give another one, or --weeks'],
  [['a', 'b', 'c'], {}, 'Two runs are compared at a time: c is one too many.'],
  [['a', 'b'], { weeks: true }, 'give one run, or two runs without them'],
  [['a'], { period: HOURS.slice(1) }, 'One --period has nothing to be compared with'],
])('%j with %j is refused: %s', (ids, flags, why) => {
  expect(() => comparedParts(ids, flags)).toThrow(why);
});

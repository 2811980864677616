import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonPieces } from './json-pieces.ts';

it('is what JSON.stringify gives, whatever the object', () => {
  const value = fc.dictionary(fc.string(), fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue()), fc.constant(undefined)));
  fc.assert(
    fc.property(value, (object) => {
      expect([...jsonPieces(object)].join('')).toBe(JSON.stringify(object, null, 2));
    }),
  );
});

it('no piece is longer than the largest element, however many there are', () => {
  const result = { text: 'line\nend', numbers: Array.from({ length: 100 }, (_, index) => index) };
  const pieces = [...jsonPieces({ version: 1, results: Array.from({ length: 1000 }, () => result) })];
  const one = JSON.stringify([[result]], null, 2).length;
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(one);
});

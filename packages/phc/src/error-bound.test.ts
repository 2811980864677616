import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { errorBoundStatus, parseErrorBound, readErrorBound } from './error-bound.ts';

const folder = mkdtempSync(join(tmpdir(), 'phc-error-bound-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  { text: '14250\n', bound: 14_250 },
  { text: '0\n', bound: 0 },
  { text: '4294967294\n', bound: 4_294_967_294 },
  { text: '4294967295\n', bound: null },
  { text: '9999999999\n', bound: null },
  { text: '', bound: null },
  { text: '-1\n', bound: null },
  { text: '0x10\n', bound: null },
  { text: '12 34\n', bound: null },
])('$text means $bound', ({ text, bound }) => {
  expect(parseErrorBound(text)).toBe(bound);
});

test('the file of the device is read, and a file that went away is no bound', () => {
  const path = join(folder, 'phc_error_bound');
  writeFileSync(path, '7711\n');
  expect(readErrorBound(path)).toBe(7711);
  expect(readErrorBound(join(folder, 'gone'))).toBe(null);
});

test('an unexpected error is not taken for a missing bound', () => {
  expect(() => readErrorBound(folder)).toThrow(/EISDIR/);
});

test('a bound belongs to our reading only when nobody else reads', () => {
  expect(errorBoundStatus(7711, false)).toBe('paired');
  expect(errorBoundStatus(7711, true)).toBe('cached');
  expect(errorBoundStatus(null, false)).toBe('missing');
});

/** Loading as the single executable does it: out of bytes, through whichever directory allows it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CLOCK_REALTIME } from './clock-ids.ts';
import { ADDON_NAME, loadFromExecutable } from './load-addon.ts';

const folder = mkdtempSync(join(tmpdir(), 'load-addon-'));
afterAll(() => rmSync(folder, { recursive: true }));

const platform = `${process.platform}-${process.arch}`;
const bytes = readFileSync(join(import.meta.dirname, '..', 'prebuilds', platform, ADDON_NAME));

// First of all: glibc knows a loaded library by its path, so later the same /proc/self/fd/N gives the one loaded before.
test('bytes that are no addon are an error, not a crash', () => {
  expect(() => loadFromExecutable(new Uint8Array(4096), [folder])).toThrow(
    expect.objectContaining({ code: 'load_failed' }),
  );
  expect(readdirSync(folder)).toEqual([]);
});

test('the addon is loaded out of bytes and leaves nothing behind', () => {
  const native = loadFromExecutable(bytes, [folder]);
  expect(native.readTriple(CLOCK_REALTIME, 0)).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
});

test('a directory that refuses is passed over', () => {
  const native = loadFromExecutable(bytes, [join(folder, 'missing'), '/proc', folder]);
  expect(native.readTriple(CLOCK_REALTIME, 0)).toBe(0);
});

test('the error names each directory that was tried and what would help', () => {
  expect(() => loadFromExecutable(bytes, ['/proc'])).toThrow(/without noexec.*\/proc: /);
});

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeDirectory } from './make-directory.ts';

function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'ptp-make-directory-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('makes a directory with what leads to it, says where that begins, and leaves one that is there', () => {
  const folder = place();
  const path = join(folder, 'a/b/c');
  expect(makeDirectory(path, 0o700)).toBe(join(folder, 'a'));
  expect(makeDirectory(path)).toBe(null);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

it('says which file stands in the way', () => {
  const file = join(place(), 'a.csv');
  writeFileSync(file, '');
  expect(() => makeDirectory(join(file, 'x'))).toThrow(`file already exists, mkdir '${file}'`);
  expect(() => makeDirectory(file)).toThrow('file already exists');
});

it.skipIf(!existsSync('/proc/self'))('ends where the file system takes no directories (needs Linux, /proc)', () => {
  expect(() => makeDirectory('/proc/ptp-tester/x')).toThrow("mkdir '/proc/ptp-tester'");
});

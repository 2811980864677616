import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { withOutDirectory } from './out-directory.ts';

function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'ptp-out-directory-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it('is made and found writable before the work, and stays with what the work wrote', async () => {
  const out = join(place(), 'a/b');
  const seen = await withOutDirectory(out, async () => {
    const before = readdirSync(out);
    writeFileSync(join(out, 'report.md'), '');
    return await Promise.resolve(before);
  });
  expect(seen).toEqual([]);
  expect(readdirSync(out)).toEqual(['report.md']);
});

it('is gone again, with what led to it, where the work wrote nothing or failed', async () => {
  const folder = place();
  mkdirSync(join(folder, 'mine'));
  await withOutDirectory(join(folder, 'mine/a/b'), () => Promise.resolve());
  await expect(withOutDirectory(join(folder, 'c'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(folder)).toEqual(['mine']);
  expect(readdirSync(join(folder, 'mine'))).toEqual([]);
  // Not ours to remove.
  await withOutDirectory(join(folder, 'mine'), () => Promise.resolve());
  expect(existsSync(join(folder, 'mine'))).toBe(true);
});

it('is refused by the name of its flag, before the work', async () => {
  const file = join(place(), 'a.csv');
  writeFileSync(file, '');
  const work = () => Promise.reject(new Error('the work was done'));
  await expect(withOutDirectory(join(file, 'x'), work)).rejects.toThrow(/--out: .*a\.csv\/x cannot be used \(.*a\.csv/);
});

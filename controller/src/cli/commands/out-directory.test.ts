import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tryOutDirectory } from './out-directory.ts';

it('is made and found writable, or refused by the name of its flag', () => {
  const place = mkdtempSync(join(tmpdir(), 'ptp-out-directory-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  tryOutDirectory(join(place, 'a/b'));
  expect(readdirSync(join(place, 'a/b'))).toEqual([]);
  writeFileSync(join(place, 'a.csv'), '');
  expect(() => tryOutDirectory(join(place, 'a.csv/x'))).toThrow(/--out: .*a\.csv\/x cannot take a report \(.*a\.csv/);
});

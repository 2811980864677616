import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigError } from './config-error.ts';
import { readGivenText } from './given-text.ts';

it('is read, or refused by the name of its flag with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-given-text-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'run.yaml');
  writeFileSync(file, 'soak: {}\n');
  expect(readGivenText('--config', file)).toBe('soak: {}\n');
  const refusal = (path: string) => {
    try {
      return readGivenText('--config', path);
    } catch (error) {
      return error instanceof ConfigError ? error.problems : error;
    }
  };
  const refused = (path: string, why: string) => [{ field: '--config', reason: expect.stringContaining(path + why) }];
  expect(refusal(folder)).toEqual(refused(folder, ' is a folder: name the file in it'));
  expect(refusal(`${file}x`)).toEqual(refused(`${file}x`, ' does not exist'));
  expect(refusal(join(file, 'x'))).toEqual(refused(join(file, 'x'), ' cannot be read (ENOTDIR'));
});

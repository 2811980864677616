import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkOutFile } from './out-file.ts';

it('may be new or there already; a folder and a file in none are refused by the name of the flag', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-out-file-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const check = (path: string) => checkOutFile(path, { flag: '--html', example: 'page.html' });
  const file = join(folder, 'a.html');
  check(file);
  writeFileSync(file, '');
  check(file);
  expect(() => check(folder)).toThrow(
    `--html: ${folder} is a folder: name a file in it, for example ${folder}/page.html`,
  );
  expect(() => check(join(folder, 'none/a.html'))).toThrow(/--html: .* cannot be written \(ENOENT.*folder that exists/);
});

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BoundedLog } from './bounded-log.ts';

test('a log keeps its last part and does not grow for ever', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'local-ec2-log-'));
  const path = join(folder, 'log');
  const log = new BoundedLog({ path }, { now: () => 7 });
  for (let count = 0; count < 600; count += 1) log.append(`${String(count).padStart(6, '0')}${'x'.repeat(10_000)}\n`);
  expect((await stat(path)).size).toBeLessThan(4 * 1024 * 1024);
  expect(log.tail().length).toBe(64 * 1024);
  expect(log.tail()).toContain('000599');
  expect(await readFile(path, 'utf8')).toContain('000599');
  log.closeFile();
  await rm(folder, { recursive: true });
  log.append('after');
  expect(log.tail().endsWith('after')).toBe(true);
});

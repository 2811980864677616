import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { inWorkFolder } from './work-folder.ts';

function place(): string {
  const path = mkdtempSync(join(tmpdir(), 'ptp-work-folder-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return join(path, 'building-1');
}

it('is there during the work and gone after it, also where it failed', async () => {
  const path = place();
  const listeners = process.listenerCount('exit');
  await inWorkFolder(path, () => Promise.resolve(writeFileSync(join(path, 'half'), '')));
  expect(existsSync(path)).toBe(false);
  await expect(inWorkFolder(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(existsSync(path)).toBe(false);
  expect(process.listenerCount('exit')).toBe(listeners);
});

it('is gone when Ctrl-C ends the process in the middle of the work', async () => {
  const path = place();
  const script = `
    import { exitOnSignals, inWorkFolder } from ${JSON.stringify(join(import.meta.dirname, 'work-folder.ts'))};
    exitOnSignals();
    await inWorkFolder(process.argv[1], () => new Promise(() => {
      setInterval(() => undefined, 1000);
      process.stdout.write('working');
    }));`;
  const words = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script, path];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  expect(existsSync(path)).toBe(true);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([130, null]);
  expect(existsSync(path)).toBe(false);
});

import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataDirectory } from './data-directory.ts';
import { RunsError } from './runs-error.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ptp-data-'));
});

afterEach(() => rmSync(root, { recursive: true }));

function failureOf(path: string): RunsError {
  try {
    openDataDirectory(path).close();
  } catch (error) {
    if (error instanceof RunsError) return error;
    throw error;
  }
  throw new Error('expected a failure');
}

/** A process of its own that holds the directory until it is killed. */
async function holdInAnotherProcess(path: string): Promise<{ pid: number; kill: () => Promise<void> }> {
  const module = new URL('./data-directory.ts', import.meta.url).href;
  const script = `const { openDataDirectory } = await import(${JSON.stringify(module)});
    globalThis.held = openDataDirectory(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the holder ended early')));
  });
  return {
    pid: child.pid ?? 0,
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}

describe('data directory', () => {
  it('is made with a key and a token, private, and keeps them', () => {
    const path = join(root, 'a', 'data');
    const first = openDataDirectory(path);
    expect(first.controllerKey).toHaveLength(32);
    expect(first.operatorToken).toMatch(/^[0-9a-f]{64}$/);
    expect(first.operatorToken).not.toBe(Buffer.from(first.controllerKey).toString('hex'));
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of ['controller.key', 'operator.token']) {
      expect(statSync(join(path, name)).mode & 0o777, name).toBe(0o600);
    }
    first.close();
    const second = openDataDirectory(path);
    expect(second.controllerKey).toEqual(first.controllerKey);
    expect(second.operatorToken).toBe(first.operatorToken);
    expect(second.controllerId).toBe(first.controllerId);
    expect(readFileSync(join(path, 'controller.key'), 'utf8')).not.toContain(first.controllerId);
    second.close();
  });

  it('gives each run a folder of its own and refuses any other name', () => {
    const data = openDataDirectory(root);
    expect(data.samplesDatabase('20261120-231757-k3f9')).toBe(join(root, 'runs/20261120-231757-k3f9/samples.db'));
    expect(statSync(data.runDirectory('20261120-231757-k3f9')).isDirectory()).toBe(true);
    expect(() => data.runDirectory('../../etc')).toThrow(RunsError);
    data.close();
  });

  it('is held by one controller at a time, and the second learns by whom', () => {
    const held = openDataDirectory(root);
    const failure = failureOf(root);
    expect(failure.code).toBe('data_directory_in_use');
    expect(failure.message).toContain(`pid ${process.pid}`);
    held.close();
    openDataDirectory(root).close();
  });

  it('is free again when its holder is killed', async () => {
    const holder = await holdInAnotherProcess(root);
    const failure = failureOf(root);
    expect(failure.code).toBe('data_directory_in_use');
    expect(failure.message).toContain(`pid ${holder.pid})`);
    await holder.kill();
    openDataDirectory(root).close();
  });

  it('says which secret is damaged, and does not keep the lock then', () => {
    openDataDirectory(root).close();
    writeFileSync(join(root, 'controller.key'), 'short');
    const failure = failureOf(root);
    expect(failure.code).toBe('data_directory_unusable');
    expect(failure.message).toContain('controller.key');
    rmSync(join(root, 'controller.key'));
    openDataDirectory(root).close();
  });

  it('says when it cannot be made', () => {
    writeFileSync(join(root, 'file'), '');
    expect(failureOf(join(root, 'file')).code).toBe('data_directory_unusable');
  });

  it("leaves the mode of a directory with other people's things alone", () => {
    const path = join(root, 'shared');
    mkdirSync(path, { mode: 0o755 });
    writeFileSync(join(path, 'theirs'), '');
    openDataDirectory(path).close();
    expect(statSync(path).mode & 0o777).toBe(0o755);
  });
});

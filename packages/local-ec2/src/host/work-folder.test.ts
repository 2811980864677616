import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findMarkedProcesses, MARKER_VARIABLE, markOf } from './run-marker.ts';
import { openWorkFolder } from './work-folder.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-work-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('one endpoint at a time uses a work folder', async () => {
  const first = await openWorkFolder(folder);
  await expect(openWorkFolder(folder)).rejects.toMatchObject({ code: 'in_use' });
  await first.close();
  const second = await openWorkFolder(folder);
  expect(second.endpointId).toBe(first.endpointId);
  await second.close();
});

test('the lock of a dead endpoint, also one whose pid lives again, is taken over', async () => {
  await writeFile(join(folder, 'lock'), `${process.pid} 1\n`);
  await (await openWorkFolder(folder)).close();
});

test('processes and folders that a killed endpoint left are gone after the next start', async () => {
  const killed = await openWorkFolder(folder);
  await mkdir(join(killed.instancesFolder, 'i-1'));
  const marker = `${killed.endpointId}/i-1`;
  spawn('sleep', ['300'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], [MARKER_VARIABLE]: marker },
  });
  await writeFile(join(folder, 'lock'), '1 1\n');
  const next = await openWorkFolder(folder);
  expect(await findMarkedProcesses(markOf(marker))).toEqual([]);
  expect(await readdir(next.instancesFolder)).toEqual([]);
  await next.close();
});

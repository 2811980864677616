import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCgroups } from './cgroup.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'local-ec2-cgroup-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

const LIMITS = { memoryBytes: 1024, processes: 10 };

test('with version 2 there is one tree, with version 1 one for each controller, without either none', async () => {
  const options = { endpointId: 'e', root };
  expect(await (await openCgroups(options)).create('i-1', LIMITS)).toEqual([]);
  for (const name of ['memory', 'pids']) {
    await mkdir(join(root, name));
    await writeFile(join(root, name, 'cgroup.procs'), '');
  }
  const old = await (await openCgroups(options)).create('i-1', LIMITS);
  expect(old.map((path) => path.slice(root.length))).toEqual([
    '/memory/ptp-tester-local-ec2/e/i-1/cgroup.procs',
    '/pids/ptp-tester-local-ec2/e/i-1/cgroup.procs',
  ]);
  await writeFile(join(root, 'cgroup.controllers'), '');
  const unified = await (await openCgroups(options)).create('i-1', LIMITS);
  expect(unified.map((path) => path.slice(root.length))).toEqual(['/ptp-tester-local-ec2/e/i-1/cgroup.procs']);
});

test('everything of an endpoint is removed, nothing of another', async () => {
  await writeFile(join(root, 'cgroup.controllers'), '');
  const [mine, other] = await Promise.all(['mine', 'other'].map((endpointId) => openCgroups({ endpointId, root })));
  for (const id of ['i-1', 'i-2']) await mine?.create(id, LIMITS);
  await other?.create('i-3', LIMITS);
  await mine?.remove('i-1');
  await mine?.remove('i-1');
  expect(await readdir(join(root, 'ptp-tester-local-ec2/mine'))).toEqual(['i-2']);
  await mine?.removeAll();
  expect(await readdir(join(root, 'ptp-tester-local-ec2'))).toEqual(['other']);
  await other?.removeAll();
  expect(await readdir(root)).toEqual(['cgroup.controllers']);
});

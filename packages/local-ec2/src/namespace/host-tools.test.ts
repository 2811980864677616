import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findHostTools } from './host-tools.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-tools-'));
  const names = ['cp', 'env', 'ip', 'mount', 'nsenter', 'pivot_root', 'setpriv', 'sh', 'umount', 'unshare'];
  for (const name of names) await writeFile(join(folder, name), '', { mode: 0o755 });
  await writeFile(join(folder, 'nft'), '', { mode: 0o644 });
});

afterAll(() => rm(folder, { recursive: true }));

test('a machine that cannot do it says why and what to do', async () => {
  const machine = { platform: 'linux', uid: 0, path: folder };
  await expect(findHostTools({ ...machine, platform: 'darwin' })).rejects.toMatchObject({ code: 'not_linux' });
  await expect(findHostTools({ ...machine, uid: 1000 })).rejects.toMatchObject({ code: 'not_root' });
  await expect(findHostTools({ ...machine, path: '/nonexistent' })).rejects.toMatchObject({ code: 'missing_tool' });
});

test('a program that is missing is named with its package', async () => {
  const machine = { platform: 'linux', uid: 0, path: folder };
  await expect(findHostTools(machine)).rejects.toThrow('needs nft (Debian: apt-get install nftables)');
  await chmod(join(folder, 'nft'), 0o755);
  expect((await findHostTools(machine)).nft).toBe(join(folder, 'nft'));
});

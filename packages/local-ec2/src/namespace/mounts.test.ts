import { expect, test } from 'vitest';
import { mountPoints, requireNoMounts } from './mounts.ts';

test('mount points are read with their escapes', () => {
  const text = `22 1 254:0 / / rw - ext4 /dev/vda rw
23 22 0:5 / /with\\040space rw - tmpfs x rw
`;
  expect(mountPoints(text)).toEqual(['/', '/with space']);
});

test('a folder that something is mounted in, or that is no folder of ours, is not removed', async () => {
  await expect(requireNoMounts('/nonexistent/folder')).resolves.toBeUndefined();
  for (const path of ['/', '/proc', '', 'relative/folder']) {
    await expect(requireNoMounts(path)).rejects.toMatchObject({ code: 'namespace_failed' });
  }
});

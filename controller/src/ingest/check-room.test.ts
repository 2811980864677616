import { expect, it } from 'vitest';
import { checkRoom } from './check-room.ts';

const BLOCK = 4096;
const MIB = 2 ** 20;
const disk = (mebibytes: number, freeMebibytes: number) => ({
  blocks: (mebibytes * MIB) / BLOCK,
  bavail: (freeMebibytes * MIB) / BLOCK,
  bsize: BLOCK,
});

it.each([
  ['a disk of 20 GiB with 64 MiB', 20_480, 64],
  ['a disk of 400 MiB with 8 MiB', 400, 8],
])('samples are stored on %s free', (_, size, free) => {
  expect(() => checkRoom(disk(size, free))).not.toThrow();
});

it.each([
  ['a disk of 20 GiB with 63 MiB', 20_480, 63],
  ['a disk of 400 MiB with 7 MiB', 400, 7],
])('samples are not stored on %s free: what else there is to do needs room', (_, size, free) => {
  expect(() => checkRoom(disk(size, free))).toThrow(expect.objectContaining({ code: 'full' }));
});

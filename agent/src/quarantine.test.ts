import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Quarantine } from './quarantine.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-quarantine-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const nack = (sequence: number) =>
  ({ type: 'nack', epoch: 'aaaaaaaaaaaaaaaa', sequence, code: 'too_large', reason: 'x' }) as const;

test('a record is kept as it was, under a name that says which and why', async () => {
  const quarantine = new Quarantine(join(folder, 'q'));
  expect(await quarantine.keep(nack(7), Uint8Array.of(1, 2, 3))).toBe(true);
  const [name = ''] = readdirSync(join(folder, 'q'));
  expect(name).toBe('aaaaaaaaaaaaaaaa-7-too_large.record');
  expect([...readFileSync(join(folder, 'q', name))]).toEqual([1, 2, 3]);
});

test('the oldest make room, by number and by bytes; what is larger than everything is not kept', async () => {
  const quarantine = new Quarantine(folder, { records: 3, bytes: 100 });
  for (let sequence = 1; sequence <= 5; sequence += 1) {
    await quarantine.keep(nack(sequence), new Uint8Array(10));
    const name = `aaaaaaaaaaaaaaaa-${sequence}-too_large.record`;
    utimesSync(join(folder, name), sequence, sequence);
  }
  const kept = () =>
    readdirSync(folder)
      .map((name) => Number(name.split('-')[1]))
      .sort();
  expect(kept()).toEqual([3, 4, 5]);
  await quarantine.keep(nack(6), new Uint8Array(85));
  expect(kept()).toEqual([5, 6]);
  expect(await quarantine.keep(nack(7), new Uint8Array(101))).toBe(false);
});

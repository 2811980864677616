import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeRecord } from '@ptp-tester/wire';
import { expect, it, type TestContext } from 'vitest';
import { NODE_CODEC } from './node-codec-environment.ts';
import { openSampleReader } from './open-sample-reader.ts';
import { foldJournalOf, openForReading } from './sample-database.ts';
import type { EventWrite, SampleWriter } from './sample-store.ts';
import { openSampleWriter } from './sqlite-sample-writer.ts';

const EPOCH = '00000000000000aa';

function folder({ onTestFinished }: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'ptp-samples-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function storeEvents(writer: SampleWriter, through: number, first = 1): void {
  for (let sequence = first; sequence <= through; sequence += 1) {
    const content = { kind: 'event', event: 'epoch_started', at: 1n, monoRawNs: 1n, detail: { sequence } } as const;
    const bytes = encodeRecord({ epoch: EPOCH, sequence }, content, NODE_CODEC);
    const write: EventWrite = {
      kind: 'event',
      instanceId: 'i-1',
      epoch: EPOCH,
      sequence,
      receivedAt: 1n,
      bytes,
      content,
    };
    writer.commit([write]);
  }
}

function eventsOf(path: string): number {
  const reader = openSampleReader(path);
  try {
    return reader.events().length;
  } finally {
    reader.close();
  }
}

it('a copy of the database file alone holds everything once its writer has closed, also while a reader has it open', (test) => {
  const root = folder(test);
  const path = join(root, 'samples.db');
  const writer = openSampleWriter({ path });
  const reader = openForReading(path);
  storeEvents(writer, 20);
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(20_000);
  writer.close();
  expect(statSync(`${path}-wal`).size).toBe(0);
  copyFileSync(path, join(root, 'copy.db'));
  reader.close();
  expect(eventsOf(join(root, 'copy.db'))).toBe(20);
});

it('what a reader held back when the writer closed is folded in later, and nobody waits for it', (test) => {
  const path = join(folder(test), 'samples.db');
  const writer = openSampleWriter({ path });
  storeEvents(writer, 5);
  const reader = openForReading(path);
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM events').get();
  storeEvents(writer, 6, 6);
  writer.close();
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  expect(foldJournalOf(path)).toBe(false);
  reader.exec('COMMIT');
  expect(foldJournalOf(path)).toBe(true);
  expect(statSync(`${path}-wal`).size).toBe(0);
  reader.close();
  expect(eventsOf(path)).toBe(6);
});

it('there is nothing to fold of a run that stored nothing', (test) => {
  expect(foldJournalOf(join(folder(test), 'samples.db'))).toBe(true);
});

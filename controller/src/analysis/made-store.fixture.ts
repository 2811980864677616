/** A real sample store in a temporary folder with made records in it, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventKind, GapRecord, JsonValue, Loss, RecordContent } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
// biome-ignore lint/correctness/noUndeclaredDependencies: a fixture of tests, and vitest is the root's
import { onTestFinished } from 'vitest';
import { NODE_CODEC } from '../store/node-codec-environment.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import type { RecordReader, SampleReader, StoredBatch, StoreWrite } from '../store/sample-store.ts';
import { openSampleWriter } from '../store/sqlite-sample-writer.ts';
import { summarizeBatch } from '../store/summarize-batch.ts';
import { BOOTED_AT, EPOCH, INSTANCE_ID, SECOND } from './made-run.fixture.ts';

const RECEIVED_LATE_NS = 1_000_000n;

interface Place {
  readonly instanceId: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly receivedAt: bigint;
}

function place(sequence: number, epoch: string, seconds: number): Place {
  const receivedAt = BOOTED_AT + BigInt(Math.round(seconds * SECOND)) + RECEIVED_LATE_NS;
  return { instanceId: INSTANCE_ID, epoch, sequence, receivedAt };
}

function encoded({ epoch, sequence }: Place, content: RecordContent): Uint8Array {
  return encodeRecord({ epoch, sequence }, content, NODE_CODEC);
}

/** A made batch as the ingest would hand it to the store. */
export function batchWrite({ instanceId, epoch, sequence, receivedAt, batch }: StoredBatch): StoreWrite {
  const at = { instanceId, epoch, sequence, receivedAt };
  return { kind: 'batch', ...at, bytes: encoded(at, batch), summary: summarizeBatch(instanceId, batch) };
}

export interface MadeEvent {
  readonly event: EventKind;
  readonly sequence: number;
  /** Seconds since boot. */
  readonly at: number;
  readonly epoch?: string;
  readonly detail?: { readonly [key: string]: JsonValue };
}

export function eventWrite(made: MadeEvent): StoreWrite {
  const where = place(made.sequence, made.epoch ?? EPOCH, made.at);
  const monoRawNs = BigInt(Math.round(made.at * SECOND));
  const content = {
    kind: 'event',
    event: made.event,
    at: BOOTED_AT + monoRawNs,
    monoRawNs,
    detail: made.detail ?? {},
  } as const;
  return { kind: 'event', ...where, bytes: encoded(where, content), content };
}

/** The record that begins each life of an agent. */
export function epochStarted(bootId: string, change: Partial<MadeEvent> = {}): StoreWrite {
  const detail = { boot_id: bootId, clocksource: 'tsc', kernel: '6.1.0', ...change.detail };
  return eventWrite({ event: 'epoch_started', sequence: 1, at: 0, ...change, detail });
}

export function gapWrite(sequence: number, losses: readonly Loss[], epoch = EPOCH): StoreWrite {
  const where = place(sequence, epoch, 0);
  const content: GapRecord = { kind: 'gap', firstSequence: sequence, lostEvents: 0, losses };
  return { kind: 'gap', ...where, bytes: encoded(where, content), content };
}

export function nackWrite(sequence: number, epoch = EPOCH): StoreWrite {
  return { kind: 'nack', ...place(sequence, epoch, 0), code: 'undecodable', reason: 'made so' };
}

/** Stores the records and opens a reader on them; both go with the test. */
export function madeStore(writes: readonly StoreWrite[]): SampleReader & RecordReader {
  return openSampleReader(madeStorePath(writes));
}

/** The same for tests that open readers themselves. */
export function madeStorePath(writes: readonly StoreWrite[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-tester-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'samples.db');
  const writer = openSampleWriter({ path });
  writer.commit(writes);
  writer.close();
  return path;
}

/** Puts records into the spool of an agent that is stopped: some that no controller can accept, and a good one behind them. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { makeBatch } from '@ptp-tester/testkit';
import { appendToSegment, encodeRecord, parseSpoolLedger, readRecordHeader, readSegment } from '@ptp-tester/wire';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';

export type Poison = 'undecodable' | 'unknown_stream';

export interface Poisoned {
  readonly epoch: string;
  readonly sequence: number;
}

const CHECKSUM_BYTES = 4;
/** Behind magic, version, kind, flags and epoch comes the sequence, then the stream (docs/protocol.md). */
const SEQUENCE_AT = 12;

/** Appends a poison record and a sound event behind it to the newest epoch of the spool in `stateDirectory`. */
export function poisonSpool(stateDirectory: string, poison: Poison): Poisoned {
  const spool = join(stateDirectory, 'spool');
  const ledger = parseSpoolLedger(readFileSync(join(spool, 'ledger.json'), 'utf8'));
  const { epoch, through } = ledger.epochs.at(-1) ?? { epoch: '', through: 0 };
  const newest = readdirSync(spool)
    .filter((name) => name.startsWith(epoch) && name.endsWith('.seg'))
    .sort()
    .at(-1);
  const written = Math.max(through, newest === undefined ? 0 : lastSequence(join(spool, newest)));
  const sequence = written + 1;
  const name = newest ?? `${epoch}-${String(sequence).padStart(16, '0')}.seg`;
  const records = [poisonRecord({ epoch, sequence }, poison), eventRecord({ epoch, sequence: sequence + 1 })];
  for (const record of records) appendFileSync(join(spool, name), appendToSegment(record), { mode: 0o600 });
  return { epoch, sequence };
}

/** Names of the records that an agent put aside. */
export function quarantined(stateDirectory: string): readonly string[] {
  const folder = join(stateDirectory, 'quarantine');
  return existsSync(folder) ? readdirSync(folder) : [];
}

function lastSequence(path: string): number {
  const records = readSegment(readFileSync(path), NODE_CODEC).records;
  return Math.max(0, ...records.map((record) => readRecordHeader(record).sequence));
}

function eventRecord(identity: Poisoned): Uint8Array {
  const detail = { made_by: 'poison test' };
  return encodeRecord(identity, { kind: 'event', event: 'clock_set', at: 1n, monoRawNs: 1n, detail }, NODE_CODEC);
}

/** A record with a right checksum whose content is wrong. */
function poisonRecord(identity: Poisoned, poison: Poison): Uint8Array {
  const record = encodeRecord(identity, makeBatch('raw', { rows: 3, seed: 1 }), NODE_CODEC);
  if (poison === 'unknown_stream') record[streamAt(record)] = 0xfe;
  else record.fill(0xff, record.length - CHECKSUM_BYTES - 16, record.length - CHECKSUM_BYTES);
  return resealed(record);
}

/** The sequence in front is a varint: its last byte is the first without the continuation bit. */
function streamAt(record: Uint8Array): number {
  return record.findIndex((byte, at) => at >= SEQUENCE_AT && byte < 0x80) + 1;
}

function resealed(record: Uint8Array): Uint8Array {
  const end = record.length - CHECKSUM_BYTES;
  new DataView(record.buffer, record.byteOffset).setUint32(end, crc32(record.subarray(0, end)), true);
  return record;
}

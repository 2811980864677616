/** A record encoded once, and stamped with any epoch and sequence afterwards: load generators must not spend their time encoding. */
import type { EpochId, RecordContent } from '@ptp-tester/measurement';
import { type CodecEnvironment, encodeRecord } from '@ptp-tester/wire';

/** Where the record's head (docs/protocol.md) has what changes: magic, version, kind, flags, epoch, then the sequence as a varint. */
const EPOCH_OFFSET = 4;
const SEQUENCE_OFFSET = 12;
const CHECKSUM_BYTES = 4;

export class RecordTemplate {
  readonly #head: Uint8Array;
  /** Everything between the sequence and the checksum. */
  readonly #rest: Uint8Array;
  readonly #crc32: CodecEnvironment['crc32'];

  /** Not for gap records, whose head depends on the sequence. */
  constructor(content: Exclude<RecordContent, { kind: 'gap' }>, env: CodecEnvironment) {
    const record = encodeRecord({ epoch: '0000000000000000', sequence: 1 }, content, env);
    this.#head = record.subarray(0, EPOCH_OFFSET);
    // Sequence 1 is a varint of one byte.
    this.#rest = record.subarray(SEQUENCE_OFFSET + 1, record.length - CHECKSUM_BYTES);
    this.#crc32 = env.crc32;
  }

  /** The record as `encodeRecord` would make it with this identity. `epoch`: the 8 bytes of the epoch. */
  stamp(epoch: Uint8Array, sequence: number): Uint8Array {
    const size = varintBytes(sequence);
    const end = SEQUENCE_OFFSET + size + this.#rest.length;
    const record = new Uint8Array(end + CHECKSUM_BYTES);
    record.set(this.#head, 0);
    record.set(epoch, EPOCH_OFFSET);
    writeVarint(record, SEQUENCE_OFFSET, sequence);
    record.set(this.#rest, SEQUENCE_OFFSET + size);
    new DataView(record.buffer).setUint32(end, this.#crc32(record.subarray(0, end)), true);
    return record;
  }
}

/** The 8 bytes of an epoch as they lie in a record. */
export function epochBytes(epoch: EpochId): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, index) => Number.parseInt(epoch.slice(2 * index, 2 * index + 2), 16));
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}

/** LEB128, as the codec writes it. */
function writeVarint(target: Uint8Array, offset: number, value: number): void {
  let at = offset;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    target[at] = (rest % 0x80) | 0x80;
    at += 1;
  }
  target[at] = rest;
}

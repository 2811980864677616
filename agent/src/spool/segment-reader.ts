/** Reads records back from a segment, a block at a time, and remembers where it stopped. */
import { type CodecEnvironment, readRecordHeader, SEGMENT_PREFIX_BYTES, verifyRecord } from '@ptp-tester/wire';
import type { Segment } from './segment.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { SpoolError } from './spool-error.ts';

/** Records of one epoch as they are sent: contiguous, starting right after what was asked for. */
export interface SpoolChunk {
  readonly epoch: string;
  readonly records: readonly Uint8Array[];
  readonly last: number;
  readonly bytes: number;
}

interface Position {
  readonly name: string;
  readonly after: number;
  readonly offset: number;
}

const BLOCK_BYTES = 64 * 1024;

export class SegmentReader {
  readonly #disk: SpoolDisk;
  readonly #env: CodecEnvironment;
  #position: Position | null = null;

  constructor({ disk, env }: { readonly disk: SpoolDisk; readonly env: CodecEnvironment }) {
    this.#disk = disk;
    this.#env = env;
  }

  /** Segments were rewritten: positions within them do not hold any more. */
  forget(): void {
    this.#position = null;
  }

  /** The records after `after`: at least one, then as many as fit into `maxBytes` and into one block. Throws `SpoolError`. */
  async read(segment: Segment, wanted: { readonly after: number; readonly maxBytes: number }): Promise<SpoolChunk> {
    const known = this.#position;
    let offset = known?.name === segment.name && known.after === wanted.after ? known.offset : 0;
    while (offset < segment.bytes) {
      const block = await this.#block(segment, offset);
      const found = this.#walk(segment, block, wanted);
      offset += found.walked;
      if (found.records.length > 0) {
        this.#position = { name: segment.name, after: found.last, offset };
        return { epoch: segment.epoch, records: found.records, last: found.last, bytes: found.bytes };
      }
    }
    throw new SpoolError('damaged', `${segment.name} ends before sequence ${wanted.after + 1}`);
  }

  /** The bytes from `offset` on; as many as the first record needs, if that is more than a block. */
  async #block(segment: Segment, offset: number): Promise<Uint8Array> {
    const remaining = segment.bytes - offset;
    const block = await this.#disk.read(segment.name, { offset, length: Math.min(BLOCK_BYTES, remaining) });
    const needed = block.length < SEGMENT_PREFIX_BYTES ? remaining + 1 : SEGMENT_PREFIX_BYTES + prefixAt(block, 0);
    if (needed > remaining) throw new SpoolError('damaged', `${segment.name} at byte ${offset}`);
    return needed <= block.length ? block : this.#disk.read(segment.name, { offset, length: needed });
  }

  #walk(segment: Segment, block: Uint8Array, wanted: { readonly after: number; readonly maxBytes: number }) {
    const records: Uint8Array[] = [];
    let walked = 0;
    let bytes = 0;
    let last = wanted.after;
    while (block.length - walked > SEGMENT_PREFIX_BYTES) {
      const end = walked + SEGMENT_PREFIX_BYTES + prefixAt(block, walked);
      if (end > block.length) break;
      const record = block.subarray(walked + SEGMENT_PREFIX_BYTES, end);
      if (!verifyRecord(record, this.#env)) throw new SpoolError('damaged', `a record of ${segment.name}`);
      const { sequence } = readRecordHeader(record);
      if (sequence > wanted.after) {
        if (records.length > 0 && bytes + record.length > wanted.maxBytes) break;
        records.push(record);
        bytes += record.length;
        last = sequence;
      }
      walked = end;
    }
    return { records, walked, bytes, last };
  }
}

function prefixAt(bytes: Uint8Array, offset: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}

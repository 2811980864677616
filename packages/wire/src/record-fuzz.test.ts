/** Hostile and damaged records: whatever comes in, only a WireError comes out, and nothing is allocated beyond the limits. */
import { crc32, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type Batch,
  type ColumnDeclaration,
  makeColumn,
  STREAM_NAMES,
  STREAMS,
  type StreamName,
} from '@ptp-tester/measurement';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import {
  type CodecEnvironment,
  type DecodedRecord,
  decodeRecord,
  encodeRecord,
  LIMITS,
  nackCodeFor,
  readRecordHeader,
  readSegment,
  WireError,
} from './index.ts';
import { type RecordHeader, writeHeader } from './record-header.ts';

const env: CodecEnvironment = {
  crc32,
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [zlib.ZSTD_d_windowLogMax]: 20 } }),
};
const EPOCH = '00000000000000ff';

function valueFor({ kind, labels }: ColumnDeclaration, seed: number): number | bigint {
  if (kind === 'i64' || kind === 'u64') return BigInt(seed) * 1_000_000_007n;
  if (kind === 'code') return seed % (labels?.length ?? 1);
  return kind === 'float' ? seed + 0.25 : seed;
}

function batchOf(stream: StreamName): Batch {
  const rows = 20;
  const columns = STREAMS[stream].columns.map((column: ColumnDeclaration, index) => {
    const values = makeColumn(column.kind, rows);
    for (let row = 0; row < rows; row++) values[row] = valueFor(column, (row * 7919 + index * 31) % 97);
    return values;
  });
  return { kind: 'batch', stream, key: 'k', generation: 1, intervalNs: 1e9, missedTicks: 0, rows, columns };
}

/** One record of each stream and of each other kind: what the mutations start from. */
const samples: Uint8Array[] = [
  ...STREAM_NAMES.map((stream) => encodeRecord({ epoch: EPOCH, sequence: 1 }, batchOf(stream), env)),
  encodeRecord(
    { epoch: EPOCH, sequence: 2 },
    { kind: 'event', event: 'clock_set', at: 5n, monoRawNs: 6n, detail: { by: 'ntpd' } },
    env,
  ),
  encodeRecord({ epoch: EPOCH, sequence: 9 }, { kind: 'gap', firstSequence: 3, lostEvents: 1, losses: [] }, env),
];

/** Makes the checksum right again, so that the mutation reaches the decoder behind it. */
function withChecksum(record: Uint8Array): Uint8Array {
  if (record.length < 5) return record;
  const sealed = record.slice();
  new DataView(sealed.buffer).setUint32(sealed.length - 4, crc32(sealed.subarray(0, -4)), true);
  return sealed;
}

/** Decodes; returns what was thrown, and fails the test when that is no WireError. What is accepted must be valid: it can be encoded. */
function tryDecode(record: Uint8Array): WireError | null {
  const decoded = decodeOrError(record);
  if (decoded instanceof WireError) return decoded;
  encodeRecord(decoded.identity, decoded.content, env);
  return null;
}

function decodeOrError(record: Uint8Array): DecodedRecord | WireError {
  try {
    return decodeRecord(record, env);
  } catch (error) {
    expect(error).toBeInstanceOf(WireError);
    return error as WireError;
  }
}

const sample = fc.constantFrom(...samples);
const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });

function edited(record: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = record.slice();
  for (const [at, value] of changes) copy[at % copy.length] = value;
  return copy;
}

function withHeader(change: Partial<RecordHeader>, body: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const head: RecordHeader = {
    kind: 'event',
    epoch: EPOCH,
    sequence: 1,
    firstSequence: 1,
    compressed: false,
    bodyBytes: body.length,
  };
  writeHeader(writer, { ...head, ...change } as RecordHeader);
  writer.bytes(body);
  writer.u32(0);
  return withChecksum(writer.finish());
}

describe('a damaged record', () => {
  it('throws nothing but a WireError when bytes are changed and the checksum is made right', () => {
    let refused = 0;
    fc.assert(
      fc.property(sample, edits, (record, changes) => {
        if (tryDecode(withChecksum(edited(record, changes))) !== null) refused++;
      }),
      { numRuns: 20_000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });

  it('throws nothing but a WireError when it is cut, extended or spliced and the checksum is made right', () => {
    fc.assert(
      fc.property(sample, sample, fc.tuple(fc.nat(), fc.nat()), (one, other, [end, start]) => {
        const spliced = new Uint8Array([...one.subarray(0, end % one.length), ...other.subarray(start % other.length)]);
        tryDecode(withChecksum(spliced));
      }),
      { numRuns: 10_000 },
    );
  });

  it('throws nothing but a WireError for random bytes, with and without the magic in front', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, disguised) => {
        const record = disguised ? new Uint8Array([0xd5, 1, ...bytes]) : bytes;
        tryDecode(withChecksum(record));
        tryDecode(record);
      }),
      { numRuns: 5000 },
    );
  });

  it('is noticed by its checksum at every single byte, and still says which record it was', () => {
    const record = samples[0] as Uint8Array;
    for (let at = 13; at < record.length; at++) {
      const error = tryDecode(edited(record, [[at, (record[at] as number) ^ 0x10]]));
      expect(error?.identity?.epoch).toBe(EPOCH);
    }
    expect(tryDecode(edited(record, [[record.length - 6, 0xaa]]))).toMatchObject({ code: 'checksum_wrong' });
  });

  it('leaves readRecordHeader and readSegment without any other error', () => {
    fc.assert(
      fc.property(sample, edits, (record, changes) => {
        const damaged = edited(record, changes);
        try {
          readRecordHeader(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
        expect(readSegment(damaged, env).records).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a record that lies', () => {
  const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  const event = { event: 'clock_set', at: '1', mono_raw_ns: '1', detail: {} };
  it.each([
    ['an unknown event', withHeader({}, text({ ...event, event: 'party' })), 'kind_unknown'],
    ['an event of a method name', withHeader({}, text({ ...event, event: 'constructor' })), 'kind_unknown'],
    ['an instant beyond 64 bits', withHeader({}, text({ ...event, at: '9'.repeat(19) })), 'out_of_bounds'],
    ['an instant that is no number', withHeader({}, text({ ...event, at: '1e3' })), 'malformed'],
    ['an additional field', withHeader({}, text({ ...event, more: 1 })), 'malformed'],
    ['no JSON', withHeader({}, new Uint8Array([0x7b])), 'malformed'],
    ['no UTF-8', withHeader({}, new Uint8Array([0xff, 0xff])), 'malformed'],
    [
      'a body nested a thousand deep',
      withHeader(
        {},
        new TextEncoder().encode(
          `{"event":"clock_set","at":"1","mono_raw_ns":"1","detail":{"a":${'['.repeat(1000)}${']'.repeat(1000)}}}`,
        ),
      ),
      'too_large',
    ],
    ['another body length', withHeader({ bodyBytes: 3 }, text(event)), 'malformed'],
    ['compression that is none', withHeader({ compressed: true, bodyBytes: 500 }, text(event)), 'malformed'],
    ['JSON beyond its limit', withHeader({}, new Uint8Array(LIMITS.jsonBytes + 1).fill(0x20)), 'too_large'],
  ])('is refused: %s', (_, record, code) => {
    expect(tryDecode(record)).toMatchObject({ code, identity: { epoch: EPOCH, sequence: 1 } });
  });

  it('is refused when its stream or its stream version is unknown', () => {
    const batch = samples[0] as Uint8Array;
    const streamAt = 13;
    expect(tryDecode(withChecksum(edited(batch, [[streamAt, 200]])))).toMatchObject({ code: 'stream_unknown' });
    expect(tryDecode(withChecksum(edited(batch, [[streamAt + 1, 99]])))).toMatchObject({ code: 'version_unknown' });
  });

  it('is answered with a nack that names the reason', () => {
    expect(nackCodeFor(new WireError('stream_unknown', 'x'))).toBe('unknown_stream');
    expect(nackCodeFor(new WireError('checksum_wrong', 'x'))).toBe('undecodable');
  });
});

describe('a compressed record that states more than the limit', () => {
  it('is refused before anything is decompressed', () => {
    const honest = withHeader({ compressed: true, bodyBytes: LIMITS.decompressedBytes }, new Uint8Array(100));
    const bodyBytesAt = 13;
    const writer = new ByteWriter();
    writer.bytes(honest.subarray(0, bodyBytesAt));
    writer.varint(LIMITS.decompressedBytes + 1);
    writer.bytes(honest.subarray(bodyBytesAt + 3));
    const never: CodecEnvironment = { ...env, decompress: () => expect.unreachable('must not be called') };
    expect(() => decodeRecord(withChecksum(writer.finish()), never)).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });
});

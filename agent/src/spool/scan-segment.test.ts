import { crc32 } from 'node:zlib';
import { type CodecEnvironment, encodeRecord } from '@ptp-tester/wire';
import { describe, expect, it } from 'vitest';
import { scanSegment } from './scan-segment.ts';
import { segmentBytes } from './segment.ts';

const EPOCH = '00112233445566aa';
/** Behind magic and version (docs/protocol.md). */
const KIND_AT = 2;
const env: CodecEnvironment = { crc32, compress: (bytes) => bytes, decompress: (bytes) => bytes };

describe('scanning a segment', () => {
  it('takes a record of a kind that is not known here for damage, also with a right checksum', () => {
    const records = [1, 2, 3].map((sequence) =>
      encodeRecord(
        { epoch: EPOCH, sequence },
        { kind: 'event', event: 'clock_set', at: 1n, monoRawNs: 1n, detail: {} },
        env,
      ),
    );
    const foreign = records[1] ?? new Uint8Array();
    foreign[KIND_AT] = 0xfe;
    const end = foreign.length - 4;
    new DataView(foreign.buffer, foreign.byteOffset).setUint32(end, crc32(foreign.subarray(0, end)), true);
    const bytes = segmentBytes(records);
    const scanned = scanSegment(bytes, env);
    expect(scanned.records).toEqual([records[0], records[2]]);
    expect(scanned).toMatchObject({ usableBytes: bytes.length, damagedBytes: foreign.length + 4 });
  });
});

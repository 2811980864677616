/** What docs/protocol.md says: its worked example is what the code makes, and its numbers are those of the code. */
import { readFileSync } from 'node:fs';
import { crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Batch, STREAMS } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord, LIMITS, NACK_CODES, REFUSE_CODES } from './index.ts';

const env = {
  crc32,
  compress: (bytes: Uint8Array) => zstdCompressSync(bytes),
  decompress: (bytes: Uint8Array, maxOutputLength: number) => zstdDecompressSync(bytes, { maxOutputLength }),
};
const document = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

/** Without the padding that formatting gives to tables. */
const tables = document.replaceAll(/ +/g, ' ');

/** The two-digit tokens at the beginning of each line of the hex block. */
function documentedBytes(): Uint8Array {
  const block = /```hex\n([\s\S]*?)```/.exec(document)?.[1] ?? '';
  const digits = block.split('\n').map((line) => /^(?:[0-9a-f]{2} ?)*/.exec(line)?.[0].replaceAll(' ', '') ?? '');
  return Uint8Array.from(Buffer.from(digits.join(''), 'hex'));
}

/** The rows of the table in front of the hex block. */
function documentedBatch(): Batch {
  const rows = [...tables.matchAll(/^\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  const column = (index: number): bigint[] => rows.map((row) => BigInt(row[index] ?? ''));
  const clocks = [1, 2, 3].map((index) => BigInt64Array.from(column(index)));
  const columns = [...clocks, Float64Array.from(column(4), Number)];
  return {
    kind: 'batch',
    stream: 'raw',
    key: '',
    generation: 1,
    intervalNs: 1e9,
    missedTicks: 0,
    rows: rows.length,
    columns,
  };
}

describe('docs/protocol.md', () => {
  it('shows exactly the bytes that the code makes of its example', () => {
    const identity = { epoch: '0123456789abcdef', sequence: 5 };
    const record = encodeRecord(identity, documentedBatch(), env);
    expect(Buffer.from(documentedBytes()).toString('hex')).toBe(Buffer.from(record).toString('hex'));
    expect(decodeRecord(documentedBytes(), env)).toEqual({ identity, content: documentedBatch() });
  });

  it('names the columns of the example as the stream does', () => {
    expect(tables).toContain(`| ${STREAMS.raw.columns.map((column) => column.name).join(' | ')} |`);
  });

  it('states the limits of the code', () => {
    for (const line of [
      `| record, body after decompression | ${LIMITS.recordBytes / 2 ** 20} MiB each |`,
      `| frame | ${LIMITS.frameBytes / 2 ** 20} MiB, ${LIMITS.frameRecords} records |`,
      `| text message | ${LIMITS.messageBytes / 1024} KiB |`,
      `| JSON body of an event or a gap | ${LIMITS.jsonBytes / 1024} KiB; detail ${LIMITS.jsonDepth} levels; ${LIMITS.losses} losses |`,
      `| rows of a batch | 1..${LIMITS.rows} |`,
      `| key | ${LIMITS.keyBytes} bytes of UTF-8 |`,
      `| sequence | 1..2^${Math.log2(LIMITS.sequence)} |`,
      `| spool ledger | ${LIMITS.ledgerBytes / 2 ** 20} MiB |`,
    ]) {
      expect(tables).toContain(line);
    }
    expect(LIMITS.decompressedBytes).toBe(LIMITS.recordBytes);
  });

  it('names every code of nack and refuse', () => {
    for (const code of [...NACK_CODES, ...REFUSE_CODES]) expect(document).toContain(`\`${code}\``);
  });
});

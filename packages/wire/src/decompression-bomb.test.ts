/** A decompression bomb through real zstd, in a process of its own so that its peak memory is that of decoding and of nothing else. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { LIMITS } from './index.ts';

const MIB = 1024 * 1024;
const BLOCK_BYTES = 128 * 1024;
const BLOCKS = 8192;

/** Run length blocks of zeros (RFC 8878, 3.1.1.2): 4 bytes each, 128 KiB when decompressed. */
const PROGRAM = `
  import { crc32, constants, zstdDecompressSync } from 'node:zlib';
  import { decodeRecord, WireError } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
  const windowLog = Number(process.argv[1]);
  const header = [0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3];
  const block = (isLast) => [2 | isLast | ((${BLOCK_BYTES} << 3) & 0xff), (${BLOCK_BYTES} >> 5) & 0xff, ${BLOCK_BYTES} >> 13, 0];
  const bomb = Uint8Array.from([...header, ...Array.from({ length: ${BLOCKS} }, (_, i) => block(i === ${BLOCKS - 1} ? 1 : 0)).flat()]);
  const head = [0xd5, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x80, 0x80, 0x40];
  const record = new Uint8Array(head.length + bomb.length + 4);
  record.set(head);
  record.set(bomb, head.length);
  new DataView(record.buffer).setUint32(record.length - 4, crc32(record.subarray(0, -4)), true);
  let asked = 0;
  const env = {
    crc32,
    compress: (bytes) => bytes,
    decompress: (bytes, maxOutputLength) => {
      asked = maxOutputLength;
      return zstdDecompressSync(bytes, { maxOutputLength, params: { [constants.ZSTD_d_windowLogMax]: 20 } });
    },
  };
  const before = process.resourceUsage().maxRSS;
  let thrown = null;
  try { decodeRecord(record, env); } catch (error) { thrown = error; }
  const grownBytes = (process.resourceUsage().maxRSS - before) * 1024;
  console.log(JSON.stringify({ asked, grownBytes, isWireError: thrown instanceof WireError, cause: String(thrown?.cause?.code), bombBytes: bomb.length }));
`;

interface Outcome {
  readonly asked: number;
  readonly grownBytes: number;
  readonly isWireError: boolean;
  readonly cause: string;
  readonly bombBytes: number;
}

function explode(windowLog: number): Outcome {
  const args = ['--no-warnings', '--input-type=module', '-e', PROGRAM, String(windowLog)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Outcome;
}

describe('a record of 32 KiB that would decompress to 1 GiB', () => {
  it('is stopped at the length that its head states', () => {
    const outcome = explode(20);
    expect(outcome).toMatchObject({
      asked: LIMITS.decompressedBytes,
      isWireError: true,
      cause: 'ERR_BUFFER_TOO_LARGE',
    });
    expect(outcome.bombBytes).toBeLessThan(40_000);
    expect(outcome.grownBytes).toBeLessThan(16 * MIB);
  });

  it('is stopped before it gets a window of 128 MiB', () => {
    const outcome = explode(27);
    expect(outcome).toMatchObject({ isWireError: true, cause: 'ZSTD_error_frameParameter_windowTooLarge' });
    expect(outcome.grownBytes).toBeLessThan(16 * MIB);
  });
});

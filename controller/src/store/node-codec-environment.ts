/** What the record codec needs, from Node's zlib. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CodecEnvironment } from '@ptp-tester/wire';

/** No frame may ask for a window above 1 MiB (2^20). */
const WINDOW = { [constants.ZSTD_d_windowLogMax]: 20 };

/** CRC-32 and zstd; decompressing stops with an error at the stated length. */
export const NODE_CODEC: CodecEnvironment = {
  crc32: (bytes) => crc32(bytes),
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) => zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: WINDOW }),
};

/** Most summary pages come out whole in one piece of this size: half the time that several take. */
const PAGE_CHUNK_BYTES = 20 * 1024;
const LARGEST_PAGE_BYTES = 1 << 20;

/** Decompresses a summary page, which `NODE_CODEC` compressed. */
export function decompressPage(bytes: Uint8Array): Uint8Array {
  return zstdDecompressSync(bytes, {
    maxOutputLength: LARGEST_PAGE_BYTES,
    chunkSize: PAGE_CHUNK_BYTES,
    params: WINDOW,
  });
}

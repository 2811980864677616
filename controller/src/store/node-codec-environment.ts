/** What the record codec needs, from Node's zlib. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CodecEnvironment } from '@ptp-tester/wire';

/** CRC-32 and zstd; decompressing stops with an error at the stated length, and no frame may ask for a window above 1 MiB (2^20). */
export const NODE_CODEC: CodecEnvironment = {
  crc32: (bytes) => crc32(bytes),
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [constants.ZSTD_d_windowLogMax]: 20 } }),
};

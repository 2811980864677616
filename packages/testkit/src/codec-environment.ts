/** The record codec's environment on Node, and one without compression for tests that count in thousands. */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { CodecEnvironment } from '@ptp-tester/wire';

export const zstdCodec: CodecEnvironment = {
  crc32,
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [constants.ZSTD_d_windowLogMax]: 20 } }),
};

/** Never compresses: the codec leaves bodies that do not get smaller as they are. */
export const plainCodec: CodecEnvironment = {
  crc32,
  compress: (bytes) => bytes,
  decompress: (bytes) => bytes,
};

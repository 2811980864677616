/** Frames of every codec version that ever was: they lie in somebody's store, so they must decode for ever to what is stated beside them. */
import { readFileSync } from 'node:fs';
import { crc32, zstdDecompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeFrame, decodeRecord } from './index.ts';

const env = {
  crc32,
  compress: (bytes: Uint8Array) => bytes,
  decompress: (bytes: Uint8Array, maxOutputLength: number) => zstdDecompressSync(bytes, { maxOutputLength }),
};

function fixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}

/** As the fixtures state values: 64-bit integers and what JSON cannot say as text, columns as arrays. */
function asStated(value: unknown): unknown {
  if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) return String(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, asStated);
  if (Array.isArray(value)) return value.map(asStated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asStated(item)]));
}

describe('a kept frame', () => {
  it.each(['frame-v1'])('decodes to what is stated beside it: %s', (name) => {
    const frame = Uint8Array.from(Buffer.from(fixture(`${name}.hex`).replaceAll('\n', ''), 'hex'));
    const records = decodeFrame(frame).map((record) => asStated(decodeRecord(record, env)));
    expect(records).toEqual(JSON.parse(fixture(`${name}.json`)));
  });
});

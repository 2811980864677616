/** Frames: what goes in comes out, and nothing but a WireError is thrown for anything else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, LIMITS, WireError } from './index.ts';

const record = fc.uint8Array({ minLength: 1, maxLength: 50 });

describe('a frame', () => {
  it('gives back its records', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), (records) => {
        expect(decodeFrame(encodeFrame(records))).toEqual(records);
      }),
    );
  });

  it('gives back views into itself, not copies', () => {
    const frame = encodeFrame([new Uint8Array(10), new Uint8Array(20)]);
    expect(decodeFrame(frame).every((view) => view.buffer === frame.buffer)).toBe(true);
  });

  it('carries a record of the largest size', () => {
    const [decoded] = decodeFrame(encodeFrame([new Uint8Array(LIMITS.recordBytes)]));
    expect(decoded?.length).toBe(LIMITS.recordBytes);
  });

  it.each([
    ['no record', []],
    ['an empty record', [new Uint8Array(0)]],
    ['too large a record', [new Uint8Array(LIMITS.recordBytes + 1)]],
    ['too many records', Array.from({ length: LIMITS.frameRecords + 1 }, () => new Uint8Array(1))],
    ['too many bytes', Array.from({ length: 3 }, () => new Uint8Array(LIMITS.recordBytes))],
  ])('is not made of %s', (_, records) => {
    expect(() => encodeFrame(records)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });

  it.each([
    ['nothing', [], 'truncated'],
    ['another magic', [0, 1, 1, 1, 0, 0, 0, 9], 'malformed'],
    ['another version', [0xf7, 2, 1, 1, 0, 0, 0, 9], 'version_unknown'],
    ['no records', [0xf7, 1, 0], 'out_of_bounds'],
    ['too many records', [0xf7, 1, 0x81, 0x20], 'out_of_bounds'],
    ['an empty record', [0xf7, 1, 1, 0, 0, 0, 0], 'malformed'],
    ['a record of 4 GiB', [0xf7, 1, 1, 255, 255, 255, 255, 9], 'too_large'],
    ['a record that is cut', [0xf7, 1, 1, 2, 0, 0, 0, 9], 'truncated'],
    ['bytes behind the last record', [0xf7, 1, 1, 1, 0, 0, 0, 9, 9], 'malformed'],
  ])('is refused when it has %s', (_, bytes, code) => {
    expect(() => decodeFrame(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }));
  });

  it('is refused when it is larger than the limit', () => {
    expect(() => decodeFrame(new Uint8Array(LIMITS.frameBytes + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
  });

  it('throws nothing but a WireError for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, disguised) => {
        try {
          decodeFrame(disguised ? new Uint8Array([0xf7, 1, ...bytes]) : bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChronyError } from './chrony-error.ts';
import { parseSourceStatsCsv, parseSourcesCsv, parseTrackingCsv } from './chronyc-csv.ts';
import { decodeSourceCount, encodeRequest, readFloat, readTimespecNs, replySequence } from './command-packet.ts';
import { parsePhcRefclocks } from './refclock-config.ts';
import { decodeSource } from './sources.ts';
import { decodeSourceStats } from './sourcestats.ts';
import { decodeTracking } from './tracking.ts';

function floatOf(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return readFloat(view, 0);
}

describe('chrony’s float', () => {
  it.each([
    [0x00000000, 0],
    // Coefficient 2^23, exponent 2: 2^23 * 2^(2 - 25).
    [(2 << 25) | 0x800000, 1],
    [(2 << 25) | (-0x800000 & 0x1ffffff), -1],
    // Exponent -62, coefficient 1.
    [(-62 << 25) | 1, 2 ** -87],
  ])('%i is %d', (bits, value) => {
    expect(floatOf(bits >>> 0)).toBe(value);
  });

  it('is finite whatever the bits', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 0xffffffff }), (bits) => Number.isFinite(floatOf(bits))));
  });
});

describe('a request', () => {
  it.each([
    ['tracking', 104, 33],
    ['n_sources', 32, 14],
    ['source_data', 76, 15],
    ['sourcestats', 84, 34],
  ] as const)('%s is padded to the %d bytes of its reply', (command, length, number) => {
    const bytes = encodeRequest({ command, sequence: 0xfedcba98, attempt: 1, index: 7 });
    const view = new DataView(bytes.buffer);
    expect(bytes).toHaveLength(length);
    expect([view.getUint8(0), view.getUint8(1), view.getUint16(4), view.getUint16(6)]).toEqual([6, 1, number, 1]);
    expect([view.getUint32(8), view.getUint32(20)]).toEqual([0xfedcba98, 7]);
  });
});

describe('a time', () => {
  function timespec(words: readonly number[]): DataView {
    const view = new DataView(new ArrayBuffer(12));
    words.forEach((word, index) => {
      view.setUint32(index * 4, word);
    });
    return view;
  }

  it('has 64 bits of seconds, or 32 where the machine had no more', () => {
    expect(readTimespecNs(timespec([1, 2, 3]), 0)).toBe((2n ** 32n + 2n) * 1_000_000_000n + 3n);
    expect(readTimespecNs(timespec([0x7fffffff, 2, 3]), 0)).toBe(2_000_000_003n);
  });

  it('that does not fit into 64 bits of nanoseconds is malformed', () => {
    expect(() => readTimespecNs(timespec([0x7ffffffe, 0, 0]), 0)).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });
});

describe('broken input', () => {
  function throwsOnlyChronyError(action: () => unknown): boolean {
    try {
      action();
      return true;
    } catch (error) {
      return error instanceof ChronyError;
    }
  }

  const decoders = [decodeTracking, decodeSource, decodeSourceStats, decodeSourceCount, replySequence];
  const header = { tracking: [33, 5], source: [15, 3], sourcestats: [34, 6], count: [14, 2] };

  it('of any bytes gives a value or a ChronyError', () => {
    const anyBytes = fc.uint8Array({ maxLength: 160 });
    fc.assert(fc.property(anyBytes, (bytes) => decoders.every((decode) => throwsOnlyChronyError(() => decode(bytes)))));
  });

  it('behind a valid header gives a value or a ChronyError', () => {
    const body = fc.uint8Array({ minLength: 0, maxLength: 120 });
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(header)), body, ([command = 0, format = 0], data) => {
        const bytes = new Uint8Array(28 + data.length);
        bytes.set([6, 2, 0, 0, 0, command, 0, format]);
        bytes.set(data, 28);
        return decoders.every((decode) => throwsOnlyChronyError(() => decode(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it('of any text gives a value or a ChronyError', () => {
    const field = fc.oneof(
      fc.string(),
      fc.constantFrom('Normal', '*', '#', '^', '1.5', '-0.000000001', '377', '00000000', '__proto__'),
    );
    const line = fc.array(field, { minLength: 7, maxLength: 15 }).map((fields) => fields.join(','));
    const text = fc.oneof(
      fc.string(),
      fc.array(line, { maxLength: 3 }).map((lines) => lines.join('\n')),
    );
    const parsers = [parseTrackingCsv, parseSourcesCsv, parseSourceStatsCsv, parsePhcRefclocks];
    fc.assert(
      fc.property(text, (input) => parsers.every((parse) => throwsOnlyChronyError(() => parse(input)))),
      {
        numRuns: 2000,
      },
    );
  });
});

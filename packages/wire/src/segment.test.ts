/** Spool segments: everything before a torn or damaged end is kept; and the ledger beside them. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendToSegment, encodeRecord, LIMITS, parseSpoolLedger, readSegment, WireError } from './index.ts';

const env = { crc32, compress: (bytes: Uint8Array) => bytes, decompress: (bytes: Uint8Array) => bytes };
const records = [1, 2, 3].map((sequence) =>
  encodeRecord(
    { epoch: 'fedcba9876543210', sequence },
    { kind: 'event', event: 'clock_set', at: BigInt(sequence), monoRawNs: 0n, detail: {} },
    env,
  ),
);
const segment = new Uint8Array(records.flatMap((record) => [...appendToSegment(record)]));
const ends = records.map((_, index) => records.slice(0, index + 1).reduce((sum, record) => sum + record.length + 4, 0));

describe('a segment', () => {
  it('gives back its records', () => {
    expect(readSegment(segment, env)).toEqual({ records, validBytes: segment.length });
  });

  it('is empty when nothing was written', () => {
    expect(readSegment(new Uint8Array(0), env)).toEqual({ records: [], validBytes: 0 });
  });

  it('keeps every whole record wherever it is cut', () => {
    for (let length = 0; length <= segment.length; length++) {
      const whole = ends.filter((end) => end <= length);
      expect(readSegment(segment.subarray(0, length), env)).toEqual({
        records: records.slice(0, whole.length),
        validBytes: whole.at(-1) ?? 0,
      });
    }
  });

  it('keeps every record in front of a changed byte', () => {
    for (let at = 0; at < segment.length; at++) {
      const damaged = segment.slice();
      damaged[at] = (damaged[at] as number) ^ 0xff;
      const whole = ends.filter((end) => end <= at);
      expect(readSegment(damaged, env).validBytes).toBe(whole.at(-1) ?? 0);
    }
  });

  it('ends at the zeros that a crash may leave behind a file', () => {
    const padded = new Uint8Array(segment.length + 4096);
    padded.set(segment);
    expect(readSegment(padded, env)).toEqual({ records, validBytes: segment.length });
  });
});

describe('a spool ledger', () => {
  const epochs = [{ epoch: 'fedcba9876543210', through: 9, acked: 4 }];
  const ledger = { run: '20261120-231757-k3f9', instance_id: 'i-0123456789abcdef0', epochs };

  it('is parsed', () => {
    expect(parseSpoolLedger(JSON.stringify(ledger))).toEqual(ledger);
  });

  it.each([
    ['is not JSON', '{'],
    ['has another field', JSON.stringify({ ...ledger, more: 1 })],
    ['names no run', JSON.stringify({ ...ledger, run: 'x' })],
    ['has more acknowledged than written', JSON.stringify({ ...ledger, epochs: [{ ...epochs[0], acked: 10 }] })],
  ])('is refused when it %s', (_, text) => {
    expect(() => parseSpoolLedger(text)).toThrow(expect.objectContaining({ code: 'message_invalid' }));
  });

  it('is refused when it is too large', () => {
    expect(() => parseSpoolLedger(' '.repeat(LIMITS.ledgerBytes + 1))).toThrow(WireError);
  });

  it('throws nothing but a WireError for any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(() => parseSpoolLedger(text)).toThrow(WireError);
      }),
    );
  });
});

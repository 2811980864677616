/** Round trips of every kind of record through real zstd, and the rules that an encoder's input must keep. */
import { crc32, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type Batch,
  type ColumnDeclaration,
  type ColumnValues,
  EVENT_KINDS,
  type EventRecord,
  type GapRecord,
  type JsonValue,
  makeColumn,
  type RecordContent,
  STREAM_NAMES,
  STREAMS,
  type StreamName,
} from '@ptp-tester/measurement';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CodecEnvironment, decodeRecord, encodeRecord, LIMITS, readRecordHeader, verifyRecord } from './index.ts';

const env: CodecEnvironment = {
  crc32,
  compress: (bytes) => zstdCompressSync(bytes),
  decompress: (bytes, maxLength) =>
    zstdDecompressSync(bytes, { maxOutputLength: maxLength, params: { [zlib.ZSTD_d_windowLogMax]: 20 } }),
};
const IDENTITY = { epoch: '0123456789abcdef', sequence: 7 };
const EXTREMES_I64 = [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 1n, 2n ** 53n, -(2n ** 53n) - 1n];
const EXTREMES_INT = [0, -1, 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 51, -(2 ** 51), 2 ** 52 - 1];

/** One column with arbitrary values of its kind; `style` decides how alike neighbouring values are. */
function arbitraryColumn(column: ColumnDeclaration, rows: number): fc.Arbitrary<ColumnValues> {
  const filled = (values: fc.Arbitrary<number | bigint>): fc.Arbitrary<ColumnValues> =>
    fc.array(values, { minLength: rows, maxLength: rows }).map((items) => {
      const target = makeColumn(column.kind, rows);
      for (const [row, value] of items.entries()) target[row] = value;
      return target;
    });
  const missing = column.optional === true ? [fc.constant(Number.NaN)] : [];
  switch (column.kind) {
    case 'i64':
      return fc.oneof(
        filled(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(...EXTREMES_I64))),
        fc
          .bigInt({ min: -(2n ** 62n), max: 2n ** 62n })
          .chain((base) => filled(fc.integer().map((n) => base + BigInt(n)))),
      );
    case 'u64':
      return fc.oneof(
        filled(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
        filled(fc.nat().map((n) => 2n ** 64n - 1n - BigInt(n))),
      );
    case 'int':
      return fc.oneof(
        filled(fc.oneof(fc.maxSafeInteger(), fc.constantFrom(...EXTREMES_INT), ...missing)),
        filled(fc.oneof(fc.integer({ min: -500, max: 500 }), ...missing)),
      );
    case 'float':
      return fc.oneof(
        filled(fc.oneof(fc.double({ noNaN: true }), ...missing)),
        filled(fc.oneof(fc.integer(), ...missing)),
      );
    case 'code':
      return filled(fc.nat({ max: (column.labels?.length ?? 1) - 1 }));
  }
}

function arbitraryBatch(maxRows: number): fc.Arbitrary<Batch> {
  return fc.tuple(fc.constantFrom(...STREAM_NAMES), fc.integer({ min: 1, max: maxRows })).chain(([stream, rows]) => {
    const declarations: readonly ColumnDeclaration[] = STREAMS[stream].columns;
    return fc.record({
      kind: fc.constant('batch' as const),
      stream: fc.constant(stream),
      key: fc.string({ unit: 'grapheme', maxLength: 10 }),
      generation: fc.nat(),
      intervalNs: fc.oneof(fc.constant(0), fc.constant(1_000_000_000), fc.maxSafeNat()),
      missedTicks: fc.maxSafeNat(),
      rows: fc.constant(rows),
      columns: fc.tuple(...declarations.map((column) => arbitraryColumn(column, rows))),
    });
  });
}

/** A batch whose columns follow simple series, for row counts at which arbitrary values would take too long to make. */
function longBatch(stream: StreamName, rows: number): Batch {
  let state = 12_345;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  const columns = STREAMS[stream].columns.map((column: ColumnDeclaration) => {
    const values = makeColumn(column.kind, rows);
    for (let row = 0; row < rows; row++) values[row] = valueFor(column, row, next());
    return values;
  });
  return { kind: 'batch', stream, key: '', generation: 1, intervalNs: 1e9, missedTicks: 0, rows, columns };
}

function valueFor(column: ColumnDeclaration, row: number, random: number): number | bigint {
  switch (column.kind) {
    case 'i64':
    case 'u64':
      return 1_795_000_000_000_000_000n + BigInt(row) * 1_000_000_000n + BigInt(random % 50_000);
    case 'code':
      return random % (column.labels?.length ?? 1);
    case 'int':
      return column.optional === true && random % 10 === 0 ? Number.NaN : (random % 2000) - 1000;
    case 'float':
      return (random % 1000) / 7;
  }
}

function roundTrip(content: RecordContent): RecordContent {
  return decodeRecord(encodeRecord(IDENTITY, content, env), env).content;
}

/** Both sides of a comparison: -0 of an `int` column is stored as 0, as an integer has no sign at zero. */
function withoutNegativeZero(batch: Batch): Batch {
  const declarations: readonly ColumnDeclaration[] = STREAMS[batch.stream].columns;
  const columns = batch.columns.map((values, index) =>
    declarations[index]?.kind === 'int' ? Float64Array.from(values as Float64Array, (value) => value + 0) : values,
  );
  return { ...batch, columns };
}

const jsonDetail = fc
  .dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 })
  .map((value) => JSON.parse(JSON.stringify(value)) as { [key: string]: JsonValue });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

describe('a batch record', () => {
  it('comes back as it was, for arbitrary values of every stream', () => {
    fc.assert(
      fc.property(arbitraryBatch(40), (batch) => {
        expect(roundTrip(batch)).toEqual(withoutNegativeZero(batch));
      }),
      { numRuns: 600 },
    );
  });

  it.each(STREAM_NAMES)('comes back as it was with few and with many rows of %s', (stream) => {
    for (const rows of [1, 2, 3, 4, 7, 8, 9, 60, 255, 256, 257, LIMITS.rows]) {
      const batch = longBatch(stream, rows);
      expect(roundTrip(batch)).toEqual(batch);
    }
  });

  it('keeps -0, infinities and the bits of doubles in float columns', () => {
    const batch = longBatch('kernel', 4);
    const doubles = Float64Array.of(-0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MIN_VALUE);
    const columns = batch.columns.map((values, index) => (index === 2 ? doubles : values));
    const decoded = roundTrip({ ...batch, columns }) as Batch;
    expect([...(decoded.columns[2] as Float64Array)].every((value, row) => Object.is(value, doubles[row]))).toBe(true);
  });

  it('comes back when every value of an optional column is missing', () => {
    const batch = longBatch('ena', 9);
    const columns = batch.columns.map((values, index) => (index === 3 ? new Float64Array(9).fill(Number.NaN) : values));
    expect(roundTrip({ ...batch, columns })).toEqual({ ...batch, columns });
  });

  it('stores an offset that follows from the two clocks in a few bytes', () => {
    const batch = longBatch('raw', 60);
    const [at, mono] = batch.columns as [BigInt64Array, BigInt64Array];
    const offset = at.map((value, row) => value - (mono[row] as bigint));
    const withOffset = { ...batch, columns: [at, mono, offset, new Float64Array(60)] };
    const withZero = { ...batch, columns: [at, mono, new BigInt64Array(60), new Float64Array(60)] };
    const extra = encodeRecord(IDENTITY, withOffset, env).length - encodeRecord(IDENTITY, withZero, env).length;
    expect(extra).toBeLessThan(8);
    expect(roundTrip(withOffset)).toEqual(withOffset);
  });

  it('has a header that can be read alone', () => {
    const batch = { ...longBatch('phc', 60), key: 'eth0', missedTicks: 3 };
    const header = readRecordHeader(encodeRecord(IDENTITY, batch, env));
    const { columns: _, ...head } = batch;
    expect(header).toMatchObject({ ...IDENTITY, ...head, firstSequence: 7 });
  });
});

describe('an encoder', () => {
  const batch = longBatch('phc', 3);
  const withColumn = (index: number, values: ColumnValues): Batch => ({
    ...batch,
    columns: batch.columns.map((column, at) => (at === index ? values : column)),
  });
  it.each([
    ['NaN in a column that may not miss values', withColumn(2, Float64Array.of(1, Number.NaN, 3))],
    ['a fraction in an integer column', withColumn(2, Float64Array.of(1, 2.5, 3))],
    ['an infinity in an integer column', withColumn(2, Float64Array.of(1, Number.POSITIVE_INFINITY, 3))],
    ['an integer that is not safe', withColumn(2, Float64Array.of(1, 2 ** 53, 3))],
    ['a code without a label', withColumn(10, Uint8Array.of(0, 1, 3))],
    ['a column of the wrong type', withColumn(2, new BigInt64Array(3))],
    ['a column of the wrong length', withColumn(2, new Float64Array(4))],
    ['too few columns', { ...batch, columns: batch.columns.slice(1) }],
    ['no rows', { ...batch, rows: 0, columns: batch.columns.map((column) => column.slice(0, 0)) }],
    ['too long a key', { ...batch, key: 'é'.repeat(LIMITS.keyBytes / 2 + 1) }],
    ['a key that is not Unicode', { ...batch, key: '\ud800' }],
    ['a negative count', { ...batch, missedTicks: -1 }],
    ['an interval that is not a number', { ...batch, intervalNs: Number.NaN }],
  ] satisfies [string, Batch][])('refuses %s', (_, content) => {
    expect(() => encodeRecord(IDENTITY, content, env)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });

  it.each([
    { epoch: '0123', sequence: 1 },
    { epoch: '0123456789ABCDEF', sequence: 1 },
    { epoch: IDENTITY.epoch, sequence: 0 },
    { epoch: IDENTITY.epoch, sequence: LIMITS.sequence + 1 },
    { epoch: IDENTITY.epoch, sequence: 1.5 },
  ])('refuses the identity %o', (identity) => {
    expect(() => encodeRecord(identity, batch, env)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });
});

describe('an event record', () => {
  it('comes back as it was', () => {
    const event: fc.Arbitrary<EventRecord> = fc.record({
      kind: fc.constant('event' as const),
      event: fc.constantFrom(...EVENT_KINDS),
      at: int64,
      monoRawNs: int64,
      detail: jsonDetail,
    });
    fc.assert(fc.property(event, (content) => void expect(roundTrip(content)).toEqual(content)));
  });

  it.each([
    ['a detail that is too large', { text: 'x'.repeat(LIMITS.jsonBytes) }],
    ['a detail that is nested too deep', JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)],
    ['a number that JSON cannot say', { value: Number.NaN }],
    ['a value that is not JSON', { value: new Date(0) }],
  ])('refuses %s', (_, detail) => {
    const content: EventRecord = { kind: 'event', event: 'clock_set', at: 1n, monoRawNs: 1n, detail };
    expect(() => encodeRecord(IDENTITY, content, env)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });
});

describe('a gap record', () => {
  const loss = fc.record({
    stream: fc.constantFrom(...STREAM_NAMES),
    key: fc.string({ maxLength: 20 }),
    samples: fc.maxSafeNat(),
    fromAt: int64,
    toAt: int64,
    fromMonoRawNs: int64,
    toMonoRawNs: int64,
    reason: fc.constantFrom('spool_full' as const, 'spool_unreadable' as const, 'not_spooled' as const),
  });

  it('comes back as it was', () => {
    const gap: fc.Arbitrary<GapRecord> = fc.record({
      kind: fc.constant('gap' as const),
      firstSequence: fc.integer({ min: 1, max: IDENTITY.sequence }),
      lostEvents: fc.maxSafeNat(),
      losses: fc.array(loss, { maxLength: 10 }),
    });
    fc.assert(fc.property(gap, (content) => void expect(roundTrip(content)).toEqual(content)));
  });

  it('refuses to begin after its own sequence', () => {
    const content: GapRecord = { kind: 'gap', firstSequence: 8, lostEvents: 0, losses: [] };
    expect(() => encodeRecord(IDENTITY, content, env)).toThrow(expect.objectContaining({ code: 'cannot_encode' }));
  });
});

describe('verifyRecord', () => {
  it('notices any single changed bit', () => {
    const record = encodeRecord(IDENTITY, longBatch('raw', 5), env);
    expect(verifyRecord(record, env)).toBe(true);
    for (let bit = 0; bit < record.length * 8; bit++) {
      const damaged = record.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(verifyRecord(damaged, env)).toBe(false);
    }
  });
});

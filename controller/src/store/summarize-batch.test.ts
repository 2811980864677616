import { type Batch, makeColumn, STREAM_NAMES, STREAMS, type StreamName } from '@ptp-tester/measurement';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeBatch, summarizeColumn, summarySlot, unpackColumn } from './summarize-batch.ts';
import { BATCHES_PER_PAGE, makePage, pagePart, readPageIndex, wordsOfPart } from './summary-page.ts';

/** Values that differ by column and row. */
function batchOf(stream: StreamName, rows: number, shift = 0): Batch {
  const columns = STREAMS[stream].columns.map(({ kind }, column) => {
    const values = makeColumn(kind, rows);
    for (let row = 0; row < rows; row++) {
      const value = shift + column * 100 + ((row * 37) % 11);
      if (values instanceof BigInt64Array) values[row] = -(2n ** 62n) + BigInt(value);
      else if (values instanceof BigUint64Array) values[row] = 2n ** 63n + BigInt(value);
      else if (values instanceof Uint8Array) values[row] = row % 2;
      else values[row] = value / 4;
    }
    return values;
  });
  return { kind: 'batch', stream, key: 'k', generation: 1, intervalNs: 5, missedTicks: 2, rows, columns };
}

describe('summarizeColumn', () => {
  it('is exact for 64-bit integers relative to the first one, whatever their sign', () => {
    const near = fc.array(fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }), { minLength: 1, maxLength: 20 });
    const start = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(start, near, (first, distances) => {
        const values = BigInt64Array.from([first, ...distances.map((distance) => first + distance)]);
        const { origin, count, min, max } = summarizeColumn(values);
        const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
        expect({ origin, count }).toEqual({ origin: first, count: values.length });
        expect([origin + BigInt(min), origin + BigInt(max)]).toEqual([sorted[0], sorted.at(-1)]);
      }),
    );
  });

  it('takes the upper half of the unsigned range as what it is', () => {
    const values = BigUint64Array.from([2n ** 64n - 1n, 2n ** 64n - 5n, 2n ** 64n - 3n]);
    expect(summarizeColumn(values)).toEqual({ origin: 2n ** 64n - 1n, count: 3, min: -4, max: 0, mean: -2 });
  });

  it('leaves out missing values, and has no numbers where all are missing', () => {
    expect(summarizeColumn(Float64Array.of(Number.NaN, 4, Number.NaN, 8))).toMatchObject({
      count: 2,
      min: 4,
      max: 8,
      mean: 6,
    });
    expect(summarizeColumn(Float64Array.of(Number.NaN))).toMatchObject({ count: 0, min: Number.NaN });
  });
});

describe('a packed summary', () => {
  it.each(STREAM_NAMES)('gives back what was summarised of every column of %s', (stream) => {
    const batch = batchOf(stream, 7);
    const { packed, rows, fromAt, toAt } = summarizeBatch('i-1', batch);
    expect([fromAt, toAt]).toEqual([-(2n ** 62n), -(2n ** 62n) + 9n]);
    for (const [column, { kind }] of STREAMS[stream].columns.entries()) {
      const slot = summarySlot(stream, column);
      if (slot === null) continue;
      const part = packed.subarray(slot.offset, slot.offset + slot.bytes);
      const values = batch.columns[column] ?? new Uint8Array(0);
      expect(unpackColumn(part, slot, { rows, unsigned: kind === 'u64' })).toEqual(summarizeColumn(values));
    }
  });

  it('has every column but the two of time', () => {
    for (const stream of STREAM_NAMES) {
      const without = STREAMS[stream].columns.filter((_, column) => summarySlot(stream, column) === null);
      expect(without.map(({ name }) => name)).toEqual(['at', 'mono_raw_ns']);
    }
  });
});

describe('a page', () => {
  it('holds the summaries of its batches column by column', () => {
    const batches = Array.from({ length: BATCHES_PER_PAGE }, (_, index) => batchOf('phc', 3, index));
    const rows = batches.map((batch, index) => ({ ...summarizeBatch('i-1', batch), epoch: 3, sequence: index + 1 }));
    const page = makePage(rows);
    const index = readPageIndex(page.batches);
    expect([...index.sequence]).toEqual(rows.map(({ sequence }) => sequence));
    expect([...index.fromAt]).toEqual(rows.map(({ fromAt }) => fromAt));
    const slot = summarySlot('phc', 5);
    if (slot === null) throw new Error('phc_minus_raw_ns has a summary');
    const part = pagePart(slot);
    const { doubles, bigs } = wordsOfPart(page.packed.subarray(part.offset, part.offset + part.bytes));
    for (const [at, batch] of batches.entries()) {
      const { min, max, mean, origin } = summarizeColumn(batch.columns[5] ?? new Uint8Array(0));
      expect([0, 1, 2].map((word) => doubles[word * BATCHES_PER_PAGE + at])).toEqual([min, max, mean]);
      expect(bigs[3 * BATCHES_PER_PAGE + at]).toBe(origin);
    }
  });
});

/** The presence bitmap of a column with missing values: one bit for each row, lowest first, set where there is a value. */
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { WireError } from './wire-error.ts';

export function writePresence(writer: ByteWriter, values: Float64Array): void {
  for (let start = 0; start < values.length; start += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8 && start + bit < values.length; bit++) {
      if (!Number.isNaN(values[start + bit])) byte |= 1 << bit;
    }
    writer.u8(byte);
  }
}

export interface Presence {
  /** How many values are there. */
  readonly count: number;
  /** Where the bitmap begins in the reader's bytes. */
  readonly at: number;
}

/** Reads the bitmap; one that misses nothing is refused, since there must be one way only to say that. */
export function readPresence(reader: ByteReader, rows: number): Presence {
  const at = reader.take((rows + 7) >> 3);
  let count = 0;
  for (let row = 0; row < rows; row++) count += bitAt(reader.source, at, row);
  const spare = rows & 7;
  const last = reader.source[at + ((rows - 1) >> 3)] as number;
  if (count === rows || (spare !== 0 && last >> spare !== 0)) throw new WireError('malformed', 'presence bitmap');
  return { count, at };
}

/** Spreads the dense values over the rows that have one; the others become NaN. */
export function spreadPresent(
  reader: ByteReader,
  { at }: Presence,
  { dense, out }: { dense: Float64Array; out: Float64Array },
): void {
  let next = 0;
  for (let row = 0; row < out.length; row++) {
    out[row] = bitAt(reader.source, at, row) === 1 ? (dense[next++] as number) : Number.NaN;
  }
}

function bitAt(bytes: Uint8Array, at: number, row: number): number {
  return ((bytes[at + (row >> 3)] as number) >> (row & 7)) & 1;
}

/** What the columns of a batch may refer to: the times of its samples, which every stream has in its first two columns. */
import { AT_COLUMN, MONO_COLUMN } from '@ptp-tester/measurement';
import { type Int64, subtractInt64 } from './int64-values.ts';
import { LIMITS } from './limits.ts';

export interface ReferenceSeries {
  /** Of row 0. */
  readonly first: Int64;
  /** Of each row from row 0. */
  readonly distances: Float64Array;
}

/** Null while the column is not there yet, or when it could not be predicted. Both sides must come to the same answer. */
export interface References {
  readonly intervalNs: number;
  at: ReferenceSeries | null;
  atMinusMono: ReferenceSeries | null;
}

/** Scratch: encoding and decoding are synchronous, and never one inside the other. */
const atDistances = new Float64Array(LIMITS.rows);
const atMinusMonoDistances = new Float64Array(LIMITS.rows);

export interface PredictedColumn {
  /** Position in the stream. */
  readonly index: number;
  readonly first: Int64;
  /** Of each row from any fixed point. */
  readonly distances: Float64Array;
  readonly rows: number;
}

/** Remembers a 64-bit column if later ones may refer to it. */
export function keepReference(references: References, column: PredictedColumn): void {
  const { index, first, distances, rows } = column;
  const start = distances[0] as number;
  if (index === AT_COLUMN) {
    for (let row = 0; row < rows; row++) atDistances[row] = (distances[row] as number) - start;
    references.at = { first, distances: atDistances };
  } else if (index === MONO_COLUMN && references.at !== null) {
    for (let row = 0; row < rows; row++) {
      atMinusMonoDistances[row] = (atDistances[row] as number) - ((distances[row] as number) - start);
    }
    references.atMinusMono = { first: subtractInt64(references.at.first, first), distances: atMinusMonoDistances };
  }
}

/** A longer interval than 18 minutes is not worth expecting, and its multiples would not stay exact. */
const LONGEST_EXPECTED_NS = 2 ** 40;

/** The difference of neighbouring rows that the batch's interval lets one expect, so that only the deviation is stored. */
export function expectedStep(references: References, index: number, reference: number): number {
  if (references.intervalNs > LONGEST_EXPECTED_NS) return 0;
  const ofColumn = index === AT_COLUMN || index === MONO_COLUMN ? 1 : 0;
  const ofReference = reference === REFERENCE.at ? 1 : 0;
  return (ofColumn - ofReference) * references.intervalNs;
}

/** Numbers of the series on the wire. */
export const REFERENCE = { none: 0, at: 1, atMinusMono: 2 } as const;

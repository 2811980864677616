/** Decodes one column; the mirror of `column-writer.ts`. Everything read is untrusted. */
import type { ColumnDeclaration, ColumnValues } from '@ptp-tester/measurement';
import type { BodyReader } from './body-reader.ts';
import { CODING, type ColumnHead, PREDICTOR, unpackHead } from './column-head.ts';
import { readPlanes } from './double-planes.ts';
import { readInt64Base } from './int64-base.ts';
import { halvesOf, int64At, storeInt64, storeRawInt64 } from './int64-values.ts';
import { LIMITS } from './limits.ts';
import { hasOwnLow, lineScale, residualCount, undoPrediction } from './predictor.ts';
import { readPresence, spreadPresent } from './presence.ts';
import { expectedStep, keepReference, REFERENCE, type References } from './references.ts';
import { readResiduals } from './residual-reader.ts';
import { WireError } from './wire-error.ts';
import { unzigzag } from './zigzag.ts';

export interface ColumnToRead {
  readonly declaration: ColumnDeclaration;
  /** Position in the stream. */
  readonly index: number;
  /** Filled by the reader. */
  readonly values: ColumnValues;
  readonly references: References;
}

/** Scratch of one decoding, which is synchronous: distances from the base, and the values of a column with gaps. */
const distances = new Float64Array(LIMITS.rows);
const dense = new Float64Array(LIMITS.rows);

/** Fills the column. Throws `WireError`. */
export function readColumn(reader: BodyReader, column: ColumnToRead): void {
  const { values, declaration } = column;
  const head = unpackHead(reader.u8());
  if (head.hasMissing && declaration.optional !== true) throw malformed(column, 'values may not be missing');
  if (values instanceof Float64Array) readDoubles(reader, column, { head, values });
  else if (values instanceof Uint8Array) readCodes(reader, column, { head, values });
  else readInt64(reader, column, { head, values });
}

interface Target<T> {
  readonly head: ColumnHead;
  readonly values: T;
}

function readInt64(
  reader: BodyReader,
  column: ColumnToRead,
  { head, values }: Target<BigInt64Array | BigUint64Array>,
): void {
  const halves = halvesOf(values);
  const { index, references } = column;
  const rows = values.length;
  if (head.coding === CODING.raw) {
    storeRawInt64(halves, reader.view, reader.take(values.byteLength));
    return;
  }
  const base = readInt64Base(reader, references);
  readPredicted(reader, column, { head, rows });
  for (let row = 0; row < rows; row++) {
    if (Math.abs(distances[row] as number) > Number.MAX_SAFE_INTEGER)
      throw outOfBounds(column, 'too far from its base');
  }
  storeInt64(halves, base, distances);
  keepReference(references, { index, first: int64At(halves, 0), distances, rows });
}

function readCodes(reader: BodyReader, column: ColumnToRead, { head, values }: Target<Uint8Array>): void {
  const base = unzigzag(reader.varint());
  readPredicted(reader, column, { head, rows: values.length });
  const labels = column.declaration.labels?.length ?? 0;
  for (let row = 0; row < values.length; row++) {
    const value = base + (distances[row] as number);
    if (!(value >= 0 && value < labels)) throw outOfBounds(column, `${value} has no label`);
    values[row] = value;
  }
}

function readDoubles(reader: BodyReader, column: ColumnToRead, { head, values }: Target<Float64Array>): void {
  if (!head.hasMissing) {
    readPresent(reader, column, { head, values, count: values.length });
    return;
  }
  const presence = readPresence(reader, values.length);
  if (presence.count > 0) readPresent(reader, column, { head, values: dense, count: presence.count });
  spreadPresent(reader, presence, { dense, out: values });
}

function readPresent(
  reader: BodyReader,
  column: ColumnToRead,
  { head, values, count }: Target<Float64Array> & { readonly count: number },
): void {
  if (head.coding === CODING.planes) {
    readPlanes(reader, values, count);
    checkDoubles(column, values, count);
    return;
  }
  const base = unzigzag(reader.varint());
  if (isConstant(head)) {
    values.fill(base, 0, count);
    return;
  }
  readPredicted(reader, column, { head, rows: count });
  for (let row = 0; row < count; row++) {
    const value = base + (distances[row] as number);
    if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) throw outOfBounds(column, `${value}`);
    values[row] = value;
  }
}

/** A column of one value needs neither residuals nor sums. */
function isConstant({ coding, predictor, reference }: ColumnHead): boolean {
  return coding === CODING.zero && predictor === PREDICTOR.none && reference === REFERENCE.none;
}

function checkDoubles(column: ColumnToRead, values: Float64Array, count: number): void {
  const mustBeIntegers = column.declaration.kind === 'int';
  for (let row = 0; row < count; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) throw outOfBounds(column, 'NaN among the values');
    if (mustBeIntegers && !Number.isSafeInteger(value)) throw outOfBounds(column, `${value} is not a safe integer`);
  }
}

interface Shape {
  readonly head: ColumnHead;
  readonly rows: number;
}

/** Step, residuals, predictor and reference: leaves the distances from the base in `distances`. */
function readPredicted(reader: BodyReader, column: ColumnToRead, { head, rows }: Shape): void {
  const { predictor, coding } = head;
  if (coding >= CODING.raw) throw malformed(column, `coding ${coding} does not belong to its kind`);
  const step = readStep(reader, column, { head, rows });
  const count = residualCount(predictor, rows);
  readResiduals(reader, distances, { count, coding, storesLow: hasOwnLow(predictor) });
  undoPrediction(distances, rows, { predictor, step });
  if (head.reference !== REFERENCE.none) addReference(column, head, rows);
  for (let row = 0; row < rows; row++) {
    if (Math.abs(distances[row] as number) > Number.MAX_SAFE_INTEGER)
      throw outOfBounds(column, 'too far from its base');
  }
}

/** The step is stored as its difference from the one that the interval lets one expect. */
function readStep(reader: BodyReader, column: ColumnToRead, { head, rows }: Shape): number {
  if (head.predictor === PREDICTOR.none) return 0;
  const scale = head.predictor === PREDICTOR.line ? lineScale(rows) : 1;
  return unzigzag(reader.varint()) + expectedStep(column.references, column.index, head.reference) * scale;
}

function addReference(column: ColumnToRead, head: ColumnHead, rows: number): void {
  const { at, atMinusMono } = column.references;
  const series = head.reference === REFERENCE.at ? at : atMinusMono;
  if (series === null || head.hasMissing) throw malformed(column, 'reference to a column that has no distances');
  for (let row = 0; row < rows; row++) {
    distances[row] = (distances[row] as number) + (series.distances[row] as number);
  }
}

function malformed({ declaration }: ColumnToRead, detail: string): WireError {
  return new WireError('malformed', `column ${declaration.name}: ${detail}`);
}

function outOfBounds({ declaration }: ColumnToRead, detail: string): WireError {
  return new WireError('out_of_bounds', `column ${declaration.name}: ${detail}`);
}

/** Encodes one column: checks its values, finds the smallest encoding, writes it. */
import { AT_COLUMN, type ColumnDeclaration, type ColumnValues } from '@ptp-tester/measurement';
import type { ByteWriter } from './byte-writer.ts';
import { CODING, PREDICTOR, packHead, plainHead } from './column-head.ts';
import { writePlanes } from './double-planes.ts';
import { type Fit, findFit, writeFitResiduals } from './fit.ts';
import { writeInt64Base } from './int64-base.ts';
import { addToInt64, distancesFromFirst, halvesOf, int64At, MAX_DISTANCE } from './int64-values.ts';
import { LIMITS } from './limits.ts';
import { hasOwnLow, lineScale } from './predictor.ts';
import { writePresence } from './presence.ts';
import { expectedStep, keepReference, REFERENCE, type ReferenceSeries, type References } from './references.ts';
import { chooseCoding, writeResiduals } from './residual-writer.ts';
import { WireError } from './wire-error.ts';
import { ZIGZAG_MAX, zigzag } from './zigzag.ts';

export interface ColumnToWrite {
  readonly declaration: ColumnDeclaration;
  /** Position in the stream. */
  readonly index: number;
  readonly values: ColumnValues;
  readonly references: WriterReferences;
}

export interface WriterReferences extends References {
  /** Estimated bits of the `at` column. */
  atCost: number;
}

/** Taking `at` away brings its noise in: it can only pay for a column whose own noise is not this many bits a row smaller. */
const AT_ADVANTAGE_BITS = 5;
/** A reference must save this many bits to be taken: less is chance. */
const REFERENCE_MARGIN_BITS = 16;

/** Scratch of one encoding, which is synchronous. */
const present = new Float64Array(LIMITS.rows);
const distances = new Float64Array(LIMITS.rows);
const residuals = new Float64Array(LIMITS.rows);
const withoutReference = new Float64Array(LIMITS.rows);

/** Writes the column; returns the bytes of it that a compressor might shorten. */
export function writeColumn(writer: ByteWriter, column: ColumnToWrite): number {
  const { values } = column;
  if (values instanceof Float64Array) return writeDoubles(writer, column, values);
  if (values instanceof Uint8Array) return writeCodes(writer, column, values);
  return writeInt64(writer, column, values);
}

function writeInt64(writer: ByteWriter, column: ColumnToWrite, values: BigInt64Array | BigUint64Array): number {
  const { index, declaration, references } = column;
  const halves = halvesOf(values);
  const rows = values.length;
  if (!distancesFromFirst(halves, distances, declaration.kind === 'i64')) {
    writer.u8(packHead(plainHead(CODING.raw, false)));
    for (let row = 0; row < rows; row++) {
      const { low, high } = int64At(halves, row);
      writer.u32(low);
      writer.u32(high);
    }
    return 8 * rows;
  }
  const first = int64At(halves, 0);
  writePredicted(writer, column, {
    rows,
    missing: null,
    writeBase: (shift) => writeInt64Base(writer, addToInt64(first, shift), references),
  });
  keepReference(references, { index, first, distances, rows });
  return 0;
}

function writeCodes(writer: ByteWriter, column: ColumnToWrite, values: Uint8Array): number {
  const labels = column.declaration.labels?.length ?? 0;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (value >= labels) throw refused(column, `${value} has no label`);
    present[row] = value;
  }
  writeSmallIntegers(writer, column, { rows: values.length, missing: null });
  return 0;
}

function writeDoubles(writer: ByteWriter, column: ColumnToWrite, values: Float64Array): number {
  const { count, areIntegers } = gatherPresent(column, values);
  const missing = count < values.length ? values : null;
  if (count === 0) {
    writer.u8(packHead(plainHead(CODING.zero, true)));
    writePresence(writer, values);
    return 0;
  }
  if (areIntegers && isNarrow(count)) {
    writeSmallIntegers(writer, column, { rows: count, missing });
    return 0;
  }
  writer.u8(packHead(plainHead(CODING.planes, missing !== null)));
  if (missing !== null) writePresence(writer, missing);
  return writePlanes(writer, present, count);
}

/** Copies the values that are there to `present` and checks each against its kind. */
function gatherPresent(column: ColumnToWrite, values: Float64Array): { count: number; areIntegers: boolean } {
  const { kind, optional } = column.declaration;
  const mustBeIntegers = kind === 'int';
  let count = 0;
  let areIntegers = true;
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number;
    if (Number.isNaN(value)) {
      if (optional !== true) throw refused(column, 'a value is missing');
      continue;
    }
    areIntegers &&= Number.isSafeInteger(value) && (mustBeIntegers || !Object.is(value, -0));
    present[count++] = mustBeIntegers ? value + 0 : value;
  }
  if (mustBeIntegers && !areIntegers) throw refused(column, 'a value is not a safe integer');
  return { count, areIntegers };
}

/** Whether the values are close enough to the first and to zero to be predicted. */
function isNarrow(count: number): boolean {
  const first = present[0] as number;
  if (Math.abs(first) > ZIGZAG_MAX - MAX_DISTANCE) return false;
  for (let row = 1; row < count; row++) {
    if (Math.abs((present[row] as number) - first) > MAX_DISTANCE) return false;
  }
  return true;
}

interface Predictable {
  readonly rows: number;
  /** The column with its missing values, when there are any. */
  readonly missing: Float64Array | null;
}

function writeSmallIntegers(writer: ByteWriter, column: ColumnToWrite, shape: Predictable): void {
  const first = present[0] as number;
  for (let row = 0; row < shape.rows; row++) distances[row] = (present[row] as number) - first;
  writePredicted(writer, column, { ...shape, writeBase: (shift) => writer.varint(zigzag(first + shift)) });
}

interface Predicted extends Predictable {
  /** Writes the first value plus `shift`. */
  readonly writeBase: (shift: number) => void;
}

function writePredicted(writer: ByteWriter, column: ColumnToWrite, { rows, missing, writeBase }: Predicted): void {
  const { fit, reference, series } = chooseFit(column, rows, missing !== null);
  if (series !== null) subtractReference(series, rows);
  const count = writeFitResiduals(series === null ? distances : withoutReference, residuals, { fit, rows });
  const { predictor, step } = fit;
  const coding = chooseCoding(residuals, count);
  const storesLow = hasOwnLow(predictor);
  writer.u8(packHead({ reference, predictor, coding: coding.coding, hasMissing: missing !== null }));
  if (missing !== null) writePresence(writer, missing);
  writeBase(storesLow ? fit.shift : fit.shift + coding.low);
  if (predictor !== PREDICTOR.none) {
    const expected = expectedStep(column.references, column.index, reference);
    const scale = predictor === PREDICTOR.line ? lineScale(rows) : 1;
    writer.varint(zigzag(step - expected * scale));
  }
  writeResiduals(writer, { residuals, count, coding, storesLow });
}

interface Choice {
  readonly fit: Fit;
  readonly reference: number;
  readonly series: ReferenceSeries | null;
}

function chooseFit({ declaration, references, index }: ColumnToWrite, rows: number, hasMissing: boolean): Choice {
  const fit = findFit(distances, rows, expectedStep(references, index, REFERENCE.none));
  let choice: Choice = { fit, reference: REFERENCE.none, series: null };
  if (index === AT_COLUMN) references.atCost = fit.cost;
  if (hasMissing || fit.cost <= 0) return choice;
  if (references.at !== null && fit.cost > references.atCost - AT_ADVANTAGE_BITS * rows) {
    const expected = expectedStep(references, index, REFERENCE.at);
    choice = withReference(choice, { series: references.at, reference: REFERENCE.at, expected, rows });
  }
  if (references.atMinusMono !== null && declaration.kind === 'i64') {
    const series = references.atMinusMono;
    choice = withReference(choice, { series, reference: REFERENCE.atMinusMono, expected: 0, rows });
  }
  return choice;
}

interface Trial {
  readonly series: ReferenceSeries;
  readonly reference: number;
  readonly expected: number;
  readonly rows: number;
}

function withReference(choice: Choice, { series, reference, expected, rows }: Trial): Choice {
  subtractReference(series, rows);
  const fit = findFit(withoutReference, rows, expected);
  return fit.cost < choice.fit.cost - REFERENCE_MARGIN_BITS ? { fit, reference, series } : choice;
}

function subtractReference(series: ReferenceSeries, rows: number): void {
  for (let row = 0; row < rows; row++) {
    withoutReference[row] = (distances[row] as number) - (series.distances[row] as number);
  }
}

function refused({ declaration }: ColumnToWrite, detail: string): WireError {
  return new WireError('cannot_encode', `column ${declaration.name}: ${detail}`);
}

/** The body of a batch: every column of its stream, in order, each in whichever encoding is smallest. */
import {
  type Batch,
  type ColumnDeclaration,
  type ColumnKind,
  type ColumnValues,
  STREAMS,
  type StreamName,
} from '@ptp-tester/measurement';
import { BodyReader } from './body-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { readColumn } from './column-reader.ts';
import { type WriterReferences, writeColumn } from './column-writer.ts';
import type { References } from './references.ts';
import { WireError } from './wire-error.ts';

export interface EncodedBody {
  readonly bytes: Uint8Array;
  /** Whether a compressor can find anything: bit-packed residuals are noise to it, byte planes and text are not. */
  readonly worthCompressing: boolean;
}

const ARRAY_TYPE = {
  i64: BigInt64Array,
  u64: BigUint64Array,
  int: Float64Array,
  float: Float64Array,
  code: Uint8Array,
};

/** Below this the frame that a compressor adds is likely to eat what it saves. */
const COMPRESSION_PAYS_BYTES = 48;

const writer = new ByteWriter();

/** Encodes the columns; the bytes are valid until the next call. Throws `cannot_encode`. */
export function encodeBatchBody(batch: Batch): EncodedBody {
  const declarations: readonly ColumnDeclaration[] = STREAMS[batch.stream].columns;
  if (batch.columns.length !== declarations.length) {
    throw new WireError('cannot_encode', `${batch.columns.length} columns instead of ${declarations.length}`);
  }
  writer.clear();
  const references: WriterReferences = { intervalNs: batch.intervalNs, at: null, atMinusMono: null, atCost: 0 };
  let compressibleBytes = 0;
  for (let index = 0; index < declarations.length; index++) {
    const declaration = declarations[index] as ColumnDeclaration;
    const values = checkedColumn(batch, index, declaration);
    compressibleBytes += writeColumn(writer, { declaration, index, values, references });
  }
  return { bytes: writer.view(), worthCompressing: compressibleBytes >= COMPRESSION_PAYS_BYTES };
}

function checkedColumn(batch: Batch, index: number, declaration: ColumnDeclaration): ColumnValues {
  const values = batch.columns[index];
  if (values instanceof ARRAY_TYPE[declaration.kind] && values.length === batch.rows) return values;
  throw new WireError('cannot_encode', `column ${declaration.name} has the wrong type or length`);
}

/** What the head of a record says of its batch that the body needs. */
export interface BatchShape {
  readonly stream: StreamName;
  readonly rows: number;
  readonly intervalNs: number;
}

/** Where the columns of a batch come from. */
export type ColumnSource = (stream: StreamName, rows: number) => ColumnValues[];

/** Decodes the columns into those of `source`: every value of them is written. Throws `WireError`. */
export function decodeBatchBody(
  body: Uint8Array,
  { stream, rows, intervalNs }: BatchShape,
  source: ColumnSource,
): ColumnValues[] {
  const declarations: readonly ColumnDeclaration[] = STREAMS[stream].columns;
  const reader = new BodyReader(body);
  const columns = source(stream, rows);
  const references: References = { intervalNs, at: null, atMinusMono: null };
  for (let index = 0; index < columns.length; index++) {
    const declaration = declarations[index] as ColumnDeclaration;
    readColumn(reader, { declaration, index, values: columns[index] as ColumnValues, references });
  }
  if (reader.remaining > 0) throw new WireError('malformed', `${reader.remaining} bytes behind the last column`);
  return columns;
}

/** All columns in one new ArrayBuffer: at 60 rows, one for each column would cost more than decoding it. */
export function makeColumns(stream: StreamName, rows: number): ColumnValues[] {
  const declarations: readonly ColumnDeclaration[] = STREAMS[stream].columns;
  const buffer = new ArrayBuffer(8 * rows * declarations.length);
  const columns: ColumnValues[] = [];
  for (let index = 0; index < declarations.length; index++) {
    const { kind } = declarations[index] as ColumnDeclaration;
    columns.push(columnAt(kind, buffer, { at: 8 * rows * index, rows }));
  }
  return columns;
}

/** Batches of other lengths are rare: the last one of a life, and those around a gap. */
const KEPT_SHAPES = 64;

/** The same columns again for each batch of the same shape: for a reader that is done with a batch before it asks for the next. */
export function reuseColumns(): ColumnSource {
  const kept = new Map<string, ColumnValues[]>();
  return (stream, rows) => {
    const shape = `${stream} ${rows}`;
    const known = kept.get(shape);
    if (known !== undefined) return known;
    if (kept.size >= KEPT_SHAPES) kept.clear();
    const columns = makeColumns(stream, rows);
    kept.set(shape, columns);
    return columns;
  };
}

function columnAt(kind: ColumnKind, buffer: ArrayBuffer, { at, rows }: { at: number; rows: number }): ColumnValues {
  switch (kind) {
    case 'i64':
      return new BigInt64Array(buffer, at, rows);
    case 'u64':
      return new BigUint64Array(buffer, at, rows);
    case 'code':
      return new Uint8Array(buffer, at, rows);
    default:
      return new Float64Array(buffer, at, rows);
  }
}

/** The body of a batch: every column of its stream, in order, in whichever encoding is smallest. */
import { type Batch, type ColumnValues, makeColumn, STREAMS, type StreamName } from '@ptp-tester/measurement';
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { WireError } from './wire-error.ts';

export function encodeBatchBody(batch: Batch): { bytes: Uint8Array; worthCompressing: boolean } {
  const { columns } = STREAMS[batch.stream];
  if (batch.columns.length !== columns.length) throw new WireError('cannot_encode', 'wrong number of columns');
  const writer = new ByteWriter();
  for (const [index, declaration] of columns.entries()) {
    const values = batch.columns[index];
    const expected = makeColumn(declaration.kind, 0);
    if (values?.constructor !== expected.constructor || values.length !== batch.rows) {
      throw new WireError('cannot_encode', `column ${declaration.name} has the wrong type or length`);
    }
    writer.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return { bytes: writer.finish(), worthCompressing: true };
}

export function decodeBatchBody(reader: ByteReader, shape: { stream: StreamName; rows: number }): ColumnValues[] {
  const columns = STREAMS[shape.stream].columns.map((declaration) => {
    const values = makeColumn(declaration.kind, shape.rows);
    new Uint8Array(values.buffer).set(reader.bytes(values.byteLength));
    return values;
  });
  if (reader.remaining > 0) throw new WireError('malformed', 'bytes behind the last column');
  return columns;
}

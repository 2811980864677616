/** A series as CSV: the header from the stream's declaration, `at` also as RFC 3339, missing values empty. */
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ColumnDeclaration, type ColumnValues, formatInstant, STREAMS } from '@ptp-tester/measurement';
import type { SampleReader, SeriesId, StoredBatch } from '../store/sample-store.ts';

export interface SeriesToWrite {
  readonly reader: Pick<SampleReader, 'batches'>;
  readonly series: SeriesId;
}

/** Columns before those of the stream. `at` keeps its name for the text; the whole nanoseconds are `at_ns`. */
const FIRST = ['at', 'instance', 'key', 'epoch', 'sequence'] as const;

export async function writeCsv(path: string, { reader, series }: SeriesToWrite): Promise<void> {
  const temporary = `${path}.new`;
  await pipeline(Readable.from(csvChunks({ reader, series })), createWriteStream(temporary, { mode: 0o600 }));
  await rename(temporary, path);
}

/** The header, then one text for each batch. */
function* csvChunks({ reader, series }: SeriesToWrite): Generator<string> {
  const columns: readonly ColumnDeclaration[] = STREAMS[series.stream].columns;
  yield `${[...FIRST, ...columns.map(({ name }) => columnName(name))].join(',')}\n`;
  for (const stored of reader.batches(series)) yield csvOfBatch(stored, columns);
}

/** Instants as integers are `at_ns` in every file. */
export function columnName(name: string): string {
  return name === 'at' ? 'at_ns' : name;
}

function csvOfBatch(
  { instanceId, epoch, sequence, batch }: StoredBatch,
  columns: readonly ColumnDeclaration[],
): string {
  const fixed = [instanceId, batch.key, epoch, String(sequence)].map(quoted).join(',');
  const at = batch.columns[0];
  const lines: string[] = [];
  for (let row = 0; row < batch.rows; row += 1) {
    const instant = at?.[row];
    const cells = columns.map((column, index) => cell(column, batch.columns[index], row));
    lines.push(`${typeof instant === 'bigint' ? formatInstant(instant) : ''},${fixed},${cells.join(',')}\n`);
  }
  return lines.join('');
}

function cell({ labels }: ColumnDeclaration, values: ColumnValues | undefined, row: number): string {
  const value = values?.[row];
  if (value === undefined || Number.isNaN(value)) return '';
  return labels === undefined ? String(value) : quoted(labels[Number(value)] ?? String(value));
}

/** RFC 4180; a leading sign that a spreadsheet would take for a formula gets an apostrophe. */
export function quoted(text: string): string {
  const harmless = /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

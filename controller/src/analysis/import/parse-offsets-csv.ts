/** CSV with a heading: `at,offset_ns` is enough; the files of `report --csv` are read by the same names. */
import { ImportError, type ImportedLog, SeriesCollector } from './imported-log.ts';
import { parseInstant } from './parse-instant.ts';

/** By preference: whole nanoseconds before text and seconds, a clock that never steps before one that may. */
export const TIME_COLUMNS = ['mono_raw_ns', 'at_ns', 'at', 'time_s'] as const;
const NAME_COLUMNS = ['instance', 'key', 'epoch'] as const;

interface Heading {
  readonly count: number;
  readonly timeAt: number;
  readonly offsetAt: number;
  readonly nameAt: readonly number[];
  readonly timeColumn: string;
}

/** Empty offsets are missing values and skipped. Throws ImportError with the line. */
export function parseOffsetsCsv(text: string): ImportedLog {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const heading = parseHeading(first);
  const collector = new SeriesCollector();
  let skippedLines = 0;
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const row = parseRow(line, heading, index + 2);
    if (row === null) skippedLines += 1;
    else collector.add(row.name, row);
  }
  const sign = `offset_ns as written (positive = subject ahead), over ${heading.timeColumn}`;
  return { format: 'csv', sign, series: collector.finish('offset_ns'), skippedLines };
}

/** Of a heading, as they stand there. */
export function columnNames(line: string): readonly string[] {
  return cellsOf(line.replace(/^\uFEFF/, '')).map((name) => name.trim());
}

function parseHeading(line: string): Heading {
  const names = columnNames(line);
  const offsetAt = names.indexOf('offset_ns');
  const timeColumn = TIME_COLUMNS.find((name) => names.includes(name));
  if (offsetAt < 0 || timeColumn === undefined)
    throw new ImportError(
      'column_missing',
      `the heading needs offset_ns and one of ${TIME_COLUMNS.join(', ')}; it has ${names.join(', ')}`,
      1,
    );
  const nameAt = NAME_COLUMNS.map((name) => names.indexOf(name)).filter((index) => index >= 0);
  return { count: names.length, timeAt: names.indexOf(timeColumn), offsetAt, nameAt, timeColumn };
}

function parseRow(line: string, heading: Heading, number: number) {
  const { count, timeAt, offsetAt, nameAt, timeColumn } = heading;
  const cells = cellsOf(line);
  if (cells.length !== count)
    throw new ImportError('line_invalid', `${cells.length} columns instead of ${count}`, number);
  const offset = (cells[offsetAt] ?? '').trim();
  if (offset === '') return null;
  const names = nameAt.map((place) => cells[place]).join(' ');
  const name = names.trim() === '' ? 'offset_ns' : names;
  return { name, timeNs: timeOf((cells[timeAt] ?? '').trim(), timeColumn, number), offsetNs: offsetOf(offset, number) };
}

/** Seconds since whenever, with up to nine places. */
const SECONDS = /^(-?)(\d+)(?:\.(\d{1,9})\d*)?$/;

function timeOf(text: string, column: string, line: number): bigint {
  if (column === 'time_s') return secondsOf(text, line);
  const time = /^-?\d+$/.test(text) ? BigInt(text) : parseInstant(text);
  if (time === null)
    throw new ImportError(
      'line_invalid',
      `"${text}" is neither whole nanoseconds nor an instant such as 2026-11-20T23:17:57.9Z${/^\d+\.\d+$/.test(text) ? '; it looks like seconds, multiply by 1e9' : ''}`,
      line,
    );
  return time;
}

function secondsOf(text: string, line: number): bigint {
  const [, sign = '', whole = '', places = ''] = SECONDS.exec(text) ?? [];
  if (whole === '') throw new ImportError('line_invalid', `"${text}" is not a number of seconds`, line);
  return BigInt(`${sign}${whole}${places.padEnd(9, '0')}`);
}

function offsetOf(text: string, line: number): number {
  const offset = Number(text);
  if (!Number.isFinite(offset)) throw new ImportError('line_invalid', `"${text}" is not an offset in ns`, line);
  return offset;
}

/** RFC 4180, one record a line. */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );
}

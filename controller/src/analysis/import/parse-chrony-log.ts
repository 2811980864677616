/** chronyd's log files (`log refclocks tracking statistics`, chrony.conf manual section "log"). Their signs differ; ours comes out. */
import { ImportError, type ImportedLog, type ImportFormat, SeriesCollector } from './imported-log.ts';
import { parseInstant } from './parse-instant.ts';

type ChronyFormat = Extract<ImportFormat, `chrony-${string}`>;

interface Layout {
  /** Column of the offset in seconds, counted from the date. */
  readonly column: number;
  readonly columns: number;
  /** What turns their sign into ours. */
  readonly factor: 1 | -1;
  readonly sign: string;
}

const LAYOUTS: Readonly<Record<ChronyFormat, Layout>> = {
  'chrony-refclocks': {
    column: 6,
    columns: 9,
    factor: -1,
    sign: 'system - refclock, from "raw offset", whose sign was turned (chrony writes positive = local clock slow)',
  },
  'chrony-tracking': {
    column: 6,
    columns: 14,
    factor: 1,
    sign: 'system - source at each clock update, from "Offset", sign as written (positive = local clock fast)',
  },
  'chrony-statistics': {
    column: 4,
    columns: 13,
    factor: 1,
    sign: 'system - source, from "Est offset", sign as written (positive = local clock fast)',
  },
};

const NS = 1e9;

/** Throws ImportError with the line. Rows without an offset (filtered refclock rows, before the first update) are skipped. */
export function parseChronyLog(text: string, format: ChronyFormat): ImportedLog {
  const layout = LAYOUTS[format];
  const collector = new SeriesCollector();
  let skippedLines = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const sample = isBanner(line) ? null : parseRow(line, layout, index + 1);
    if (sample === null) skippedLines += line.trim() === '' ? 0 : 1;
    else collector.add(sample.name, sample);
  }
  return { format, sign: layout.sign, series: collector.finish(`a ${format} log`), skippedLines };
}

/** The banner of three lines, and everything else that does not begin with a date. */
function isBanner(line: string): boolean {
  return line.startsWith('=') || line.startsWith('   ') || line.trim() === '';
}

function parseRow(line: string, { column, columns, factor }: Layout, number: number) {
  const cells = line.trim().split(/\s+/);
  const timeNs = parseInstant(`${cells[0]} ${cells[1]}`);
  if (timeNs === null)
    throw new ImportError('line_invalid', `it does not begin with a date and a time: ${shown(line)}`, number);
  if (cells.length < columns)
    throw new ImportError('line_invalid', `${cells.length} columns instead of ${columns}: ${shown(line)}`, number);
  const offset = cells[column];
  if (offset === '-' || cells[2] === '0.0.0.0') return null;
  const seconds = Number(offset);
  if (!Number.isFinite(seconds))
    throw new ImportError('line_invalid', `"${offset}" is not an offset in seconds`, number);
  return { name: cells[2] ?? '', timeNs, offsetNs: factor * seconds * NS };
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 80));
}

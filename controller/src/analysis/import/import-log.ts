/** Which format a text has, and its parser. */
import { ImportError, type ImportedLog, type ImportFormat } from './imported-log.ts';
import { parseChronyLog } from './parse-chrony-log.ts';
import { parseLinuxptpLog } from './parse-linuxptp-log.ts';
import { columnNames, parseOffsetsCsv, TIME_COLUMNS } from './parse-offsets-csv.ts';

const CHRONY_ROW = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/;
const LINES_LOOKED_AT = 200;

/** Throws ImportError. Without a format it is found from the first lines. */
export function importLog(text: string, format: ImportFormat | null = null): ImportedLog {
  if (text.trim() === '') throw new ImportError('no_samples', 'it is empty');
  const chosen = format ?? detectFormat(text);
  switch (chosen) {
    case 'csv':
      return parseOffsetsCsv(text);
    case 'phc2sys':
    case 'ptp4l':
      return parseLinuxptpLog(text, chosen);
    case 'chrony-refclocks':
    case 'chrony-tracking':
    case 'chrony-statistics':
      return parseChronyLog(text, chosen);
  }
}

/** Throws `format_unknown`. */
export function detectFormat(text: string): ImportFormat {
  const lines = text.split('\n', LINES_LOOKED_AT);
  const [first = ''] = lines;
  if (/(?:^|,)\s*"?offset_ns"?\s*(?:,|\r|$)/.test(first.replace(/^\uFEFF/, ''))) return 'csv';
  for (const line of lines) {
    const program = /(phc2sys|ptp4l)\[\d/.exec(line)?.[1];
    if (program === 'phc2sys' || program === 'ptp4l') return program;
    const chrony = CHRONY_ROW.test(line) ? chronyFormat(line.trim().split(/\s+/)) : null;
    if (chrony !== null) return chrony;
  }
  const named = OTHER_OFFSET.exec(first)?.[1];
  if (named !== undefined) throw new ImportError('column_missing', otherUnit(named, first), 1);
  const columns = /^[\s\uFEFF]*[^\d\s,][^,]*,/.test(first)
    ? `its first line is ${first.trim().slice(0, 100)}, and `
    : '';
  throw new ImportError(
    'format_unknown',
    `${columns}it is none of the known formats: CSV with a heading such as at,offset_ns (at: 2026-11-20T00:00:00Z); chrony refclocks, tracking or statistics log; phc2sys or ptp4l log. If it is one of them, name it with --format.`,
  );
}

/** A column that says offset, but not in ns. */
const OTHER_OFFSET = /(?:^|,)\s*"?((?:time[_ ]?)?offset(?:[_ ]?(?:s|sec|seconds|ms|us|usec|ps))?)"?\s*(?:,|\r|$)/i;
const NS_PER_UNIT: Readonly<Record<string, string>> = {
  s: '1e9',
  sec: '1e9',
  seconds: '1e9',
  ms: '1e6',
  us: '1e3',
  usec: '1e3',
  ps: '1e-3',
};

function otherUnit(column: string, heading: string): string {
  const factor = NS_PER_UNIT[column.toLowerCase().split(/[_ ]/).at(-1) ?? ''];
  const how = factor === undefined ? 'give the offsets in ns' : `multiply the offsets by ${factor}`;
  const others = columnNames(heading).filter(
    (name) => name !== column && !TIME_COLUMNS.some((known) => known === name),
  );
  const isTimed = columnNames(heading).some((name) => TIME_COLUMNS.some((known) => known === name));
  const unknown = isTimed || others.length === 0 ? '' : `; no time is known by the name ${others.join(', ')}`;
  return `the heading has "${column}", which does not say ns: ${how} and call the column offset_ns (and the time ${TIME_COLUMNS.join(', ')})${unknown}`;
}

/** By what stands in a column that only one of the three has: DP, the leap status, or numbers only. */
function chronyFormat(cells: readonly string[]): ImportFormat | null {
  if (cells.length === 9) return 'chrony-refclocks';
  if (cells.length >= 14 && /^[N+?-]$/.test(cells[7] ?? '')) return 'chrony-tracking';
  return cells.length === 13 ? 'chrony-statistics' : null;
}

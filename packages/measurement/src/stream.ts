/** A stream is one kind of sample. This file says what a declaration is; `streams.ts` declares them. */
import type { ColumnDeclaration } from './column.ts';

export interface StreamDeclaration {
  readonly name: string;
  /** Number on the wire. Never reused. */
  readonly id: number;
  /** Grows when the columns change. Old versions stay decodable by the record's own version field. */
  readonly version: number;
  readonly meaning: string;
  /** What `key` holds where a stream has several series, for example the source address; absent for single streams. */
  readonly keyMeaning?: string;
  readonly defaultIntervalMs: number;
  /** When the spool is full, the streams with the lowest importance are dropped first. */
  readonly importance: number;
  /** Column 0 is always `at`, column 1 always `mono_raw_ns`. */
  readonly columns: readonly ColumnDeclaration[];
}

export const AT_COLUMN = 0;
export const MONO_COLUMN = 1;

/** The two columns that every stream begins with. */
export const TIME_COLUMNS: readonly ColumnDeclaration[] = [
  {
    name: 'at',
    kind: 'i64',
    unit: 'ns',
    meaning: 'System clock (the clock under test) at the sample, ns since 1970 UTC',
  },
  { name: 'mono_raw_ns', kind: 'i64', unit: 'ns', meaning: 'CLOCK_MONOTONIC_RAW at the sample, ns since boot' },
];

/** The position of a column in a stream; throws on a name the stream does not have, which is a programming error. */
export function columnIndex(stream: StreamDeclaration, name: string): number {
  const index = stream.columns.findIndex((column) => column.name === name);
  if (index < 0) throw new RangeError(`stream ${stream.name} has no column ${name}`);
  return index;
}

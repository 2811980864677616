/** The declarations keep the rules that codec, store and report rely on. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  AT_COLUMN,
  type ColumnDeclaration,
  columnIndex,
  EVENT_KINDS,
  EVENTS,
  isEventKind,
  isStreamName,
  MONO_COLUMN,
  makeColumn,
  STREAM_NAMES,
  STREAMS,
  type StreamDeclaration,
  streamById,
  TIME_COLUMNS,
} from './index.ts';

const streams: readonly (readonly [string, StreamDeclaration])[] = STREAM_NAMES.map((name) => [name, STREAMS[name]]);

describe.each(streams)('stream %s', (name, stream) => {
  it('is found by its name and by its number', () => {
    expect(stream.name).toBe(name);
    expect(isStreamName(name)).toBe(true);
    expect(streamById(stream.id)).toBe(name);
  });

  it('begins with the two times', () => {
    expect(stream.columns.slice(0, 2)).toEqual(TIME_COLUMNS);
    expect(columnIndex(stream, 'at')).toBe(AT_COLUMN);
    expect(columnIndex(stream, 'mono_raw_ns')).toBe(MONO_COLUMN);
  });

  it('has columns with different snake_case names, and the unit in the name where there is one', () => {
    const names = stream.columns.map((column) => column.name);
    expect(new Set(names).size).toBe(names.length);
    for (const column of stream.columns) {
      expect(column.name).toMatch(/^[a-z][a-z0-9_]*$/);
      if (column.unit === 'ns' && column.name !== 'at') expect(column.name).toMatch(/_ns$/);
      if (column.unit === 'ppb') expect(column.name).toMatch(/_ppb$/);
    }
  });

  it('fits into a byte on the wire', () => {
    for (const number of [stream.id, stream.version]) {
      expect(Number.isInteger(number) && number >= 1 && number <= 255).toBe(true);
    }
  });

  it('lets only numbers be missing, and labels every code', () => {
    for (const column of stream.columns as readonly ColumnDeclaration[]) {
      if (column.optional === true) expect(['int', 'float']).toContain(column.kind);
      expect(column.kind === 'code').toBe(column.labels !== undefined);
      expect(column.labels?.length ?? 1).toBeLessThanOrEqual(256);
    }
  });
});

describe('the streams together', () => {
  it('have numbers of their own', () => {
    expect(new Set(streams.map(([, stream]) => stream.id)).size).toBe(streams.length);
    expect(streamById(0)).toBeUndefined();
    expect(isStreamName('toString')).toBe(false);
  });

  it('refuse a column that is not there', () => {
    expect(() => columnIndex(STREAMS.raw, 'offset')).toThrow(RangeError);
  });
});

describe('makeColumn', () => {
  it.each([
    ['i64', BigInt64Array],
    ['u64', BigUint64Array],
    ['int', Float64Array],
    ['float', Float64Array],
    ['code', Uint8Array],
  ] as const)('of %s has the array type of the kind', (kind, type) => {
    expect(makeColumn(kind, 3)).toEqual(new type(3));
  });
});

describe('an event kind', () => {
  it('of the agent stands in docs/measurement.md as it is declared', () => {
    const document = readFileSync(new URL('../../../docs/measurement.md', import.meta.url), 'utf8');
    const rows = document.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
    const kinds = EVENT_KINDS.filter((kind) => EVENTS[kind].owner === 'agent');
    const declared = kinds.map((kind) => `| \`${kind}\` | ${EVENTS[kind].severity} | ${EVENTS[kind].explanation} |`);
    const begin = rows.indexOf('| event | severity | what it says |') + 2;
    expect(rows.slice(begin, begin + declared.length + 1)).toEqual([...declared, '']);
  });

  it('has an explanation that ends as a sentence does', () => {
    for (const kind of EVENT_KINDS) expect(EVENTS[kind].explanation).toMatch(/^[A-Z].*\.$/);
  });

  it('is known by its name and by nothing else', () => {
    expect(EVENT_KINDS.every(isEventKind)).toBe(true);
    expect(isEventKind('constructor')).toBe(false);
  });
});

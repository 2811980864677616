/** Batches of any stream with plausible, reproducible values. */
import {
  type Batch,
  type ColumnDeclaration,
  type ColumnValues,
  makeColumn,
  STREAMS,
  type StreamDeclaration,
  type StreamName,
} from '@ptp-tester/measurement';
import { seededRandom } from './seeded-random.ts';

export interface BatchFixtureOptions {
  readonly rows: number;
  readonly seed: number;
  /** System clock at the first sample; default 2026-11-20T00:00:00Z. */
  readonly startAt?: bigint;
  /** CLOCK_MONOTONIC_RAW at the first sample; default one hour after boot. */
  readonly startMonoRawNs?: bigint;
  readonly intervalNs?: number;
  readonly key?: string;
  readonly generation?: number;
  readonly missedTicks?: number;
}

const START_AT = 1_795_132_800_000_000_000n;
const START_MONO_RAW_NS = 3_600_000_000_000n;
/** Wake-up jitter: uniform within this many ns after the tick. */
const WAKE_JITTER_NS = 200_000;

/** A batch of the stream: ticks with wake-up jitter, slowly moving values with noise. The same options give the same batch. */
export function makeBatch(stream: StreamName, options: BatchFixtureOptions): Batch {
  const declaration: StreamDeclaration = STREAMS[stream];
  const random = seededRandom(options.seed);
  const intervalNs = options.intervalNs ?? declaration.defaultIntervalMs * 1_000_000;
  const { rows, startAt = START_AT, startMonoRawNs = START_MONO_RAW_NS } = options;
  const ticks = Array.from({ length: rows }, (_, row) =>
    BigInt(Math.round(row * intervalNs + random() * WAKE_JITTER_NS)),
  );
  const columns = declaration.columns.map((column) => {
    if (column.name === 'at') return timeColumn(startAt, ticks);
    return column.name === 'mono_raw_ns' ? timeColumn(startMonoRawNs, ticks) : valueColumn(column, rows, random);
  });
  return {
    kind: 'batch',
    stream,
    key: options.key ?? (declaration.keyMeaning === undefined ? '' : 'fixture'),
    generation: options.generation ?? 1,
    intervalNs,
    missedTicks: options.missedTicks ?? 0,
    rows,
    columns,
  };
}

function timeColumn(start: bigint, ticks: readonly bigint[]): BigInt64Array {
  return BigInt64Array.from(ticks, (tick) => start + tick);
}

function valueColumn(column: ColumnDeclaration, rows: number, random: () => number): ColumnValues {
  const values = makeColumn(column.kind, rows);
  for (let row = 0; row < rows; row += 1) setValue(values, row, valueAt(column, row, random));
  return values;
}

function valueAt(column: ColumnDeclaration, row: number, random: () => number): number | bigint {
  const noise = (random() + random() + random() - 1.5) * 100;
  switch (column.kind) {
    case 'i64':
      return START_AT + BigInt(Math.round(row * 10 + noise));
    case 'u64':
      return BigInt(row);
    case 'int':
      return column.optional === true && random() < 0.05 ? Number.NaN : Math.round(1000 + noise);
    case 'float':
      return 12.5 + noise / 1000;
    case 'code':
      return Math.floor(random() * (column.labels?.length ?? 1));
  }
}

function setValue(column: ColumnValues, row: number, value: number | bigint): void {
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) column[row] = BigInt(value);
  else column[row] = Number(value);
}

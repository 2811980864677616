/** Stored samples of the stream `phc`. */
import { ERROR_BOUND_STATUSES, STREAMS } from '@ptp-tester/measurement';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';

export interface PhcSample {
  /** System clock, ns since 1970. */
  readonly at: bigint;
  readonly monoRawNs: bigint;
  /** System - PHC. */
  readonly offsetNs: number;
  readonly readDelayNs: number;
  readonly phcMinusRawNs: bigint;
  readonly rawBracketNs: number;
  readonly readingsFailed: number;
  /** What the device says of its own error; NaN: nothing. */
  readonly errorBoundNs: number;
  readonly errorBoundStatus: string;
}

/** In order of arrival. */
export function readPhcSamples(dataDirectory: string, run: string): PhcSample[] {
  const reader = openSampleReader(sampleDatabasePath(dataDirectory, run));
  try {
    const series = reader.series().filter(({ stream }) => stream === 'phc');
    return series.flatMap((one) =>
      [...reader.batches(one)].flatMap(({ batch }) =>
        Array.from({ length: batch.rows }, (_, row) => sampleOf(batch, row)),
      ),
    );
  } finally {
    reader.close();
  }
}

type PhcBatch = { readonly columns: readonly ArrayLike<number | bigint>[] };

function sampleOf(batch: PhcBatch, row: number): PhcSample {
  const cell = (name: string) => batch.columns[STREAMS.phc.columns.findIndex((one) => one.name === name)]?.[row] ?? 0;
  return {
    at: BigInt(cell('at')),
    monoRawNs: BigInt(cell('mono_raw_ns')),
    offsetNs: Number(cell('offset_ns')),
    readDelayNs: Number(cell('read_delay_ns')),
    phcMinusRawNs: BigInt(cell('phc_minus_raw_ns')),
    rawBracketNs: Number(cell('raw_bracket_ns')),
    readingsFailed: Number(cell('readings_failed')),
    errorBoundNs: Number(cell('error_bound_ns')),
    errorBoundStatus: ERROR_BOUND_STATUSES[Number(cell('error_bound_status'))] ?? 'unknown',
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

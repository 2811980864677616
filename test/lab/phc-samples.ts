/** Stored samples of the stream `phc`, and what tests estimate from them, each with its uncertainty. */
import { STREAMS } from '@ptp-tester/measurement';
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
}

export interface Estimate {
  readonly value: number;
  /** Half-width: the truth lies within it unless something is wrong. */
  readonly uncertainty: number;
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
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** PHC - raw clock against its first value, so that it fits a number; the raw clock knows of no step and no servo. */
function phcAgainstRaw(samples: readonly PhcSample[], origin: bigint): number[] {
  return samples.map(({ phcMinusRawNs }) => Number(phcMinusRawNs - origin));
}

/** How far the PHC jumped between two spans of samples: medians of the better read half, with four standard errors of both. */
export function estimateStep(before: readonly PhcSample[], after: readonly PhcSample[]): Estimate {
  const origin = before[0]?.phcMinusRawNs ?? 0n;
  const [from, to] = [before, after].map((samples) => medianWithError(phcAgainstRaw(betterHalf(samples), origin)));
  return {
    value: (to?.value ?? Number.NaN) - (from?.value ?? Number.NaN),
    uncertainty: 4 * Math.hypot(from?.error ?? Number.NaN, to?.error ?? Number.NaN),
  };
}

/** An emulated guest is interrupted now and then while it reads; such samples have a wide bracket. */
function betterHalf(samples: readonly PhcSample[]): PhcSample[] {
  const sorted = [...samples].sort((a, b) => a.rawBracketNs - b.rawBracketNs);
  return sorted.slice(0, Math.ceil(sorted.length / 2));
}

/** Standard error of a median: 1.2533 sigma / sqrt(n), with sigma from the median absolute deviation (1.4826 MAD). */
function medianWithError(values: readonly number[]): { value: number; error: number } {
  const value = median(values);
  const sigma = 1.4826 * median(values.map((one) => Math.abs(one - value)));
  return { value, error: (1.2533 * sigma) / Math.sqrt(values.length) };
}

/** Rate of the PHC against the raw clock in ppb: least squares over the better read half, with four standard errors of the slope. */
export function estimateRate(samples: readonly PhcSample[]): Estimate {
  const { slope, residuals, spreadOfX } = fitLine(betterHalf(samples));
  const variance = residuals.reduce((sum, one) => sum + one * one, 0) / (residuals.length - 2);
  // ns per ns is 1; ppb are 1e9 of it.
  return { value: slope * 1e9, uncertainty: (4 * Math.sqrt(variance) * 1e9) / spreadOfX };
}

/** Standard deviation of the better read half about the line, with four standard errors of it for uniform noise (kurtosis 1.8). */
export function estimateNoise(samples: readonly PhcSample[]): Estimate {
  const { residuals } = fitLine(betterHalf(samples));
  const value = Math.sqrt(residuals.reduce((sum, one) => sum + one * one, 0) / (residuals.length - 2));
  return { value, uncertainty: 4 * value * Math.sqrt(0.8 / (4 * residuals.length)) };
}

function fitLine(samples: readonly PhcSample[]): { slope: number; residuals: number[]; spreadOfX: number } {
  const x = samples.map(({ monoRawNs }) => Number(monoRawNs - (samples[0]?.monoRawNs ?? 0n)));
  const y = phcAgainstRaw(samples, samples[0]?.phcMinusRawNs ?? 0n);
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const sumXx = x.reduce((sum, one) => sum + (one - meanX) ** 2, 0);
  const slope = x.reduce((sum, one, at) => sum + (one - meanX) * ((y[at] ?? 0) - meanY), 0) / sumXx;
  const residuals = y.map((one, at) => one - meanY - slope * ((x[at] ?? 0) - meanX));
  return { slope, residuals, spreadOfX: Math.sqrt(sumXx) };
}

/** Figures of the analysis in the names of the report. */
import type { FrequencyEstimate, HistogramData } from '@ptp-tester/clockstats';
import type { ColumnFigures as AnalysedFigures } from '../analysis/column-figures.ts';
import type { ColumnFigures, DistributionFigures, RateEstimate } from './figures-schema.ts';

export function figuresInReport(figures: AnalysedFigures): ColumnFigures {
  if (figures.kind === 'rate') return { ...figures, rate: rateInReport(figures.rate) };
  if (figures.kind !== 'distribution') return { ...figures };
  const { kind, column, unit, summary, quantiles, absQuantiles, quantilesAre, rate, shape, histogram } = figures;
  const distribution = {
    abs_quantiles: absQuantiles === null ? null : { ...absQuantiles },
    shape: shape === null ? null : { skewness: shape.skewness, excess_kurtosis: shape.excessKurtosis },
    histogram: histogram === null ? null : histogramInReport(histogram),
  };
  if (summary === null) {
    const none = { kind, column, unit, summary, quantiles: { ...quantiles }, quantiles_are: quantilesAre, rate: null };
    return { ...none, ...distribution };
  }
  const { maxAbs, ...rest } = summary;
  return {
    kind,
    column,
    unit,
    summary: { ...rest, max_abs: maxAbs },
    quantiles: { ...quantiles },
    quantiles_are: quantilesAre,
    rate: rateInReport(rate),
    ...distribution,
  };
}

function histogramInReport({ unit, count, buckets }: HistogramData): NonNullable<DistributionFigures['histogram']> {
  return { unit, count, buckets: buckets.map(([bucket, entries]) => [bucket, entries]) };
}

function rateInReport(rate: FrequencyEstimate | null): RateEstimate | null {
  if (rate === null) return null;
  return {
    frequency_ppb: rate.frequencyPpb,
    standard_error_ppb: rate.standardErrorPpb,
    residual_rms_ns: rate.residualRmsNs,
    residual_max_abs_ns: rate.residualMaxAbsNs,
    count: rate.count,
    span_ns: rate.spanNs,
  };
}

/** Figures of the analysis in the names of the report. */
import type { FrequencyEstimate } from '@ptp-tester/clockstats';
import type { ColumnFigures as AnalysedFigures } from '../analysis/column-figures.ts';
import type { ColumnFigures, RateEstimate } from './figures-schema.ts';

export function figuresInReport(figures: AnalysedFigures): ColumnFigures {
  if (figures.kind === 'rate') return { ...figures, rate: rateInReport(figures.rate) };
  if (figures.kind !== 'distribution') return { ...figures };
  const { kind, column, unit, summary, quantiles, quantilesAre, rate } = figures;
  if (summary === null) {
    return { kind, column, unit, summary, quantiles: { ...quantiles }, quantiles_are: quantilesAre, rate: null };
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
  };
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

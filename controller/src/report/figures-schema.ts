/** The figures of one column in the report, told apart by `kind`. */
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const named = {
  column: Type.String(),
  unit: Type.Enum(['ns', 'ppb', 'ppm', 's', 'bytes', 'count', 'percent', 'none']),
};

const SummaryFigures = Type.Object(
  {
    count: Count,
    missing: Count,
    min: Type.Number(),
    max: Type.Number(),
    max_abs: Type.Number(),
    mean: Type.Number(),
    rms: Type.Number(),
    stddev: Type.Number({ description: 'Population standard deviation (divided by n)' }),
  },
  closed,
);

const quantile = nullable(Type.Number({ description: 'Null: n too small, N(1-p) < 10' }));

const Quantiles = Type.Object({ p50: quantile, p90: quantile, p99: quantile, p999: quantile }, closed);

export const RateEstimate = Type.Object(
  {
    frequency_ppb: Type.Number({ description: 'Least-squares slope; positive = the subject runs fast' }),
    standard_error_ppb: nullable(Type.Number({ description: 'For white residuals; the true error is larger' })),
    residual_rms_ns: Type.Number(),
    residual_max_abs_ns: Type.Number(),
    count: Count,
    span_ns: Type.Number(),
  },
  closed,
);

const Shape = Type.Object(
  {
    skewness: Type.Number(),
    excess_kurtosis: Type.Number({ description: '0 for a normal distribution' }),
  },
  closed,
);

const HistogramFigures = Type.Object(
  {
    unit: Type.Number({ description: 'Width of the smallest bucket' }),
    count: Count,
    buckets: Type.Array(Type.Tuple([Type.Integer(), Count]), {
      description: 'Bucket and count: 128 of one unit, then 128 for each doubling; -1 - b is bucket b below 0',
    }),
  },
  closed,
);

export const ColumnFigures = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('distribution'),
      ...named,
      summary: nullable(SummaryFigures),
      quantiles: Quantiles,
      abs_quantiles: nullable(Quantiles),
      quantiles_are: Type.Enum(['exact', 'histogram']),
      rate: nullable(RateEstimate),
      shape: nullable(Shape),
      histogram: nullable(HistogramFigures),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('rate'), ...named, rate: nullable(RateEstimate) }, closed),
  Type.Object(
    {
      kind: Type.Literal('counter'),
      ...named,
      first: nullable(Type.Number()),
      last: nullable(Type.Number()),
      grown: Type.Number({ description: 'Sum of all growth; a fall counts as a new beginning' }),
      falls: Count,
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('sum'), ...named, sum: Type.Number() }, closed),
  Type.Object(
    { kind: Type.Literal('shares'), ...named, counts: Type.Record(Type.String(), Count), total: Count },
    closed,
  ),
  Type.Object({ kind: Type.Literal('last'), ...named, last: nullable(Type.Number()) }, closed),
]);
export type ColumnFigures = Static<typeof ColumnFigures>;
export type DistributionFigures = Extract<ColumnFigures, { kind: 'distribution' }>;
export type RateEstimate = Static<typeof RateEstimate>;

/** Judgement in the report: criteria, start-up transient, holdover, stability over tau. */
import { STREAM_NAMES } from '@ptp-tester/measurement';
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Instant = Type.String({ description: 'RFC 3339 in UTC with nine decimals' });
const StreamName = Type.Enum([...STREAM_NAMES]);

const Place = Type.Object({ from_at: Instant, to_at: Instant }, closed);
const Interval = Type.Object({ level: Type.Number(), low: Type.Number(), high: Type.Number() }, closed);

export const CriterionReport = Type.Object(
  {
    name: Type.String(),
    profile: nullable(Type.String({ description: "Null: on the measurement itself, or the user's own" })),
    label: Type.String({ description: 'What the criterion does not say, for example about traceability to UTC' }),
    measure: Type.String(),
    stream: StreamName,
    key: Type.String(),
    column: nullable(Type.String()),
    unit: Type.Enum(['ns', 's', 'count', 'share', 'ppb', 'none']),
    value: nullable(Type.Number()),
    limit: nullable(Type.Number({ description: 'Of a mask: at the tau where the curve is worst against it' })),
    comparison: Type.Enum(['at_least', 'at_most', 'below']),
    status: Type.Enum(['pass', 'fail', 'not_enough_data', 'not_applicable']),
    pass: Type.Boolean(),
    consequence: Type.Enum(['fail', 'warn', 'inform'], { description: 'What a breach means for the verdict' }),
    essential: Type.Boolean({ description: 'Undecided, it makes the verdict "not enough data"' }),
    samples: Count,
    place: nullable(Place),
    confidence: nullable(Interval),
    clear: nullable(Type.Boolean({ description: 'False: the limit lies within the interval' })),
    reason: Type.String(),
  },
  closed,
);
export type CriterionReport = Static<typeof CriterionReport>;

export const TransientReport = Type.Object(
  {
    state: Type.Enum(['locked', 'late', 'too_short', 'no_data']),
    rule: Type.String(),
    locked_at: nullable(Instant),
    seconds: nullable(Type.Number({ description: 'From the first PHC sample to the lock, or how long was waited' })),
    seconds_from_boot: nullable(Type.Number()),
    judged_from: nullable(Instant),
  },
  closed,
);

export const HoldoverReport = Type.Object(
  {
    from_at: Instant,
    to_at: Instant,
    seconds: Type.Number(),
    regained: Type.Boolean(),
    start_offset_ns: nullable(Type.Number()),
    end_offset_ns: nullable(Type.Number()),
    max_departure_ns: nullable(Type.Number()),
    rate_ppb: nullable(Type.Number()),
    rate_error_ppb: nullable(Type.Number()),
  },
  closed,
);

const point = { tau_s: Type.Number(), value: Type.Number(), terms: Count };
const MtiePoint = Type.Object({ ...point, place: Place }, closed);
const DeviationPoint = Type.Object(
  { ...point, confidence: nullable(Interval), noise_alpha: nullable(Type.Integer()) },
  closed,
);

export const StabilityReport = Type.Object(
  {
    stream: StreamName,
    key: Type.String(),
    column: Type.String(),
    of: Type.Enum(['as_measured', 'linear_part_removed']),
    tau0_s: Type.Number(),
    samples: Count,
    missing_ticks: Count,
    missing_share: Type.Number(),
    mtie_ns: Type.Array(MtiePoint),
    tdev_ns: Type.Array(DeviationPoint, { description: 'Only tau <= T / 12' }),
    oadev_ppb: Type.Array(DeviationPoint),
    limits: Type.Array(
      Type.Object(
        {
          curve: Type.Enum(['mtie', 'tdev']),
          name: Type.String({ description: 'Of the criterion, with its mask' }),
          points_ns: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { description: 'tau in s, limit in ns' }),
        },
        closed,
      ),
      { description: 'What the criteria in force allow' },
    ),
    problem: nullable(Type.String()),
  },
  closed,
);

export type TransientReport = Static<typeof TransientReport>;
export type HoldoverReport = Static<typeof HoldoverReport>;
export type StabilityReport = Static<typeof StabilityReport>;

/** The document of `ptp-tester compare --json`. Everything is snake_case; lengths end in their unit; ratios are second over first. */
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Ns = nullable(Type.Number({ description: 'ns; null: too few samples' }));
const Answer = Type.Enum(['better', 'worse', 'indistinguishable', 'not_decided']);

const DifferenceReport = Type.Object(
  {
    quantity: Type.Enum(['rms', 'p50', 'p90', 'p99', 'p99_9', 'max', 'tdev', 'mtie']),
    tau_s: nullable(Type.Number()),
    first_ns: Ns,
    second_ns: Ns,
    ratio: nullable(
      Type.Object(
        { value: Type.Number(), low: Type.Number(), high: Type.Number(), level: Type.Number(), freedom: Type.Number() },
        closed,
      ),
    ),
    answer: Answer,
  },
  closed,
);

const ThingReport = Type.Object(
  {
    name: Type.String(),
    answer: Answer,
    rests_on: nullable(
      Type.String({ description: 'The quantity that the answer is of; null when none has an interval' }),
    ),
    sentence: Type.String(),
    differences: Type.Array(DifferenceReport),
  },
  closed,
);

const Curve = Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { description: 'tau in s, value in ns' });

const SideInstance = Type.Object(
  {
    name: Type.String(),
    instance_type: Type.String(),
    quality: nullable(Type.String({ description: 'Of the whole run; null for a period' })),
    steps: Type.Integer({ minimum: 0 }),
    samples: Type.Integer({ minimum: 0 }),
    span_s: Type.Number(),
    missing_share: nullable(Type.Number()),
    intervals_ns: Type.Array(Type.Number()),
    rms_ns: Ns,
    p50_ns: Ns,
    p90_ns: Ns,
    p99_ns: Ns,
    p99_9_ns: Ns,
    max_ns: Ns,
    tdev_ns: Curve,
    mtie_ns: Curve,
  },
  closed,
);
export type SideInstance = Static<typeof SideInstance>;

export const ComparisonReport = Type.Object(
  {
    comparison_version: Type.Literal(1),
    tool: Type.Object({ name: Type.Literal('ptp-tester'), version: Type.String() }, closed),
    generated_at: Type.String(),
    simulated: Type.Boolean(),
    what_the_numbers_mean: Type.String(),
    sides: Type.Array(
      Type.Object({ label: Type.String(), simulated: Type.Boolean(), instances: Type.Array(SideInstance) }, closed),
    ),
    pairs: Type.Array(
      Type.Object(
        {
          first: Type.String(),
          second: Type.String(),
          answer: Type.Enum(['better', 'worse', 'mixed', 'indistinguishable', 'not_decided']),
          sentence: Type.String(),
          warnings: Type.Array(Type.String()),
          types: Type.Array(ThingReport),
          instances: Type.Array(ThingReport),
        },
        closed,
      ),
    ),
  },
  { ...closed, title: 'ptp-tester comparison' },
);
export type ComparisonReport = Static<typeof ComparisonReport>;
export type ThingReport = Static<typeof ThingReport>;
export type DifferenceReport = Static<typeof DifferenceReport>;

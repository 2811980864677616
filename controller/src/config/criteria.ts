/** Criteria as a user writes them: profiles, own limits, masks, and the rule that ends the start-up transient. A closed schema. */
import { STREAM_NAMES } from '@ptp-tester/measurement';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { CRITERIA_PROFILE_NAMES } from './criteria-profile-names.ts';

const closed = { additionalProperties: false } as const;
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9_.-]{0,63}$' });
const Stream = Type.Enum([...STREAM_NAMES]);
const Column = Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' });
const Seconds = Type.Number({ exclusiveMinimum: 0, maximum: 31_622_400 });

/** The column of a stream; with `key` only that series of a stream with keys, otherwise each of them is judged. */
const column = { stream: Stream, column: Column, key: Type.Optional(Type.String({ maxLength: 256 })) };

/** What is measured. Limits on columns are in the unit of the column; shares are from 0 to 1. */
export const Measure = Type.Union([
  Type.Object({ kind: Type.Literal('max_abs'), ...column }, closed),
  Type.Object(
    {
      kind: Type.Literal('abs_percentile'),
      ...column,
      p: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description: '0.99 for p99' }),
    },
    closed,
  ),
  Type.Object({ kind: Type.Enum(['mtie', 'tdev']), stream: Stream, column: Column, tau_s: Seconds }, closed),
  Type.Object({ kind: Type.Enum(['mtie_mask', 'tdev_mask']), stream: Stream, column: Column, mask: Name }, closed),
  Type.Object(
    {
      kind: Type.Enum(['constant_te', 'low_pass_max_abs', 'low_pass_mtie', 'low_pass_tdev', 'high_pass_peak_to_peak']),
      stream: Stream,
      column: Column,
    },
    { ...closed, description: 'Constant and dynamic time error of G.8273.2: 1000 s means, a 0.1 Hz filter' },
  ),
  Type.Object(
    {
      kind: Type.Literal('code_share'),
      ...column,
      code: Type.String({ description: 'The label of the code, for example yes' }),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('missing_share'), stream: Stream }, closed),
  Type.Object({ kind: Type.Literal('unaccounted_ticks'), stream: Stream }, closed),
  Type.Object({ kind: Type.Literal('soak_share'), stream: Stream }, closed),
  Type.Object({ kind: Type.Literal('read_error_share') }, closed),
  Type.Object({ kind: Type.Literal('time_to_lock') }, closed),
  Type.Object({ kind: Type.Literal('steps') }, closed),
  Type.Object({ kind: Type.Literal('witness_outside_share') }, closed),
]);
export type Measure = Static<typeof Measure>;

export const Criterion = Type.Object(
  {
    name: Name,
    measure: Measure,
    comparison: Type.Optional(Type.Enum(['at_most', 'at_least', 'below'], { description: 'at_most when absent' })),
    limit: Type.Optional(Type.Number({ description: 'Required but for masks, which are limits themselves' })),
    min_samples: Type.Optional(
      Type.Integer({ minimum: 1, description: 'With fewer it is not decided. By default a share needs 10 / limit' }),
    ),
    consequence: Type.Optional(
      Type.Enum(['fail', 'warn', 'inform'], { description: 'What a breach means; fail when absent' }),
    ),
    essential: Type.Optional(
      Type.Boolean({ description: 'Without data for it the whole verdict is "not enough data"; false when absent' }),
    ),
  },
  closed,
);
export type Criterion = Static<typeof Criterion>;

const MaskPoint = Type.Object(
  {
    up_to_s: Type.Number({ exclusiveMinimum: 0, description: 'The piece holds for tau up to here, inclusive' }),
    limit_ns: Type.Number({ minimum: 0, description: 'The constant part of the limit' }),
    per_s_ns: Type.Optional(Type.Number({ description: 'What each second of tau adds' })),
  },
  closed,
);

export const MaskDefinition = Type.Object(
  {
    name: Name,
    from_s: Type.Number({ exclusiveMinimum: 0, description: 'Below this tau there is no limit' }),
    pieces: Type.Array(MaskPoint, { minItems: 1, maxItems: 64, description: 'Ascending in up_to_s' }),
  },
  closed,
);
export type MaskDefinition = Static<typeof MaskDefinition>;

/** The start-up transient ends when the PHC is selected and |offset| stays below `offset_ns` for `for_s`, at the latest after `within_s`. */
const LockRule = Type.Object(
  {
    offset_ns: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: '1000 when absent' })),
    for_s: Type.Optional(Seconds),
    within_s: Type.Optional(Seconds),
  },
  closed,
);

export const CriteriaConfig = Type.Object(
  {
    profiles: Type.Optional(
      Type.Array(Type.Enum([...CRITERIA_PROFILE_NAMES]), { description: 'ec2-default when absent; [] for none' }),
    ),
    lock: Type.Optional(LockRule),
    limits: Type.Optional(
      Type.Array(Criterion, { maxItems: 100, description: 'Added to the profiles; the same name replaces a limit' }),
    ),
    without: Type.Optional(
      Type.Array(Name, { description: 'Names of limits that the profiles bring and you leave out' }),
    ),
    masks: Type.Optional(Type.Array(MaskDefinition, { maxItems: 32 })),
    mask_files: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 1024 }), {
        description: 'YAML or JSON files of one mask each',
      }),
    ),
  },
  closed,
);
export type CriteriaConfig = Static<typeof CriteriaConfig>;

export const compiledCriteria = Compile(CriteriaConfig);
export const compiledMask = Compile(MaskDefinition);

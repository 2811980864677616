/** Every request and reply of the operators' API. The dashboard takes its types from here. */
import { EVENT_KINDS, STREAM_NAMES } from '@ptp-tester/measurement';
import { InstanceFacts, PtpStatusSchema } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { ReportVerdict } from '../report/report-schema.ts';

export const closed = { additionalProperties: false } as const;
export const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
export const Count = Type.Integer({ minimum: 0 });
export const Instant = Type.String({ description: 'RFC 3339 in UTC with nine decimals' });
export const Nanoseconds = Type.String({
  pattern: '^-?[0-9]{1,19}$',
  description: 'ns since 1970 UTC as a decimal number',
});
export const StreamName = Type.Enum([...STREAM_NAMES]);
const Detail = Type.Record(Type.String(), Type.Unknown());

export const RunId = Type.String({ pattern: '^[0-9]{8}-[0-9]{6}-[a-z0-9]{4}$', description: 'YYYYMMDD-HHMMSS-xxxx' });
export const InstanceId = Type.String({ pattern: '^i-[0-9a-f]{8,17}$' });

/** The shape of every error. */
export const ErrorReply = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String(),
        message: Type.String(),
        field: Type.Optional(Type.String()),
        /** Every fault of a configuration at once. */
        problems: Type.Optional(Type.Array(Type.Object({ field: Type.String(), reason: Type.String() }, closed))),
      },
      closed,
    ),
  },
  closed,
);
export type ErrorReply = Static<typeof ErrorReply>;

export const RunParams = Type.Object({ run: RunId }, closed);
export const InstanceParams = Type.Object({ run: RunId, instance: InstanceId }, closed);

/** What the run's quality looks like now; only the report after its end is the verdict. */
export const VerdictSoFar = Type.Object(
  {
    quality: Type.Enum(['pass', 'fail', 'not_enough_data'], { description: 'The worst of the instances' }),
    pass: Count,
    fail: Count,
    not_enough_data: Count,
    /** Criteria that fail now, those of most instances first; the first ten. */
    failing: Type.Array(Type.Object({ criterion: Type.String(), instances: Count }, closed)),
    pass_rests_on: nullable(
      Type.Object(
        { decided: Count, total: Count },
        {
          ...closed,
          description: 'Criteria of the passing instance of which the fewest are decided; null: none passes',
        },
      ),
    ),
    interim: Type.Boolean({ description: 'Judged in passing, percentiles within 0.4 %; false: that of the report' }),
    left_to_report: Type.Array(Type.String(), { description: 'Criteria that only the report decides' }),
    judged_at: Instant,
  },
  closed,
);
export type VerdictSoFar = Static<typeof VerdictSoFar>;

export const RunSummary = Type.Object(
  {
    id: RunId,
    state: Type.Enum(['created', 'launching', 'soaking', 'finishing', 'keeping', 'terminating', 'ended']),
    outcome: nullable(Type.Enum(['completed', 'quality_failed', 'could_not_complete', 'left_behind'])),
    stop_reason: nullable(Type.String()),
    created_at: Instant,
    soak_started_at: nullable(Instant),
    soak_ends_at: nullable(Instant),
    ended_at: nullable(Instant),
    region: Type.String(),
    placement_group: nullable(Type.String()),
    planned_soak_seconds: Type.Number({ description: 'As asked for at the start' }),
    extended_by_seconds: Type.Number({ description: 'Beyond that, all extensions together' }),
    instance_types: Type.Array(Type.Object({ type: Type.String(), quantity: Count }, closed)),
    instances_total: Count,
    agents_connected: Count,
    /** The PHC of this run is the simulated one. */
    simulated: Type.Boolean(),
    instances_by_state: Type.Record(Type.String(), Count, { description: 'How many instances are in each state' }),
    instances_failed: Count,
    instance_hours: Type.Number({ description: 'What the instances have taken so far' }),
    /** Of a run that has ended: the verdict of its final report. */
    verdict_so_far: nullable(VerdictSoFar),
    /** Null: they are there, as far as there ever were any. */
    samples_removed: nullable(
      Type.Object({ at: Instant, bytes: Count, reason: Type.Enum(['age', 'size', 'operator']) }, closed),
    ),
    /** Why nothing is done with AWS now, although the run goes on. */
    pause: nullable(Type.Object({ since: Instant, reason: Type.String(), remedy: Type.String() }, closed)),
    /** By when somebody must say what is kept; nothing is kept otherwise. Null: nobody is asked now. */
    keep_decision_by: nullable(Instant),
  },
  closed,
);
export type RunSummary = Static<typeof RunSummary>;
export const RunList = Type.Object({ runs: Type.Array(RunSummary) }, closed);

export const InstanceStateName = Type.Enum([
  'planned',
  'launching',
  'running',
  'enrolled',
  'measuring',
  'finished',
  'keeping',
  'kept',
  'terminating',
  'terminated',
]);

const Failure = Type.Object({ kind: Type.String(), message: Type.String() }, closed);

/** Of an instance, in every answer that lists them. */
export const InstanceName = Type.String({
  description: 'Type and number within the type, `c7i.large-2`: as in its Name tag',
});

export const InstanceSummary = Type.Object(
  {
    index: Type.Integer({ minimum: 1, description: '1..n within the run: the number for keep' }),
    name: InstanceName,
    instance_type: Type.String(),
    instance_index: Type.Integer({ minimum: 1, description: '1..n within its type' }),
    instance_id: nullable(Type.String()),
    state: InstanceStateName,
    reached_at: Type.Record(Type.String(), Instant),
    failure: nullable(Failure),
    /** What shows that the failure was so. */
    evidence: Type.Array(Type.String()),
    keep: nullable(Type.Object({ step: Type.String(), since: Instant, failure: nullable(Failure) }, closed)),
    image_id: nullable(Type.String()),
    phc_prior: nullable(
      Type.String({ description: 'What DescribeInstanceTypes says of the PHC: a prior, not a verdict' }),
    ),
    scope_warning: nullable(Type.String()),
    facts: nullable(InstanceFacts),
    agent_version: nullable(Type.String()),
    ptp_status: nullable(PtpStatusSchema),
    /** Capability and setup as last reported; quality is judged in the report. */
    verdict: nullable(ReportVerdict),
    connected: Type.Boolean(),
    last_contact_at: nullable(Instant),
    phase: nullable(Type.String()),
    samples_stored: Type.Integer({ minimum: 0, description: 'Since the controller started' }),
  },
  closed,
);
export type InstanceSummary = Static<typeof InstanceSummary>;
export const InstanceList = Type.Object({ run: RunId, instances: Type.Array(InstanceSummary) }, closed);

const series = {
  stream: StreamName,
  key: Type.Optional(Type.String({ maxLength: 256, description: 'Which series of a stream with keys' })),
  from: Type.Optional({ ...Nanoseconds, description: 'Inclusive, system clock of the instance, ns' }),
  to: Type.Optional({ ...Nanoseconds, description: 'Exclusive, ns' }),
};

export const SeriesList = Type.Object(
  {
    instance_id: Type.String(),
    series: Type.Array(
      Type.Object(
        {
          stream: StreamName,
          key: Type.String(),
          samples: Count,
          first_at: Nanoseconds,
          last_at: Nanoseconds,
          interval_ns: Type.Number(),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type SeriesList = Static<typeof SeriesList>;

export const SamplesQuery = Type.Object(
  {
    ...series,
    column: Type.String({ minLength: 1, maxLength: 64 }),
    points: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 1000 })),
  },
  closed,
);

export const EnvelopeReply = Type.Object(
  {
    instance_id: Type.String(),
    stream: StreamName,
    key: Type.String(),
    column: Type.String(),
    unit: Type.String(),
    meaning: Type.String(),
    bucket_ns: Type.Number(),
    /** Values count from here: not 0 for 64-bit columns, whose absolute values a double cannot hold. */
    origin_value: Nanoseconds,
    at: Type.Array(Nanoseconds, { description: 'Start of each bucket that holds samples' }),
    min: Type.Array(Type.Number()),
    max: Type.Array(Type.Number()),
    mean: Type.Array(Type.Number()),
    count: Type.Array(Type.Number()),
    decoded_batches: Count,
  },
  closed,
);
export type EnvelopeReply = Static<typeof EnvelopeReply>;

export const RawQuery = Type.Object(
  {
    ...series,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50_000, default: 5000, description: 'Rows' })),
    cursor: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{16}\\.[0-9]{1,15}\\.[0-9]{1,5}$',
        description: 'next_cursor of the page before',
      }),
    ),
  },
  closed,
);

export const RawReply = Type.Object(
  {
    instance_id: Type.String(),
    stream: StreamName,
    key: Type.String(),
    columns: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          unit: Type.String(),
          kind: Type.Enum(['i64', 'u64', 'int', 'float', 'code']),
          labels: Type.Optional(Type.Array(Type.String())),
        },
        closed,
      ),
    ),
    rows: Count,
    /** One array for each column: 64-bit values as decimal text, missing values as null, codes as numbers. */
    values: Type.Array(Type.Array(Type.Union([Type.Number(), Type.String(), Type.Null()]))),
    /** Which record the rows come from, in their order. */
    records: Type.Array(
      Type.Object({ epoch: Type.String(), sequence: Count, rows: Count, interval_ns: Type.Number() }, closed),
    ),
    next_cursor: nullable(Type.String()),
  },
  closed,
);
export type RawReply = Static<typeof RawReply>;

export const EventsQuery = Type.Object(
  {
    instance: Type.Optional(InstanceId),
    severity: Type.Optional(Type.Enum(['info', 'warning', 'error'], { description: 'At least this' })),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 10_000, default: 1000, description: 'The newest so many' }),
    ),
  },
  closed,
);

export const EventItem = Type.Object(
  {
    instance_id: nullable(Type.String()),
    event: Type.Enum([...EVENT_KINDS]),
    owner: Type.Enum(['agent', 'controller']),
    severity: Type.Enum(['info', 'warning', 'error']),
    at: Instant,
    clock: Type.Enum(['instance', 'controller']),
    explanation: Type.String(),
    detail: Detail,
  },
  closed,
);
export type EventItem = Static<typeof EventItem>;

export const EventsReply = Type.Object(
  {
    run: RunId,
    total: Count,
    /** Oldest first. */
    events: Type.Array(EventItem),
  },
  closed,
);
export type EventsReply = Static<typeof EventsReply>;

export const ReportFormat = Type.Enum(['json', 'html', 'markdown', 'csv', 'junit'], { default: 'json' });
export const ReportQuery = Type.Object({ format: Type.Optional(ReportFormat) }, closed);

export const StopBody = Type.Object(
  { reason: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: 'Shown in the report' })) },
  closed,
);
export const StopReply = Type.Object({ run: RunId, stopping: Type.Boolean(), reason: Type.String() }, closed);

export const KeepBody = Type.Object(
  {
    selection: Type.String({
      minLength: 1,
      maxLength: 20_000,
      description: 'all, none, or numbers and names of the run as in 1,3,5-7,c7i.large-2',
    }),
  },
  closed,
);
export const KeepReply = Type.Object({ run: RunId, indexes: Type.Array(Type.Integer()) }, closed);

export const HealthReply = Type.Object(
  {
    status: Type.Enum(['ok', 'failing']),
    version: Type.String(),
    store: Type.Object({ status: Type.Enum(['ok', 'failing', 'unknown']), reason: nullable(Type.String()) }, closed),
    disk: nullable(Type.Object({ free_bytes: Count, total_bytes: Count }, closed)),
  },
  closed,
);

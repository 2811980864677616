/** The report document: the structure and names of the seed's JSON report, extended. Everything is snake_case; lengths end in their unit. */
import { EVENT_KINDS, STREAM_NAMES } from '@ptp-tester/measurement';
import { PtpStatusSchema } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { ColumnFigures } from './figures-schema.ts';
import { CriterionReport, HoldoverReport, StabilityReport, TransientReport } from './judgement-schema.ts';

const closed = { additionalProperties: false } as const;
const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Count = Type.Integer({ minimum: 0 });
const Instant = Type.String({ description: 'RFC 3339 in UTC with nine decimals' });
const Detail = Type.Record(Type.String(), Type.Unknown());
const StreamName = Type.Enum([...STREAM_NAMES]);

const bounded = <T extends Type.TSchema>(items: T) =>
  Type.Object(
    {
      total: Type.Integer({ minimum: 0, description: 'How many there are; more than items when the rest is left out' }),
      items: Type.Array(items),
    },
    closed,
  );

const axis = <T extends Type.TSchema>(value: T) => Type.Object({ value, reason: Type.String() }, closed);
const QualityAxis = axis(Type.Enum(['pass', 'fail', 'not_enough_data']));

export const ReportVerdict = Type.Object(
  {
    capability: axis(Type.Enum(['supported', 'unsupported', 'not_tested'])),
    setup: axis(Type.Enum(['locked', 'failed', 'rolled_back', 'not_attempted'])),
    quality: QualityAxis,
  },
  closed,
);

const QualityCounts = Type.Object({ pass: Count, fail: Count, not_enough_data: Count }, closed);

const TypeSummary = Type.Object(
  {
    total: Count,
    supported: Count,
    unsupported: Count,
    setup_failed: Count,
    not_tested: Count,
    quality: QualityCounts,
    worst_quality: QualityAxis,
    /** What the instances say of the type together, and on how many of them it rests. */
    capability: axis(Type.Enum(['supported', 'unsupported', 'not_tested'])),
    sentence: Type.String(),
  },
  closed,
);

const TestSummary = Type.Object(
  {
    total_instances: Count,
    ptp_supported: Count,
    ptp_unsupported: Count,
    ptp_setup_failed: Count,
    ptp_not_tested: Count,
    test_duration_seconds: Type.Number({ description: 'From the start of the run to its end, or to this report' }),
    placement_group: nullable(Type.String({ description: 'The one asked for, else the only one with instances' })),
    instance_type_summary: Type.Record(Type.String(), TypeSummary),
  },
  closed,
);

const Accounting = Type.Object(
  {
    expected_ticks: Count,
    stored_samples: Count,
    missed_ticks: Type.Integer({ description: 'The agent says that it missed them' }),
    lost_samples: Type.Integer({ minimum: 0, description: 'Dropped from the spool, as gap records say' }),
    missed_in_losses_ticks: Count,
    nacked_ticks: Type.Integer({ minimum: 0, description: 'In records that the controller refused' }),
    restart_ticks: Type.Integer({ minimum: 0, description: 'Between two lives of the agent' }),
    ended_early_ticks: Type.Integer({
      minimum: 0,
      description: 'After the last sample, while the instance measured on',
    }),
    key_absent_ticks: Type.Integer({ minimum: 0, description: 'Streams with keys: this key had nothing to report' }),
    unaccounted_ticks: Type.Integer({
      description: 'expected - stored - all named above; 0 when the books are complete',
    }),
    share_stored: nullable(Type.Number()),
  },
  closed,
);

export const StreamReport = Type.Object(
  {
    stream: StreamName,
    key: Type.String(),
    records: Count,
    first_at: nullable(Instant),
    last_at: nullable(Instant),
    intervals_ns: Type.Array(Type.Number()),
    accounting: Accounting,
    figures: Type.Array(ColumnFigures),
    problems: Type.Array(Type.String()),
  },
  closed,
);

const GapReport = Type.Object(
  {
    stream: StreamName,
    key: Type.String(),
    from_at: Instant,
    to_at: Instant,
    length_ns: Type.Number(),
    missing_ticks: Count,
    cause: Type.Enum([
      'missed',
      'lost',
      'nacked',
      'agent_restart',
      'reboot',
      'ended_early',
      'key_absent',
      'unexplained',
    ]),
  },
  closed,
);

const LossReport = Type.Object(
  {
    stream: StreamName,
    key: Type.String(),
    samples: Count,
    from_at: Instant,
    to_at: Instant,
    reason: Type.Enum(['spool_full', 'spool_unreadable', 'not_spooled']),
  },
  closed,
);

export const EventReport = Type.Object(
  {
    event: Type.Enum([...EVENT_KINDS]),
    owner: Type.Enum(['agent', 'controller']),
    severity: Type.Enum(['info', 'warning', 'error']),
    at: Instant,
    clock: Type.Enum(['instance', 'controller'], { description: 'Whose system clock `at` is' }),
    explanation: Type.String(),
    detail: Detail,
  },
  closed,
);

const DeliveryReport = Type.Object(
  {
    records_stored: Count,
    nacked_records: Count,
    epochs: Type.Array(
      Type.Object(
        {
          epoch: Type.String(),
          boot_id: nullable(Type.String()),
          through: Count,
          nacked: Count,
          first_received_at: Instant,
        },
        closed,
      ),
    ),
  },
  closed,
);

/** What the seed calls `ptp_status`, with its `synchronized` beside chrony's own word. */
const ReportPtpStatus = Type.Object(
  { ...PtpStatusSchema.properties, synchronized: Type.Boolean({ description: 'The same as chrony_synchronized' }) },
  closed,
);

const Failure = Type.Object({ kind: Type.String(), message: Type.String() }, closed);

/** What the EC2 API says of the type, beside what the machine showed. */
const PhcPrior = Type.Object(
  {
    api: nullable(Type.String({ description: 'DescribeInstanceTypes.PhcSupport; null when it does not say' })),
    agrees: nullable(Type.Boolean({ description: 'With the verdict; null when either does not say' })),
    explanation: nullable(Type.String()),
  },
  closed,
);

export const InstanceReport = Type.Object(
  {
    instance_id: nullable(Type.String()),
    name: Type.String({ description: 'Type and number within the type, `c7i.large-2`: as in its Name tag' }),
    instance_type: Type.String(),
    instance_index: Type.Integer({ minimum: 1, description: '1..n within its type' }),
    run_index: Type.Integer({ minimum: 1, description: '1..n within the run: the number for --keep' }),
    availability_zone: nullable(Type.String()),
    subnet_id: Type.String(),
    placement_group: nullable(Type.String()),
    image_id: nullable(Type.String()),
    phc_prior: PhcPrior,
    scope_warning: nullable(
      Type.String({ description: 'Why "unsupported" would prove little here; null when it would be in scope' }),
    ),
    keep: nullable(
      Type.Object(
        { step: Type.String(), since: Instant, failure: nullable(Failure) },
        { ...closed, description: 'How far keeping it got' },
      ),
    ),
    /** Null when the agent never reported: nothing is known then, which is not "no". */
    ptp_status: nullable(ReportPtpStatus),
    kept_running: Type.Boolean({ description: 'The run has ended and the instance has not' }),
    timestamp: Instant,
    state: Type.String(),
    failure: nullable(Failure),
    /** What shows that a failure was so: state reasons, status checks, what SSM collected. */
    evidence: Type.Array(Type.String()),
    agent_version: nullable(Type.String()),
    simulated: Type.Boolean(),
    outcome: Type.Enum(['supported', 'unsupported', 'setup_failed', 'not_tested']),
    verdict: ReportVerdict,
    quality_criteria: Type.Array(CriterionReport),
    criteria_decided: Type.Integer({ minimum: 0, description: 'How many of quality_criteria passed or failed' }),
    start_transient: TransientReport,
    holdovers: bounded(HoldoverReport),
    outliers: Type.Integer({
      minimum: 0,
      description: 'PHC offsets far from their neighbours; flagged, never deleted',
    }),
    stability: Type.Array(StabilityReport),
    streams: Type.Array(StreamReport),
    gaps: bounded(GapReport),
    losses: bounded(LossReport),
    events: bounded(EventReport),
    environment: nullable(Detail),
    delivery: DeliveryReport,
  },
  closed,
);
export type InstanceReport = Static<typeof InstanceReport>;

const AwsCallReport = Type.Object(
  {
    action: Type.String(),
    calls: Count,
    failed: Count,
    attempts: Count,
    longest_ms: Type.Number(),
    errors: Type.Record(Type.String(), Count),
  },
  closed,
);

const RunReport = Type.Object(
  {
    id: Type.String(),
    state: Type.String(),
    outcome: nullable(Type.String()),
    stop_reason: nullable(Type.String()),
    region: Type.String(),
    created_at: Instant,
    soak_started_at: nullable(Instant),
    soak_ends_at: nullable(Instant),
    ended_at: nullable(Instant),
    planned_soak_seconds: Type.Number({ description: 'As asked for at the start' }),
    extended_by_seconds: Type.Number({ description: 'Beyond that, all extensions together' }),
    pause: nullable(
      Type.Object(
        { since: Instant, reason: Type.String(), remedy: Type.String() },
        { ...closed, description: 'Why nothing is done with AWS now, although the run goes on' },
      ),
    ),
    warnings: Type.Array(Type.String(), { description: 'What was doubtful before anything was launched' }),
  },
  closed,
);

export const Report = Type.Object(
  {
    report_version: Type.Literal(1),
    tool: Type.Object({ name: Type.Literal('ptp-tester'), version: Type.String() }, closed),
    generated_at: Instant,
    /** True when any instance measured a simulated PHC: then nothing in this report is about hardware. */
    simulated: Type.Boolean(),
    what_the_numbers_mean: Type.String(),
    run: RunReport,
    verdict: Type.Object({ sentence: Type.String(), quality: QualityAxis, quality_counts: QualityCounts }, closed),
    test_summary: TestSummary,
    results: Type.Array(InstanceReport),
    /** Events that concern no single instance. */
    events: bounded(EventReport),
    aws_calls: Type.Array(AwsCallReport),
  },
  { ...closed, title: 'ptp-tester report' },
);
export type Report = Static<typeof Report>;
export type StreamReport = Static<typeof StreamReport>;
export type EventReport = Static<typeof EventReport>;

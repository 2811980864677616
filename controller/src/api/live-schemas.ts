/** The live socket, sessions and actions of the operators' API. The dashboard and the terminal take their types from here. */
import Type, { type Static } from 'typebox';
import {
  Count,
  closed,
  EventItem,
  InstanceId,
  InstanceName,
  InstanceStateName,
  Instant,
  Nanoseconds,
  nullable,
  RunId,
  RunSummary,
  StreamName,
} from './schemas.ts';

const ns = (description: string) => nullable(Type.Number({ description: `${description}, ns` }));

/**
 * One row of the fleet table. Null: not known (yet). Counts are since the run began, as far as it is stored; windows are the
 * last ten minutes of samples by the instance's own clock. Offsets are system clock - PHC, positive = system clock ahead.
 */
export const InstanceFigures = Type.Object(
  {
    index: Type.Integer({ minimum: 1, description: '1..n within the run' }),
    name: InstanceName,
    instance_type: Type.String(),
    instance_index: Type.Integer({ minimum: 1, description: '1..n within its type' }),
    instance_id: nullable(Type.String()),
    availability_zone_id: nullable(Type.String()),
    state: InstanceStateName,
    connected: Type.Boolean(),
    last_contact_at: nullable(Instant),
    agent_version: nullable(Type.String()),
    /** Its PHC is the simulated one. */
    simulated: Type.Boolean(),
    capability: nullable(Type.Enum(['supported', 'unsupported', 'not_tested'])),
    setup: nullable(Type.Enum(['locked', 'failed', 'rolled_back', 'not_attempted'])),
    /** Of the newest interim judgement; null: not judged yet. */
    quality: nullable(Type.Enum(['pass', 'fail', 'not_enough_data'])),
    failing_criteria: Type.Array(Type.String(), { description: 'Names of the criteria that fail it' }),
    failure: nullable(Type.Object({ kind: Type.String(), message: Type.String() }, closed)),
    offset_last_ns: ns('The newest offset'),
    offset_samples: Type.Integer({
      minimum: 0,
      description: 'That the 99th percentile is of: those of the window, or the last 1,000 within an hour',
    }),
    offset_p50_ns: ns('Median of the window, to 0.8 %'),
    offset_p99_abs_ns: ns(
      '99th percentile of |offset| in the window, to 0.8 %; null below 1,000 samples, as in the report',
    ),
    offset_max_abs_ns: ns('Largest |offset| in the window'),
    clock_error_bound_ns: ns('|system time| + root dispersion + root delay / 2 + PHC error bound, newest'),
    phc_selected: nullable(Type.Boolean({ description: 'chronyd follows the PHC' })),
    gaps: Type.Integer({ minimum: 0, description: 'Gap records: data that the agent had to drop' }),
    missed_ticks: Type.Integer({ minimum: 0, description: 'Ticks that the agent says it missed, all streams' }),
    read_errors: Type.Integer({ minimum: 0, description: 'PHC readings that failed' }),
    reads_refused: Type.Integer({ minimum: 0, description: 'How often the device began to refuse reads (EBUSY)' }),
    events_warning: Count,
    events_error: Count,
    samples_per_second: Type.Number({ minimum: 0, description: 'All streams, last 10 to 20 s; 0 when nothing comes' }),
    agent_cpu_ratio: nullable(Type.Number({ description: 'Of one core, between the two newest samples; 0.01 = 1 %' })),
    agent_rss_bytes: nullable(Type.Number()),
    spool_bytes: nullable(Type.Number()),
  },
  closed,
);
export type InstanceFigures = Static<typeof InstanceFigures>;

/** What a row has become since the message before: `index` says which, the rest is what changed. */
export const ChangedFigures = Type.Intersect([
  Type.Object({ index: Type.Integer({ minimum: 1 }) }),
  Type.Partial(Type.Omit(InstanceFigures, ['index'])),
]);
export type ChangedFigures = Static<typeof ChangedFigures>;

/** All rows, by index. */
export const OverviewReply = Type.Object({ run: RunId, at: Instant, instances: Type.Array(InstanceFigures) }, closed);
export type OverviewReply = Static<typeof OverviewReply>;

// --- the socket: WS /api/v1/live ---

/**
 * Says what to watch from now on; it replaces what was watched. `run`: its overview, deltas and events; `instance` (an id of that run):
 * also its single PHC samples. Anything else closes the socket with 1008.
 */
export const WatchMessage = Type.Object(
  { type: Type.Literal('watch'), run: nullable(RunId), instance: nullable(InstanceId) },
  closed,
);
export type WatchMessage = Static<typeof WatchMessage>;

/** First of all. */
const HelloMessage = Type.Object({ type: Type.Literal('hello'), version: Type.String(), now: Instant }, closed);

/** All runs, newest first: after hello, and again (at most once a second) when one has changed. */
const RunsMessage = Type.Object({ type: Type.Literal('runs'), runs: Type.Array(RunSummary) }, closed);

/** Everything of the watched run: after `watch`, and instead of a delta to a reader that was too slow. Replaces all rows. */
const OverviewMessage = Type.Object(
  { type: Type.Literal('overview'), run: RunId, at: Instant, instances: Type.Array(InstanceFigures) },
  closed,
);

/** At most once a second. Rows that are not named are as before. Without rows: only `at` has moved, as a sign of life, every 10 s. */
const DeltaMessage = Type.Object(
  { type: Type.Literal('delta'), run: RunId, at: Instant, instances: Type.Array(ChangedFigures) },
  closed,
);

/** The newest events of the watched run after `watch` (at most 200), then new ones as they are stored; oldest first. */
const EventsMessage = Type.Object({ type: Type.Literal('events'), run: RunId, events: Type.Array(EventItem) }, closed);

/** Single samples of the watched instance as they are stored; parallel arrays, oldest first. */
export const SamplesMessage = Type.Object(
  {
    type: Type.Literal('samples'),
    run: RunId,
    instance: InstanceId,
    stream: StreamName,
    at: Type.Array(Nanoseconds),
    offset_ns: Type.Array(Type.Number()),
    read_delay_ns: Type.Array(Type.Number()),
    error_bound_ns: Type.Array(nullable(Type.Number())),
  },
  closed,
);

/** What was asked for is not there, for example an unknown run; the socket stays open. */
const LiveErrorMessage = Type.Object(
  { type: Type.Literal('error'), code: Type.String(), message: Type.String() },
  closed,
);

export const LiveMessage = Type.Union([
  HelloMessage,
  RunsMessage,
  OverviewMessage,
  DeltaMessage,
  EventsMessage,
  SamplesMessage,
  LiveErrorMessage,
]);
export type LiveMessage = Static<typeof LiveMessage>;

// --- sessions ---

/** 204 and a cookie; 401 for a wrong token, 429 for too many of them. */
export const SessionBody = Type.Object({ token: Type.String({ minLength: 1, maxLength: 256 }) }, closed);

/** 200 with this, or 401. */
export const SessionReply = Type.Object({ expires_at: nullable(Instant) }, closed);

// --- the heat strip ---

export const HeatQuery = Type.Object(
  {
    stream: Type.Optional(StreamName),
    column: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Default: offset_ns' })),
    buckets: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 120 })),
  },
  closed,
);

/** Equally long buckets over all that the run has stored, the same for every instance. */
export const HeatReply = Type.Object(
  {
    run: RunId,
    stream: StreamName,
    column: Type.String(),
    unit: Type.String(),
    from: Nanoseconds,
    bucket_ns: Type.Number(),
    buckets: Count,
    instances: Type.Array(
      Type.Object(
        {
          index: Type.Integer({ minimum: 1 }),
          instance_id: Type.String(),
          max_abs: Type.Array(nullable(Type.Number()), {
            description: 'Largest |value| of each bucket; null: nothing',
          }),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type HeatReply = Static<typeof HeatReply>;

// --- actions ---

export const ExtendBody = Type.Object(
  { duration: Type.String({ minLength: 2, maxLength: 32, description: 'How much longer: 90m, 2d' }) },
  closed,
);
/** 409 with the arithmetic when it would pass a bound of the run. */
export const ExtendReply = Type.Object(
  {
    run: RunId,
    soak_ends_at: Instant,
    planned_soak_seconds: Type.Number({ description: 'As asked for at the start' }),
    extended_by_seconds: Type.Number({ description: 'Beyond that, all extensions together' }),
  },
  closed,
);
export type ExtendReply = Static<typeof ExtendReply>;

export const TerminateReply = Type.Object({ run: RunId, instance: InstanceId, terminating: Type.Boolean() }, closed);

/** A configuration as `run --config` takes it. */
export const StartRunBody = Type.Object(
  {
    format: Type.Optional(Type.Enum(['yaml', 'json'], { default: 'yaml' })),
    configuration: Type.String({ minLength: 1, maxLength: 262_144 }),
    request_id: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9-]{8,64}$',
        description: 'Made by the caller: the same again answers the same run, so a lost answer launches nothing twice',
      }),
    ),
  },
  closed,
);
/** 201; 400 with `problems` for a configuration that cannot be used. */
export const CheckRunBody = Type.Pick(StartRunBody, ['format', 'configuration'], closed);

/** What would be started. */
export const CheckedRun = Type.Object(
  {
    region: Type.String(),
    instance_types: Type.Array(Type.Object({ type: Type.String(), quantity: Count }, closed)),
    soak_seconds: Type.Number(),
    keep: Type.String({ description: 'all, none, ask, or numbers of the run as in 1,3' }),
    instance_hours: Type.Object(
      { soak: Type.Number(), at_most: Type.Number({ description: 'When every wait takes as long as it may' }) },
      closed,
    ),
    warnings: Type.Array(Type.String()),
  },
  closed,
);
export type CheckedRun = Static<typeof CheckedRun>;

export const StartRunReply = Type.Object({ run: RunId }, closed);

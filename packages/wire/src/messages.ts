/** The control messages between agent and controller: WebSocket text frames, one JSON object each, told apart by `type`. */
import Type, { type Static } from 'typebox';
import { Plan } from './plan.ts';

const closed = { additionalProperties: false } as const;
const shortText = Type.String({ maxLength: 256 });
const longText = Type.String({ maxLength: 4096 });
const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const EpochIdText = Type.String({ pattern: '^[0-9a-f]{16}$' });
/** `YYYYMMDD-HHMMSS-xxxx` */
export const RunId = Type.String({ pattern: '^[0-9]{8}-[0-9]{6}-[a-z0-9]{4}$' });
export const InstanceId = Type.String({ pattern: '^i-[0-9a-f]{8,17}$' });
const Sequence = Type.Integer({ minimum: 0, maximum: 2 ** 48 });
const Secret = Type.String({ pattern: '^[0-9a-f]{64}$' });
const ProtocolRange = Type.Object({ min: Type.Integer({ minimum: 1 }), max: Type.Integer({ minimum: 1 }) }, closed);

/** What the instance metadata service says about the machine. */
export const InstanceFacts = Type.Object(
  {
    instance_id: InstanceId,
    instance_type: shortText,
    availability_zone: shortText,
    region: shortText,
    architecture: shortText,
    image_id: nullable(shortText),
    private_ip: nullable(shortText),
  },
  closed,
);
export type InstanceFacts = Static<typeof InstanceFacts>;

/** The instance identity document as the metadata service gives it, and AWS's signature of it (`instance-identity/signature`). */
export const IdentityProof = Type.Object({ document: longText, signature: Type.String({ maxLength: 1024 }) }, closed);
export type IdentityProof = Static<typeof IdentityProof>;

/** First contact: the token from the user data, and the secret that the agent made and persisted itself. Idempotent for the same pair. */
export const Enrol = Type.Object(
  {
    type: Type.Literal('enrol'),
    protocol: ProtocolRange,
    agent_version: shortText,
    run: RunId,
    index: Type.Integer({ minimum: 1, maximum: 100_000 }),
    attempt: Type.Integer({ minimum: 1, maximum: 1000 }),
    token: Type.String({ maxLength: 128 }),
    secret: Secret,
    facts: InstanceFacts,
    /** Absent where the metadata service has none. */
    identity: Type.Optional(IdentityProof),
  },
  closed,
);

/** Every later contact, with what the spool holds: unacknowledged records `first`..`next - 1` of each epoch, oldest epoch first. */
export const Hello = Type.Object(
  {
    type: Type.Literal('hello'),
    protocol: ProtocolRange,
    agent_version: shortText,
    run: RunId,
    instance_id: InstanceId,
    secret: Secret,
    /** The plan generation the agent works by; 0 before the first. */
    generation: Type.Integer({ minimum: 0 }),
    epochs: Type.Array(Type.Object({ epoch: EpochIdText, first: Sequence, next: Sequence }, closed), {
      maxItems: 1000,
    }),
  },
  closed,
);

export const PtpStatusSchema = Type.Object(
  {
    supported: Type.Boolean(),
    ena_driver_version: nullable(shortText),
    ena_driver_compatible: Type.Boolean(),
    hardware_clock_present: Type.Boolean(),
    ptp_ena_symlink_present: Type.Boolean(),
    chrony_using_phc: Type.Boolean(),
    chrony_synchronized: Type.Boolean(),
    clock_device: nullable(shortText),
    clock_name: nullable(shortText),
    time_offset_ns: nullable(
      Type.Number({
        description:
          'System clock - PHC of one reading when the agent looked at the machine. As stored it is of the last look that showed something new, which may be long ago: the offsets of now are in the samples',
      }),
    ),
    error_message: nullable(longText),
    simulated: Type.Boolean(),
    diagnostic_output: Type.Record(Type.String({ maxLength: 128 }), longText, { maxProperties: 20 }),
  },
  closed,
);

const axis = <T extends Type.TSchema>(value: T) => Type.Object({ value, reason: longText }, closed);

/** What the agent does now, and what it found. Sent after hello, on each change, and every minute. */
export const Status = Type.Object(
  {
    type: Type.Literal('status'),
    generation: Type.Integer({ minimum: 0 }),
    /** `finished`: the plan's `finish` is done and every record is acknowledged. */
    phase: Type.Enum(['starting', 'measuring', 'finishing', 'finished']),
    epoch: EpochIdText,
    capability: axis(Type.Enum(['supported', 'unsupported', 'not_tested'])),
    setup: axis(Type.Enum(['locked', 'failed', 'rolled_back', 'not_attempted'])),
    ptp_status: PtpStatusSchema,
    spool_records: Type.Integer({ minimum: 0 }),
    /** Answer to the lease's `disarmed`: both switches are known to be off. */
    disarmed: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** The agent leaves on purpose. */
export const Goodbye = Type.Object({ type: Type.Literal('goodbye'), reason: shortText }, closed);

/** Answer to enrol and to hello: who you are, which protocol holds, and what is stored of each epoch named in hello (0 = nothing). */
export const Enrolled = Type.Object(
  {
    type: Type.Literal('enrolled'),
    protocol: Type.Integer({ minimum: 1 }),
    run: RunId,
    instance_id: InstanceId,
    stored: Type.Array(Type.Object({ epoch: EpochIdText, through: Sequence }, closed), { maxItems: 1000 }),
  },
  closed,
);

export const PlanMessage = Type.Object({ type: Type.Literal('plan'), plan: Plan }, closed);

/** How long the instance may live on: power off `orphan_s` after the last contact, and `ends_in_s` from now whatever happens. */
export const Lease = Type.Object(
  {
    type: Type.Literal('lease'),
    orphan_s: Type.Integer({ minimum: 10, maximum: 31_536_000 }),
    ends_in_s: Type.Integer({ minimum: 10, maximum: 31_536_000 }),
    /** The instance is to be kept: neither the agent nor the dead-man's switch may end it. Absent: they may, again. */
    disarmed: Type.Optional(Type.Boolean()),
  },
  closed,
);

/** Everything of this epoch up to and including `through` is on the controller's disk. */
export const Ack = Type.Object({ type: Type.Literal('ack'), epoch: EpochIdText, through: Sequence }, closed);

export const NACK_CODES = [
  'undecodable',
  'unknown_stream',
  'unknown_kind',
  'too_large',
  'out_of_bounds',
  'broken_three_times',
] as const;

/** This one record can never be accepted; put it aside. The next ack covers it. */
export const Nack = Type.Object(
  {
    type: Type.Literal('nack'),
    epoch: EpochIdText,
    sequence: Sequence,
    code: Type.Enum([...NACK_CODES]),
    reason: shortText,
  },
  closed,
);

export const REFUSE_CODES = [
  'protocol_unsupported',
  'message_invalid',
  'token_invalid',
  'token_used',
  'token_expired',
  'identity_refused',
  'not_enrolled',
  'run_unknown',
  'run_ended',
  'broken_frame',
  'sequence_hole',
  'busy',
] as const;
export type RefuseCode = (typeof REFUSE_CODES)[number];

/** The controller closes the connection after this. `retry`: whether trying again can help. */
export const Refuse = Type.Object(
  {
    type: Type.Literal('refuse'),
    code: Type.Enum([...REFUSE_CODES]),
    reason: shortText,
    retry: Type.Boolean(),
  },
  closed,
);

export const AgentMessage = Type.Union([Enrol, Hello, Status, Goodbye]);
export const ControllerMessage = Type.Union([Enrolled, PlanMessage, Lease, Ack, Nack, Refuse]);

export type Enrol = Static<typeof Enrol>;
export type Hello = Static<typeof Hello>;
export type Status = Static<typeof Status>;
export type Goodbye = Static<typeof Goodbye>;
export type Enrolled = Static<typeof Enrolled>;
export type PlanMessage = Static<typeof PlanMessage>;
export type Lease = Static<typeof Lease>;
export type Ack = Static<typeof Ack>;
export type Nack = Static<typeof Nack>;
export type Refuse = Static<typeof Refuse>;
/** Agent -> controller. */
export type AgentMessage = Static<typeof AgentMessage>;
/** Controller -> agent. */
export type ControllerMessage = Static<typeof ControllerMessage>;

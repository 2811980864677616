/** The plan: desired state for an agent, with a generation. A closed schema: no command, script or path can come over it. */
import Type, { type Static } from 'typebox';

const closed = { additionalProperties: false } as const;
const intervalMs = Type.Integer({
  minimum: 10,
  maximum: 3_600_000,
  description: 'Spacing of the samples, milliseconds',
});

/** A scheduled fault of the simulated PHC; times count from the start of the source, seconds. */
export const SimulatedFault = Type.Union([
  Type.Object({ kind: Type.Literal('step'), at_s: Type.Number({ minimum: 0 }), size_ns: Type.Number() }, closed),
  Type.Object(
    {
      kind: Type.Union([Type.Literal('stall'), Type.Literal('ebusy'), Type.Literal('gone')]),
      at_s: Type.Number({ minimum: 0 }),
      for_s: Type.Number({ exclusiveMinimum: 0 }),
    },
    closed,
  ),
]);
export type SimulatedFault = Static<typeof SimulatedFault>;

/** The known truth of a simulated PHC. Signs: system clock - PHC, positive = system clock ahead. */
export const SimulatedPhcTruth = Type.Object(
  {
    seed: Type.Integer({ minimum: 0, maximum: 0xffffffff }),
    offset_ns: Type.Number({ description: 'Offset at the start' }),
    frequency_ppb: Type.Number({ description: 'Rate of the system clock against the PHC' }),
    white_noise_ns: Type.Number({ minimum: 0, description: 'Standard deviation of each reading' }),
    random_walk_ns: Type.Number({ minimum: 0, description: 'Standard deviation of the walk after one second' }),
    read_delay_ns: Type.Number({ minimum: 0, description: 'Typical time a reading takes' }),
    faults: Type.Array(SimulatedFault, { maxItems: 100 }),
  },
  closed,
);
export type SimulatedPhcTruth = Static<typeof SimulatedPhcTruth>;

const simpleSource = Type.Object({ interval_ms: intervalMs }, closed);

export const PhcSourcePlan = Type.Object(
  {
    interval_ms: intervalMs,
    readings: Type.Integer({ minimum: 1, maximum: 25, description: 'Readings per burst' }),
    mode: Type.Union([Type.Literal('device'), Type.Literal('simulated')]),
    /** Required when mode is `simulated`; everything a user sees then says SIMULATED. */
    simulated: Type.Optional(SimulatedPhcTruth),
  },
  closed,
);
export type PhcSourcePlan = Static<typeof PhcSourcePlan>;

/** Which sources run, at which spacing. An absent source does not run. */
export const SourcesPlan = Type.Object(
  {
    raw: Type.Optional(simpleSource),
    phc: Type.Optional(PhcSourcePlan),
    kernel: Type.Optional(simpleSource),
    chrony: Type.Optional(simpleSource),
    chrony_source: Type.Optional(simpleSource),
    ena: Type.Optional(simpleSource),
    host: Type.Optional(simpleSource),
    self: Type.Optional(simpleSource),
  },
  closed,
);
export type SourcesPlan = Static<typeof SourcesPlan>;

/** What the setup with root's rights does once the agent has the plan. */
export const SetupPlan = Type.Object(
  {
    /** `auto`: turn the PHC on where the driver can and it is off; reloads the network driver. */
    enable_phc: Type.Union([Type.Literal('auto'), Type.Literal('never')]),
    /** Let chronyd follow the PHC; undone when it does not in time. */
    configure_chrony: Type.Boolean(),
  },
  closed,
);
export type SetupPlan = Static<typeof SetupPlan>;

export const Plan = Type.Object(
  {
    generation: Type.Integer({ minimum: 1 }),
    /** `measure`: run the sources. `finish`: stop them, close the batches, deliver everything, say goodbye. */
    phase: Type.Union([Type.Literal('measure'), Type.Literal('finish')]),
    sources: SourcesPlan,
    batch: Type.Object(
      {
        max_samples: Type.Integer({ minimum: 1, maximum: 4096 }),
        max_age_ms: Type.Integer({ minimum: 100, maximum: 600_000 }),
      },
      closed,
    ),
    spool_max_bytes: Type.Integer({ minimum: 65_536, maximum: 2 ** 40 }),
    /** After `finish` stay connected: whether the instance is kept is decided then. */
    hold: Type.Optional(Type.Boolean()),
    /** Collect evidence for an acceptance: a fixed list of readings, before and after, and how fast the PHC may be read. */
    evidence: Type.Optional(Type.Boolean()),
    /** Absent: the machine is looked at and nothing is changed. */
    setup: Type.Optional(SetupPlan),
  },
  closed,
);
export type Plan = Static<typeof Plan>;

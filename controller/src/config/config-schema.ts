/** The configuration file's schema: the keys of the design document's examples, and sections for soak, criteria, cleanup, controller. */
import { SimulatedPhcTruth } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { CriteriaConfig } from './criteria.ts';
import { INSTANCE_TYPE_PATTERN } from './instance-types.ts';

const closed = { additionalProperties: false } as const;
const text = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description }));
const duration = (description: string) =>
  Type.Optional(Type.String({ description: `${description}: a length of time such as 20s, 90m, 1h30m, 14d, 3w` }));
const SUBNET_PATTERN = '^subnet-[0-9a-f]{8,17}$';
export const IMAGE_PATTERN = '^ami-[0-9a-f]{8,17}$';
export const GROUP_PATTERN = '^sg-[0-9a-f]{8,17}$';
const LIST_PATTERN = '^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$';

/** What a text of each pattern looks like. */
export const PATTERN_EXAMPLES: Readonly<Record<string, string>> = {
  [SUBNET_PATTERN]: 'subnet-0123456789abcdef0',
  [IMAGE_PATTERN]: 'ami-0123456789abcdef0',
  [GROUP_PATTERN]: 'sg-0123456789abcdef0',
  [LIST_PATTERN]: '1,3,5-7',
  [INSTANCE_TYPE_PATTERN]: 'c7i.large',
};

/** What an object or a list looks like, by its keys; `*` stands for a place in a list. */
export const FORM_EXAMPLES: Readonly<Record<string, string>> = {
  instance_types: '[{ type: c7i.large, quantity: 2 }]',
  'instance_types.*': '{ type: c7i.large, quantity: 2 }',
  soak: '{ duration: 14d }',
  'soak.simulated_phc': '{ white_noise_ns: 30 }, or {} for the defaults',
  'soak.simulated_phc.faults': '[]',
  cleanup: '{ keep: ask }',
  controller: '{ listen: 127.0.0.1:7601 }',
  setup: '{ enable_phc: never }',
  timeouts: '{ agent: 10m }',
  tags: '{ team: clocks }',
};

const SubnetId = Type.String({ pattern: SUBNET_PATTERN });

const InstanceTypes = Type.Array(
  Type.Object(
    {
      type: Type.String({ pattern: INSTANCE_TYPE_PATTERN, description: 'For example c7i.large' }),
      quantity: Type.Optional(Type.Integer({ minimum: 1, maximum: 9999, description: '1 when absent' })),
    },
    closed,
  ),
  { minItems: 1, description: 'What to launch' },
);

const Soak = Type.Object(
  {
    duration: duration('How long to measure'),
    interval_ms: Type.Optional(
      Type.Integer({ minimum: 10, maximum: 3_600_000, description: 'Spacing of PHC samples' }),
    ),
    readings: Type.Optional(Type.Integer({ minimum: 1, maximum: 25, description: 'PHC readings of each sample' })),
    simulated_phc: Type.Optional(Type.Partial(SimulatedPhcTruth, closed)),
  },
  closed,
);

const Setup = Type.Object(
  {
    enable_phc: Type.Optional(
      Type.Enum(['auto', 'never'], {
        description:
          'auto: agents turn the PHC on where it is off, which reloads the network driver; never: they only look',
      }),
    ),
  },
  closed,
);

const Cleanup = Type.Object(
  {
    keep: Type.Optional(
      Type.Union([Type.Enum(['ask', 'all', 'none']), Type.String({ pattern: LIST_PATTERN })], {
        description: 'Which working instances stay: ask, all, none, or a list such as 1,3,5-7',
      }),
    ),
    keep_decision: duration('How long a decision about keeping is waited for'),
    max_lifetime: duration('No instance lives longer than this'),
    extend_room: duration('The soak can be extended by so much later'),
    max_instances: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Refuse to launch more' })),
    max_instance_hours: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'Refuse a soak that takes more' }),
    ),
  },
  closed,
);

const Controller = Type.Object(
  {
    data: text('Data directory'),
    listen: text('HOST:PORT for operators: API, dashboard, metrics'),
    agent_listen: text('HOST:PORT for agents: WebSocket, agent file'),
    public_url: text('Where agents reach the controller: http(s)://HOST:PORT'),
    tls_cert: text('Certificate chain for agents'),
    tls_key: text('Its key'),
    tls_ca: text('The authority that agents are to trust'),
    retain_for: duration('Samples of a run are kept for so long after its end (default: for ever)'),
    retain_size: text('All samples together may take so much: 500GB; of ended runs the oldest go first'),
    agent_url: text('https or s3 location of the agent file, {arch} is filled in'),
  },
  closed,
);

const Timeouts = Type.Object(
  {
    launch: duration('From RunInstances to running'),
    agent: duration('From running to the first stored sample'),
    metal: duration('Both of these for bare metal'),
    finish: duration('From the end of the soak to everything delivered'),
    terminate: duration('From TerminateInstances to terminated'),
    orphan: duration('An instance powers itself off this long after its last contact'),
    silent: duration('Nothing heard of an agent for this long is an event'),
    gone: duration(
      'Nothing heard of an agent for this long is a failure, and its instance is given up; default: orphan',
    ),
    keep: duration('From the decision to an instance verified as kept'),
  },
  closed,
);

/** Every key is optional here; what a run needs is checked after the command line is merged in. */
export const ConfigFile = Type.Object(
  {
    $schema: text('For editors: docs/config.schema.json of this repository'),
    instance_types: Type.Optional(InstanceTypes),
    subnet_id: Type.Optional(
      Type.Union([SubnetId, Type.Array(SubnetId, { minItems: 1 })], {
        description: 'Where the instances are launched; of several, later ones are tried where capacity lacks',
      }),
    ),
    key_name: text('A key pair to attach; not needed, nothing connects in'),
    private_key_path: text('Only checked; not needed'),
    placement_group: text('An existing placement group'),
    precision_time: text('auto, off, or the name of a precision-time placement group'),
    region: text('AWS region'),
    profile: text('AWS profile'),
    ami_id: Type.Optional(
      Type.String({ pattern: IMAGE_PATTERN, description: 'Image (default: newest Amazon Linux 2023)' }),
    ),
    kernel: text('Kernel line of Amazon Linux 2023: default, 6.1, 6.12, 6.18'),
    security_group_id: Type.Optional(
      Type.String({ pattern: GROUP_PATTERN, description: 'An existing group (default: a temporary one)' }),
    ),
    instance_profile: text('Instance profile of the instances'),
    owner: text('Who answers for the machines; goes into a tag'),
    allow_metal: Type.Optional(Type.Boolean({ description: 'Consent to bare metal' })),
    canary: Type.Optional(Type.Boolean({ description: 'One instance end to end before the others' })),
    ssm_diagnostics: Type.Optional(
      Type.Boolean({ description: 'Where no agent came or its setup failed: look into the instance through SSM' }),
    ),
    soak: Type.Optional(Soak),
    setup: Type.Optional(Setup),
    criteria: Type.Optional(CriteriaConfig),
    cleanup: Type.Optional(Cleanup),
    controller: Type.Optional(Controller),
    timeouts: Type.Optional(Timeouts),
    tags: Type.Optional(
      Type.Record(Type.String({ minLength: 1, maxLength: 128 }), Type.String({ maxLength: 256 }), {
        description: 'Tags of your own on everything that is made',
      }),
    ),
  },
  closed,
);
export type ConfigFile = Static<typeof ConfigFile>;

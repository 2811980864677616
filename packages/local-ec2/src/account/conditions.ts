// The circumstances of the account that last: capacity, quotas, rights, limits, how late and how slow things show.
// They come from the faults file, and from tests through the admin route; without any, everything works at once.
import { FLAG, listOf, objectOf, oneOf, orNull, type ShapeRule, TEXT, WHOLE } from '../check-shape.ts';

/** Instance types and zones that a rule is about; `*` stands for any text, absent means all. */
export interface TypeAndZone {
  readonly instanceType?: string;
  readonly zone?: string;
}

/** How many instances may live at once. */
export interface CapacityRule extends TypeAndZone {
  readonly available: number;
}

/** Launches that are accepted and terminate at once. */
export interface FailedLaunchRule extends TypeAndZone {
  /** State reason; `Client.InternalError`, that of an encrypted volume without the right to use its key, when absent. */
  readonly code?: string;
  readonly message?: string;
  /** How many instances; all when absent. */
  readonly times?: number;
  /** Only those with an encrypted volume. */
  readonly encrypted?: boolean;
}

/** A right that the caller lacks. */
export interface DeniedRule {
  /** `ec2:TerminateInstances`, `ec2:*`, `ssm:GetParameter`, `iam:PassRole`; without a prefix it is EC2's. */
  readonly action: string;
  /** Only for resources that lack a tag with this key, as a policy with aws:ResourceTag. */
  readonly withoutTag?: string;
  /** For `ec2:CreateTags`: not when a resource is tagged as it is created, as a policy with ec2:CreateAction. */
  readonly exceptAtCreation?: boolean;
}

/** A token bucket of one action, or with `*` of all actions together. */
export interface ThrottleRule {
  readonly action: string;
  readonly burst: number;
  readonly perSecond: number;
}

/** Credentials that do not work any more. */
export interface CredentialRule {
  /** `*` stands for any text; every access key when absent. */
  readonly accessKeyId?: string;
  readonly code: 'RequestExpired' | 'ExpiredToken' | 'AuthFailure';
  /** Counted from when the rule came; at once when absent. */
  readonly afterMs?: number;
}

/** All of them. */
export interface Conditions {
  /** The first rule that matches decides; unlimited without one. */
  readonly capacity: readonly CapacityRule[];
  /** vCPUs of living instances together; null is no limit. */
  readonly vcpuQuota: number | null;
  /** Types that a zone does not have, beyond what the catalogue says. */
  readonly unsupported: readonly TypeAndZone[];
  readonly failedLaunches: readonly FailedLaunchRule[];
  readonly denied: readonly DeniedRule[];
  readonly throttled: readonly ThrottleRule[];
  readonly credentials: readonly CredentialRule[];
  /** Eventual consistency: how long a new instance is unknown to the other actions, and how long a tag is not seen. */
  readonly late: { readonly instancesMs?: number; readonly tagsMs?: number };
  /** How long states last, instead of what the endpoint was started with. */
  readonly slow: {
    readonly pendingMs?: number;
    readonly shuttingDownMs?: number;
    /** Status checks are `initializing` so long after running. */
    readonly statusMs?: number;
    /** A placement group is `pending`, and `deleting`, so long. */
    readonly placementGroupMs?: number;
    /** A network interface stays so long after its instance is terminated. */
    readonly networkInterfaceMs?: number;
  };
  /** What the subnets' routes lead to, and which services have a VPC endpoint (`s3`, `ssm`, `ec2`). */
  readonly network: { readonly internet?: 'gateway' | 'nat' | 'none'; readonly endpoints?: readonly string[] };
  /** The key pairs that exist; null means that every name does. */
  readonly keyPairs: readonly string[] | null;
  /** The instance profiles that exist, by name; null means that every name does. */
  readonly instanceProfiles: readonly string[] | null;
}

/** Everything works at once. */
export const NO_CONDITIONS: Conditions = {
  capacity: [],
  vcpuQuota: null,
  unsupported: [],
  failedLaunches: [],
  denied: [],
  throttled: [],
  credentials: [],
  late: {},
  slow: {},
  network: {},
  keyPairs: null,
  instanceProfiles: null,
};

const PLACE = { instanceType: TEXT, zone: TEXT };
const RULES: Readonly<Record<keyof Conditions, ShapeRule>> = {
  capacity: listOf(objectOf({ ...PLACE, available: WHOLE }, 'available')),
  vcpuQuota: WHOLE,
  unsupported: listOf(objectOf(PLACE)),
  failedLaunches: listOf(objectOf({ ...PLACE, code: TEXT, message: TEXT, times: WHOLE, encrypted: FLAG })),
  denied: listOf(objectOf({ action: TEXT, withoutTag: TEXT, exceptAtCreation: FLAG }, 'action')),
  throttled: listOf(objectOf({ action: TEXT, burst: WHOLE, perSecond: WHOLE }, 'action', 'burst', 'perSecond')),
  credentials: listOf(
    objectOf(
      { accessKeyId: TEXT, code: oneOf('RequestExpired', 'ExpiredToken', 'AuthFailure'), afterMs: WHOLE },
      'code',
    ),
  ),
  late: objectOf({ instancesMs: WHOLE, tagsMs: WHOLE }),
  slow: objectOf({
    pendingMs: WHOLE,
    shuttingDownMs: WHOLE,
    statusMs: WHOLE,
    placementGroupMs: WHOLE,
    networkInterfaceMs: WHOLE,
  }),
  network: objectOf({ internet: oneOf('gateway', 'nat', 'none'), endpoints: listOf(TEXT) }),
  keyPairs: listOf(TEXT),
  instanceProfiles: listOf(TEXT),
};

/** Some of them; null takes one back. */
export type ConditionsChange = { readonly [Name in keyof Conditions]?: Conditions[Name] | null };

/** What a change may look like. */
export const CONDITIONS_RULE: ShapeRule = objectOf(
  Object.fromEntries(Object.entries(RULES).map(([name, rule]) => [name, orNull(rule)])),
);

/** The conditions with a change made: each condition that is given is replaced as a whole. Pure. */
export function changedConditions(conditions: Conditions, change: ConditionsChange): Conditions {
  const given = Object.entries(change).map(([name, value]) => [name, value ?? NO_CONDITIONS[name as keyof Conditions]]);
  return { ...conditions, ...Object.fromEntries(given) };
}

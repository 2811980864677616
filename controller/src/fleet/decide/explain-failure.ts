/** What to do about a failed call, and what the end of an instance means, in words for people (pure). */
import type { InstanceFailure, InstanceRecord } from '../../runs/run.ts';
import type { AwsErrorKind } from '../aws/classify-error.ts';
import type { ObservedInstance } from '../ec2.ts';

interface CallFacts {
  readonly action: string;
  readonly kind: AwsErrorKind;
  readonly awsCode: string;
}

/** `RunInstances` -> `ec2:RunInstances`, as IAM writes it. */
export function permissionOf(action: string): string {
  return action.includes(':') ? action : `ec2:${action}`;
}

const QUOTA_ADVICE: Readonly<Record<string, string>> = {
  VcpuLimitExceeded: 'ask Service Quotas for more vCPUs of this family in this region, or run fewer at once',
  InsufficientFreeAddressesInSubnet: 'the subnet has no free address: name another subnet too',
  SecurityGroupLimitExceeded: 'delete unused security groups, or give one with --security-group-id',
  PlacementGroupLimitExceeded: 'delete unused placement groups, or name one with --precision-time',
  VolumeLimitExceeded: 'ask Service Quotas for more EBS storage in this region',
};

const ADVICE: Readonly<Partial<Record<AwsErrorKind, string>>> = {
  capacity: 'AWS has none of this type in this zone now: more subnets in other zones help, or trying later',
  credentials:
    'renew the credentials (aws sso login, new keys in the profile or environment); a run that has begun goes on by itself',
  unsupported_by_api: 'the API does not offer this here: another zone (subnet), type or image may work',
  network: 'no usable answer came from AWS: check the network of the controller',
  throttling: 'AWS asks for fewer calls; they are repeated more slowly',
};

/** Not refused: there are none. */
const NO_CREDENTIALS =
  'there are no credentials: log in (aws sso login), put keys into a profile or the environment, or choose a profile that has them; a run that has begun goes on by itself';

/** Where the user can go another way. */
const OTHER_WAYS: Readonly<Record<string, string>> = {
  CreateSecurityGroup: 'a group of your own can be given with --security-group-id',
  CreatePlacementGroup: 'a group can be named with --precision-time NAME, or left out with --precision-time off',
};

/** What to do, in a sentence or two; empty when there is nothing to say. */
export function adviceFor(call: CallFacts): string {
  return [mainAdvice(call), OTHER_WAYS[call.action] ?? ''].filter((part) => part !== '').join('; ');
}

function mainAdvice({ action, kind, awsCode }: CallFacts): string {
  if (awsCode === 'CredentialsProviderError') return NO_CREDENTIALS;
  if (awsCode === 'OptInRequired') return 'the account is not subscribed to this region or image';
  if (awsCode === 'PendingVerification')
    return 'AWS is still verifying the account for this region; it says so by e-mail';
  if (kind === 'permission') {
    return `allow ${permissionOf(action)} to these credentials; deploy/iam has the statement for it`;
  }
  if (kind === 'quota') return QUOTA_ADVICE[awsCode] ?? 'ask Service Quotas for more, or run fewer at once';
  return ADVICE[kind] ?? '';
}

interface EndMeaning {
  readonly kind: string;
  readonly meaning: string;
}

/** By StateReason code ("StateReason" in the EC2 API reference). */
const END_MEANINGS: Readonly<Record<string, EndMeaning | undefined>> = {
  'Server.InsufficientInstanceCapacity': { kind: 'capacity', meaning: 'AWS had no capacity left while it started' },
  'Server.InternalError': { kind: 'lost', meaning: 'AWS had an internal error' },
  'Server.ScheduledStop': { kind: 'lost', meaning: 'AWS stopped it for a scheduled retirement' },
  'Server.SpotInstanceShutdown': { kind: 'lost', meaning: 'AWS took the spot instance back' },
  'Server.SpotInstanceTermination': { kind: 'lost', meaning: 'AWS took the spot instance back' },
  'Client.InternalError': {
    kind: 'launch_ended',
    meaning:
      'it could not start, most often because the key of an encrypted volume may not be used: allow kms:CreateGrant and kms:Decrypt on that key',
  },
  'Client.InvalidSnapshot.NotFound': { kind: 'launch_ended', meaning: 'the snapshot of its image does not exist' },
  'Client.VolumeLimitExceeded': { kind: 'quota', meaning: 'the quota on EBS storage was reached' },
  'Client.InstanceInitiatedShutdown': {
    kind: 'powered_off',
    meaning: "it powered itself off: its user data gave up, its lease ran out, or its dead-man's switch fired",
  },
};

/** `.InvalidState`, `.KmsKeyDisabled` and the like: the key is there, but not as EBS needs it. */
const KEY_UNFIT = 'Client.InvalidKMSKey.';
const KEY_MEANING: EndMeaning = {
  kind: 'launch_ended',
  meaning:
    'the KMS key of its encrypted volume cannot be used now: enable the key (it may be disabled or about to be deleted), or take another image or default key for EBS',
};

const USER_INITIATED = 'Client.UserInitiatedShutdown';

/** The code at the beginning of a state reason. */
function codeOf(stateReason: string | null): string {
  return /^((?:Client|Server)\.[A-Za-z.]+?)(?::|$)/.exec(stateReason ?? '')?.[1] ?? '';
}

function meaningOf(seen: ObservedInstance, instance: InstanceRecord): EndMeaning {
  const code = codeOf(seen.stateReason);
  const isStopped = seen.state === 'stopped' || seen.state === 'stopping';
  const known = code.startsWith(KEY_UNFIT) ? KEY_MEANING : END_MEANINGS[code];
  if (known !== undefined) return known;
  if (code === USER_INITIATED || isStopped) {
    const verb = isStopped ? 'stopped' : 'terminated';
    return { kind: `${verb}_outside`, meaning: `somebody else ${verb} it` };
  }
  const meaning = 'EC2 gives no reason that is known here';
  return { kind: instance.reachedAt.running === undefined ? 'launch_ended' : 'lost', meaning };
}

/** Why an instance ended, or stopped, before its run did. Null as `seen`: EC2 no longer shows it. */
export function explainEnd(instance: InstanceRecord, seen: ObservedInstance | null): InstanceFailure {
  const name = instance.instanceId ?? 'the instance';
  if (seen === null) {
    return { kind: 'lost', message: `the instance ended before the run did: ${name} is no longer shown by EC2` };
  }
  const { kind, meaning } = meaningOf(seen, instance);
  const reason = seen.stateReason === null ? '' : ` (${seen.stateReason})`;
  return { kind, message: `the instance ended before the run did: ${name} is ${seen.state}${reason}: ${meaning}` };
}

/** Failures of the machine rather than of our asking for it. */
const MACHINE_FAILURES: ReadonlySet<string> = new Set([
  'lost',
  'launch_ended',
  'stopped_outside',
  'terminated_outside',
  'powered_off',
]);

export function isMachineFailure(failure: InstanceFailure): boolean {
  return MACHINE_FAILURES.has(failure.kind);
}

/** `ptp-tester doctor`: asks, judges, and lists the checks in the order in which one would fix them. */
import { fleetSpecOf, instanceCount, subnetIdsOf } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { DoctorCalls } from '../aws/ec2-doctor-calls.ts';
import type { SubnetDetails } from '../aws/ec2-network-calls.ts';
import { checkAlone } from '../prepare/check-spec.ts';
import { decidePlacement } from '../prepare/decide-placement.ts';
import { precisionTimeNeed } from '../prepare/precision-time.ts';
import { type Check, checksOf, unanswered } from './check.ts';
import { ask, collectFacts, type DoctorFacts } from './collect-facts.ts';
import { judgeClock } from './judge-clock.ts';
import { judgePlacement, judgePrecisionTime, judgeSecurityGroup } from './judge-groups.ts';
import { judgeIdentity } from './judge-identity.ts';
import { judgePermissions } from './judge-permissions.ts';
import { judgeQuota } from './judge-quota.ts';
import { judgeReach, type ReachFacts } from './judge-reach.ts';
import { type Destination, judgeRoutes, judgeS3 } from './judge-routes.ts';
import { judgeSubnets } from './judge-subnets.ts';
import { judgeImages, judgeTypes } from './judge-types.ts';

export interface DoctorSubject {
  /** As a run would get it; the region is known. */
  readonly spec: RunSpec;
  readonly reach: ReachFacts;
  /** Where the agent file comes from, when not from the controller and not from S3. */
  readonly agentFileHost: Destination | null;
}

export interface DoctorDependencies {
  readonly calls: DoctorCalls;
  now(): number;
}

/** Every check, credentials first. */
export async function examine(subject: DoctorSubject, deps: DoctorDependencies): Promise<readonly Check[]> {
  const { spec, reach } = subject;
  const identity = await ask(() => deps.calls.identity());
  const credentials = judgeIdentity({ identity, now: deps.now(), durationS: spec.durationS });
  // STS may be denied by a policy: then the rest can still be asked.
  const isDenied = !identity.answered && identity.kind === 'permission';
  if (credentials.result === 'failed' && !isDenied) {
    const skipped = PARTS.map((part) => checksOf(part).skipped('nothing can be asked without credentials'));
    return [credentials, ...skipped, judgeReach(reach)];
  }
  const facts = await collectFacts(spec, deps.calls);
  return [credentials, judgeClock(deps.calls.clockOffsetMs()), ...judgeFacts(subject, facts)];
}

const PARTS = [
  'permission',
  'subnet',
  'route',
  'security group',
  'precision time',
  'instance type',
  'quota',
  'image',
] as const;

function judgeFacts({ spec, reach, agentFileHost }: DoctorSubject, facts: DoctorFacts): readonly Check[] {
  const subnets = facts.subnets.answered ? facts.subnets.value : [];
  const wishes = { spec, vpcId: subnets[0]?.vpcId ?? null };
  const instances = instanceCount(spec);
  const image =
    facts.images.map((one) => (one.image.answered ? one.image.value : null)).find((one) => one !== null) ?? null;
  const typeFacts = { ...facts, subnets, image: spec.amiId === null ? null : image };
  return [
    ...checkAlone(spec).map((fault) => checksOf('request').failed(fault)),
    ...judgePermissions(facts.permissions),
    ...judgeSubnets(facts.subnets, { subnetIds: subnetIdsOf(spec), region: spec.region, instances }),
    ...judgeNetwork({ spec, reach, agentFileHost }, { facts, subnets }),
    ...judgeSecurityGroup(facts.securityGroup, wishes),
    ...judgePlaces(spec, facts, subnets),
    ...judgeTypes(spec, typeFacts),
    judgeQuota(spec, facts.types),
    ...judgeImages(spec, facts.images),
    ...judgeKeyPair(spec, facts.keyPair),
    judgeReach(reach),
  ];
}

function judgePlaces(spec: RunSpec, facts: DoctorFacts, subnets: readonly SubnetDetails[]): readonly Check[] {
  const types = facts.types.answered ? facts.types.value : [];
  const zones = [...new Set(subnets.map(({ availabilityZone }) => availabilityZone))];
  const needs = new Map(
    types.map(({ type, phcSupport }) => {
      const need = precisionTimeNeed({ instanceType: type, region: spec.region, zones, phcSupport });
      return [type, need] as const;
    }),
  );
  const decision = decidePlacement({
    spec,
    types,
    zoneCount: zones.length,
    given: facts.placementGroup?.answered === true ? facts.placementGroup.value : null,
    named: facts.precisionGroup?.answered === true ? facts.precisionGroup.value : null,
    needs,
    temporaryName: 'ptp-tester-RUN',
  });
  const needing = [...needs].filter(([, need]) => need === 'group').map(([type]) => type);
  const { precisionGroup } = facts;
  if (precisionGroup === null) {
    return [
      ...judgePlacement(facts.placementGroup, decision, { spec, vpcId: null }),
      judgePrecisionTime(decision, needing, spec),
    ];
  }
  const found = checksOf('precision time', fleetSpecOf(spec).precisionTime);
  if (!precisionGroup.answered) return [unanswered(found, precisionGroup)];
  const faults = decision.faults.map((fault) => found.failed(fault, '--precision-time auto makes one for the run'));
  return faults.length > 0 ? faults : [found.ok(`${precisionGroup.value?.state}, for all types`)];
}

function judgeKeyPair({ keyName }: RunSpec, keyPair: DoctorFacts['keyPair']): readonly Check[] {
  if (keyPair === null) return [];
  const found = checksOf('key pair', keyName);
  if (!keyPair.answered) return [unanswered(found, keyPair)];
  return [
    keyPair.value
      ? found.ok('exists; it is attached, and not needed')
      : found.failed('does not exist in this region', 'leave it out: nothing connects to the instances'),
  ];
}

interface NetworkView {
  readonly facts: DoctorFacts;
  readonly subnets: readonly SubnetDetails[];
}

function judgeNetwork(subject: DoctorSubject, { facts, subnets }: NetworkView): readonly Check[] {
  const { spec, reach, agentFileHost } = subject;
  const found = checksOf('route');
  const { agentUrl } = fleetSpecOf(spec);
  const controller = { name: 'the controller', host: new URL(reach.publicUrl).hostname, addresses: reach.addresses };
  if (reach.isLocalEc2 && reach.addresses?.some((address) => /^127\.|^::1$/.test(address)) === true) {
    return [found.skipped('the instances of this EC2 endpoint run on this machine')];
  }
  if (!facts.routeTables.answered) return [unanswered(found, facts.routeTables)];
  if (!facts.endpoints.answered) return [unanswered(found, facts.endpoints)];
  const network = {
    region: spec.region,
    routeTables: facts.routeTables.value,
    endpoints: facts.endpoints.value,
  };
  const destinations = [controller, ...(agentFileHost === null ? [] : [agentFileHost])];
  const ways = judgeRoutes(subnets, destinations, network);
  return isOnS3(agentUrl) ? [...ways, ...subnets.map((subnet) => judgeS3(subnet, network))] : ways;
}

/** `s3://bucket/key`, or an https address of S3. */
export function isOnS3(url: string | null): boolean {
  return url !== null && /^(s3:\/\/|https:\/\/([^/]+\.)?s3[.-][^/]*amazonaws\.com)/.test(url);
}

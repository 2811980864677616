/** Asks EC2 what a run request needs to know, and decides how it is launched: everything before the first thing is made. */
import { fleetSpecOf, subnetIdsOf } from '../../runs/fleet-spec.ts';
import type { RunId, RunSpec } from '../../runs/run.ts';
import type { PreparedSecurityGroup, PreparedType, RunPreparation } from '../../runs/run-preparation.ts';
import { orNullIfUnknown } from '../aws/ec2-caller.ts';
import { imageParameter } from '../aws/ssm-parameter.ts';
import type {
  Architecture,
  Ec2Facts,
  ImageInfo,
  InstanceTypeInfo,
  PlacementGroupInfo,
  SecurityGroupInfo,
  SubnetInfo,
} from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import { type CheckedSpec, checkSpec } from './check-spec.ts';
import { decidePlacement, type PlacementDecision } from './decide-placement.ts';
import { judgeGivenGroup, neededEgress } from './egress-rules.ts';
import { type PrecisionTimeNeed, precisionTimeNeed, scopeWarning } from './precision-time.ts';

export interface AgentFileHash {
  /** Hex. */
  readonly sha256: string;
}

export interface PrepareDependencies {
  readonly ec2: Ec2Facts;
  readonly agentFile: (architecture: Architecture) => Promise<AgentFileHash>;
}

interface Found {
  readonly types: readonly InstanceTypeInfo[];
  readonly subnets: readonly SubnetInfo[];
  readonly image: ImageInfo | null;
  readonly offerings: readonly { readonly type: string; readonly availabilityZone: string }[];
  readonly securityGroup: SecurityGroupInfo | null;
  readonly placementGroup: PlacementGroupInfo | null;
  readonly precisionGroup: PlacementGroupInfo | null;
}

async function findOut(spec: RunSpec, ec2: Ec2Facts): Promise<Found> {
  const names = [...new Set(spec.instanceTypes.map(({ type }) => type))];
  const { precisionTime } = fleetSpecOf(spec);
  const named = precisionTime === 'auto' || precisionTime === 'off' ? null : precisionTime;
  const [types, subnets, image, securityGroup, placementGroup, precisionGroup] = await Promise.all([
    ec2.describeInstanceTypes(names),
    ec2.describeSubnets(subnetIdsOf(spec)),
    spec.amiId === null ? null : ec2.describeImage(spec.amiId),
    spec.securityGroupId === null ? null : ec2.describeSecurityGroup(spec.securityGroupId),
    spec.placementGroup === null ? null : ec2.describePlacementGroup(spec.placementGroup),
    named === null ? null : ec2.describePlacementGroup(named),
  ]);
  const zones = [...new Set(subnets.map(({ availabilityZone }) => availabilityZone))];
  const isAskable = types.length > 0 && zones.length > 0;
  const known = types.map(({ type }) => type);
  const offerings = isAskable ? await ec2.describeOfferings(known, zones) : [];
  return { types, subnets, image, offerings, securityGroup, placementGroup, precisionGroup };
}

function needsOf(spec: RunSpec, { types }: Found, checked: CheckedSpec): Map<string, PrecisionTimeNeed> {
  return new Map(
    types.map(({ type, phcSupport }) => {
      const zones = (checked.subnetsOfType.get(type) ?? []).map(({ availabilityZone }) => availabilityZone);
      return [type, precisionTimeNeed({ instanceType: type, region: spec.region, zones, phcSupport })];
    }),
  );
}

interface GroupDecision {
  readonly group: PreparedSecurityGroup;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

function decideSecurityGroup(run: RunId, spec: RunSpec, { securityGroup, subnets }: Found): GroupDecision {
  const vpcId = subnets[0]?.vpcId ?? '';
  if (spec.securityGroupId === null) {
    const egress = neededEgress(spec.publicUrl, fleetSpecOf(spec));
    return { group: { kind: 'temporary', name: `ptp-tester-${run}`, vpcId, egress }, faults: [], warnings: [] };
  }
  const group = { kind: 'given', groupId: spec.securityGroupId } as const;
  if (securityGroup === null) {
    return { group, faults: [`security group ${spec.securityGroupId} does not exist in ${spec.region}`], warnings: [] };
  }
  const judged = judgeGivenGroup(securityGroup, spec.publicUrl);
  const isForeign = vpcId !== '' && securityGroup.vpcId !== vpcId;
  const foreign = isForeign
    ? [`security group ${securityGroup.groupId} is in ${securityGroup.vpcId}, the subnets in ${vpcId}`]
    : [];
  return { group, faults: [...foreign, ...judged.faults], warnings: judged.warnings };
}

interface ImageAndAgent {
  readonly image: ImageInfo;
  readonly agentSha256: string;
}

/** The image and the agent of an architecture; a parameter of the user's must name an image that fits. */
async function resolveImage(
  architecture: Architecture,
  spec: RunSpec,
  deps: PrepareDependencies,
): Promise<ImageAndAgent> {
  const { kernel, amiParameter } = fleetSpecOf(spec);
  const parameter = amiParameter?.replaceAll('{arch}', architecture) ?? imageParameter(architecture, kernel);
  const [imageId, agent] = await Promise.all([
    spec.amiId ?? imageByParameter(parameter, spec, deps),
    deps.agentFile(architecture),
  ]);
  const image = await deps.ec2.describeImage(imageId);
  const why = `image ${imageId} (${spec.amiId === null ? parameter : 'as given'})`;
  if (image === null) throw invalid([`${why} does not exist in ${spec.region}`]);
  if (image.architecture !== architecture) throw invalid([`${why} is ${image.architecture}, not ${architecture}`]);
  return { image, agentSha256: agent.sha256 };
}

async function imageByParameter(parameter: string, spec: RunSpec, { ec2 }: PrepareDependencies): Promise<string> {
  const imageId = await orNullIfUnknown(() => ec2.imageByParameter(parameter));
  if (imageId !== null) return imageId;
  const { kernel, amiParameter } = fleetSpecOf(spec);
  const why = `the parameter ${parameter} does not exist in ${spec.region}`;
  throw invalid([amiParameter === null ? `--kernel ${kernel}: ${why}; --kernel default takes the present line` : why]);
}

function invalid(faults: readonly string[]): FleetError {
  const message = `the run cannot be started:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`;
  return new FleetError('spec_invalid', message, { faults });
}

interface Decisions {
  readonly found: Found;
  readonly checked: CheckedSpec;
  readonly placement: PlacementDecision;
  readonly needs: ReadonlyMap<string, PrecisionTimeNeed>;
}

async function prepareTypes(spec: RunSpec, decisions: Decisions, deps: PrepareDependencies): Promise<PreparedType[]> {
  const { found, checked, placement, needs } = decisions;
  const architectures = [...new Set(checked.architectures.values())];
  const resolved = await Promise.all(architectures.map((one) => resolveImage(one, spec, deps)));
  const byArchitecture = new Map(architectures.map((one, at) => [one, resolved[at]]));
  const wanted = spec.instanceTypes.map(({ type }) => type);
  const inOrder = found.types.toSorted((a, b) => wanted.indexOf(a.type) - wanted.indexOf(b.type));
  return inOrder.flatMap(({ type, phcSupport }) => {
    const architecture = checked.architectures.get(type);
    const base = architecture === undefined ? undefined : byArchitecture.get(architecture);
    if (architecture === undefined || base === undefined) return [];
    const precisionTime = placement.precise.has(type);
    // Offered in none of the zones: the API's own refusal is then the evidence, so every subnet is tried.
    const offered = (checked.subnetsOfType.get(type) ?? []).map(({ subnetId }) => subnetId);
    return [
      {
        type,
        architecture,
        imageId: base.image.imageId,
        rootDevice: base.image.rootDevice ?? null,
        agentSha256: base.agentSha256,
        phcSupport,
        subnetIds: offered.length > 0 ? offered : subnetIdsOf(spec),
        precisionTime,
        scopeWarning: scopeWarning(needs.get(type) ?? 'none', precisionTime),
      },
    ];
  });
}

function offerWarnings(found: Found, checked: CheckedSpec): string[] {
  const zones = [...new Set(found.subnets.map(({ availabilityZone }) => availabilityZone))].join(', ');
  return found.types
    .filter(({ type }) => (checked.subnetsOfType.get(type) ?? []).length === 0)
    .map(({ type }) => `${type} is not offered in ${zones}: it will not be tested there`);
}

function ssmWarnings(spec: RunSpec): string[] {
  const { ssmDiagnostics, instanceProfile } = fleetSpecOf(spec);
  if (!ssmDiagnostics || instanceProfile !== null) return [];
  return [
    '--ssm-diagnostics without --instance-profile: SSM manages the instances only if the account has default host management on',
  ];
}

/**
 * Checks a request against EC2 and decides how it is launched. Makes nothing. Throws `FleetError`: `spec_invalid` with every
 * fault at once, `call_failed` when EC2 cannot be asked.
 */
export async function prepareRun(run: RunId, spec: RunSpec, deps: PrepareDependencies): Promise<RunPreparation> {
  const found = await findOut(spec, deps.ec2);
  const checked = checkSpec(spec, found);
  const needs = needsOf(spec, found, checked);
  const placement = decidePlacement({
    spec,
    types: found.types,
    zoneCount: new Set(found.subnets.map(({ availabilityZone }) => availabilityZone)).size,
    given: found.placementGroup,
    named: found.precisionGroup,
    needs,
    temporaryName: `ptp-tester-${run}`,
  });
  const group = decideSecurityGroup(run, spec, found);
  const faults = [...checked.faults, ...placement.faults, ...group.faults];
  if (faults.length > 0) throw invalid(faults);
  const types = await prepareTypes(spec, { found, checked, placement, needs }, deps);
  return {
    subnets: found.subnets.map((subnet) => ({ ...subnet, availabilityZoneId: subnet.availabilityZoneId ?? null })),
    types,
    securityGroup: group.group,
    placement: placement.placement,
    awsNow: deps.ec2.serverTime(),
    warnings: [...group.warnings, ...placement.warnings, ...offerWarnings(found, checked), ...ssmWarnings(spec)],
  };
}

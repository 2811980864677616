/** Asks AWS everything that `ptp-tester doctor` judges. What cannot be asked stays an answer: why not. */
import { fleetSpecOf, subnetIdsOf } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { DoctorCalls } from '../aws/ec2-doctor-calls.ts';
import type { RouteTableInfo, SubnetDetails, VpcEndpointInfo } from '../aws/ec2-network-calls.ts';
import type { ProbeAnswer } from '../aws/ec2-probe.ts';
import { imageParameter } from '../aws/ssm-parameter.ts';
import { adviceFor, permissionOf } from '../decide/explain-failure.ts';
import { callOf } from '../drive/run-pause.ts';
import type { ImageInfo, InstanceTypeInfo, PlacementGroupInfo, SecurityGroupInfo } from '../ec2.ts';
import type { Asked } from './check.ts';
import { redactAccount } from './judge-identity.ts';
import { POLICY } from './judge-permissions.ts';
import type { ImageAnswer } from './judge-types.ts';

/** Null where nothing was named that could be asked for. */
export interface DoctorFacts {
  readonly subnets: Asked<readonly SubnetDetails[]>;
  readonly types: Asked<readonly InstanceTypeInfo[]>;
  readonly offerings: Asked<readonly { readonly type: string; readonly availabilityZone: string }[]>;
  readonly images: readonly ImageAnswer[];
  readonly securityGroup: Asked<SecurityGroupInfo | null> | null;
  readonly placementGroup: Asked<PlacementGroupInfo | null> | null;
  readonly precisionGroup: Asked<PlacementGroupInfo | null> | null;
  readonly keyPair: Asked<boolean> | null;
  readonly routeTables: Asked<readonly RouteTableInfo[]>;
  readonly endpoints: Asked<readonly VpcEndpointInfo[]>;
  readonly permissions: Asked<readonly ProbeAnswer[]>;
}

/** Failed calls become answers; anything else is a defect and is thrown on. */
export async function ask<T>(send: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { answered: true, value: await send() };
  } catch (error) {
    const { call, message } = callOf(error);
    const permission = permissionOf(call.action);
    if (call.kind === 'permission') {
      const remedy = `allow ${permission} to these credentials; ${POLICY}`;
      return { answered: false, why: `${permission} is denied`, remedy, kind: call.kind };
    }
    const remedy = adviceFor(call);
    // The message ends with the same advice.
    const cut = remedy === '' ? message : message.slice(0, -remedy.length - 2);
    const why = cut.replace(/\b\d{12}\b/g, redactAccount);
    return { answered: false, why, remedy: remedy === '' ? null : remedy, kind: call.kind };
  }
}

function askIf<T>(name: string | null, send: (name: string) => Promise<T>): Promise<Asked<T>> | null {
  return name === null ? null : ask(() => send(name));
}

const NO_SUBNET = {
  answered: false,
  why: 'no subnet was found to look from',
  remedy: null,
  kind: 'permission',
} as const;

export async function collectFacts(spec: RunSpec, calls: DoctorCalls): Promise<DoctorFacts> {
  const { precisionTime } = fleetSpecOf(spec);
  const named = precisionTime === 'auto' || precisionTime === 'off' ? null : precisionTime;
  const names = [...new Set(spec.instanceTypes.map(({ type }) => type))];
  const [subnets, types, securityGroup, placementGroup, precisionGroup, keyPair] = await Promise.all([
    ask(() => calls.subnetDetails(subnetIdsOf(spec))),
    ask(() => calls.describeInstanceTypes(names)),
    askIf(spec.securityGroupId, (id) => calls.describeSecurityGroup(id)),
    askIf(spec.placementGroup, (name) => calls.describePlacementGroup(name)),
    askIf(named, (name) => calls.describePlacementGroup(name)),
    askIf(spec.keyName, (name) => calls.hasKeyPair(name)),
  ]);
  const images = await Promise.all(architecturesOf(types).map((one) => askImage(one, spec, calls)));
  const place = await collectPlace(spec, { subnets, types, images }, calls);
  return { subnets, types, images, securityGroup, placementGroup, precisionGroup, keyPair, ...place };
}

type Early = Pick<DoctorFacts, 'subnets' | 'types' | 'images'>;
type Place = Pick<DoctorFacts, 'offerings' | 'routeTables' | 'endpoints' | 'permissions'>;

/** What is asked about the place where the instances would be. */
async function collectPlace(spec: RunSpec, { subnets, types, images }: Early, calls: DoctorCalls): Promise<Place> {
  const found = subnets.answered ? subnets.value : [];
  const [first] = found;
  const known = types.answered ? types.value.map(({ type }) => type) : [];
  const zones = [...new Set(found.map(({ availabilityZone }) => availabilityZone))];
  const none: Place['offerings'] = { answered: true, value: [] };
  const imageId = images.map(({ image }) => (image.answered ? image.value?.imageId : undefined)).find((id) => id);
  const request = {
    subnetId: first?.subnetId ?? spec.subnetId,
    vpcId: first?.vpcId ?? 'vpc-00000000000000000',
    instanceType: known[0] ?? spec.instanceTypes[0]?.type ?? 'm7i.large',
    imageId: imageId ?? spec.amiId ?? 'ami-00000000000000000',
    securityGroupId: spec.securityGroupId,
    instanceProfile: fleetSpecOf(spec).instanceProfile,
    parameter: images.find(({ parameter }) => parameter !== null)?.parameter ?? null,
    ssmDiagnostics: fleetSpecOf(spec).ssmDiagnostics,
  };
  const [offerings, routeTables, endpoints, permissions] = await Promise.all([
    known.length > 0 && zones.length > 0 ? ask(() => calls.describeOfferings(known, zones)) : none,
    first === undefined ? NO_SUBNET : ask(() => calls.routeTables(first.vpcId)),
    first === undefined ? NO_SUBNET : ask(() => calls.vpcEndpoints(first.vpcId)),
    ask(() => calls.permissions(request)),
  ]);
  return { offerings, routeTables, endpoints, permissions };
}

/** Those that the agent is built for, of the types that exist. */
function architecturesOf(types: DoctorFacts['types']): readonly ('x86_64' | 'arm64')[] {
  const offered = types.answered ? types.value.map(({ architectures }) => architectures) : [];
  const wanted = offered.map((list) => (list.includes('arm64') && !list.includes('x86_64') ? 'arm64' : 'x86_64'));
  return [...new Set(wanted)];
}

async function askImage(architecture: 'x86_64' | 'arm64', spec: RunSpec, calls: DoctorCalls): Promise<ImageAnswer> {
  const { kernel, amiParameter } = fleetSpecOf(spec);
  const byName = amiParameter?.replaceAll('{arch}', architecture) ?? imageParameter(architecture, kernel);
  const parameter = spec.amiId === null ? byName : null;
  const image = await ask(async (): Promise<ImageInfo | null> => {
    return calls.describeImage(spec.amiId ?? (await calls.imageByParameter(byName)));
  });
  return { architecture, parameter, image };
}

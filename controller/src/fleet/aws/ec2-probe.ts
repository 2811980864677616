/** Asks AWS by dry runs what these credentials may do, before a run needs it: for `ptp-tester doctor`. Makes and changes nothing. */
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { permissionOf } from '../decide/explain-failure.ts';
import { callOf } from '../drive/run-pause.ts';
import { TAGS } from '../ec2.ts';
import type { FailedCall } from '../fleet-error.ts';
import { Ec2Caller } from './ec2-caller.ts';
import type { Ec2FactoryOptions } from './ec2-calls.ts';
import { awsAccess, createEc2Sdk, type Ec2Sdk } from './ec2-client.ts';
import type { CallLog } from './logged-call.ts';
import { createSsmCommands, type SsmCommands } from './ssm-commands.ts';
import { createParameterReader, type ParameterReader } from './ssm-parameter.ts';

export interface ProbeRequest {
  readonly region: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly instanceType: string;
  readonly imageId: string;
  /** Null: the run makes its own. */
  readonly securityGroupId: string | null;
  readonly instanceProfile: string | null;
  /** Which the image is found by; null: the user names the image. */
  readonly parameter: string | null;
  readonly ssmDiagnostics: boolean;
}

/** `untold`: only a resource of this tool could tell, and there is none, or AWS gave no usable answer. */
export interface ProbeAnswer {
  readonly permission: string;
  readonly answer: 'allowed' | 'denied' | 'untold';
  /** AWS's own words, or what remains open. */
  readonly detail: string;
  /** A run works without it; only `doctor` or diagnostics want it. */
  readonly isOptional: boolean;
  /** False: it was asked in earnest, for it changes nothing and knows no dry run. */
  readonly isDryRun: boolean;
}

type Send = (sdk: Ec2Sdk) => Promise<{ readonly $metadata: object }>;

interface Probe {
  readonly action: string;
  readonly send: Send;
  /** It is about a resource that carries our tags, and the one named here does not exist. */
  readonly needsOwn?: boolean;
  /** A run works without it. */
  readonly isOptional?: boolean;
  readonly isDryRun?: boolean;
  /** What AWS says of something that does not exist, once the right to ask is there. */
  readonly notThere?: readonly string[];
}

/** Ids of the right form of what does not exist. */
const NO_INSTANCE = 'i-00000000000000000';
const NO_COMMAND = '00000000-0000-0000-0000-000000000000';
const NO_GROUP = 'sg-00000000000000000';
const PROBE_TAGS = [
  { Key: TAGS.run, Value: 'doctor' },
  { Key: TAGS.controller, Value: 'doctor' },
];
const DryRun = true;

function reads(): Probe[] {
  return [
    {
      action: 'DescribeInstances',
      send: ({ module: m, client }) => client.send(new m.DescribeInstancesCommand({ DryRun })),
    },
    {
      action: 'DescribeInstanceStatus',
      send: ({ module: m, client }) => client.send(new m.DescribeInstanceStatusCommand({ DryRun })),
    },
    {
      action: 'DescribeInstanceTypes',
      send: ({ module: m, client }) => client.send(new m.DescribeInstanceTypesCommand({ DryRun })),
    },
    {
      action: 'DescribeInstanceTypeOfferings',
      send: ({ module: m, client }) => client.send(new m.DescribeInstanceTypeOfferingsCommand({ DryRun })),
    },
    { action: 'DescribeImages', send: ({ module: m, client }) => client.send(new m.DescribeImagesCommand({ DryRun })) },
    {
      action: 'DescribeSubnets',
      send: ({ module: m, client }) => client.send(new m.DescribeSubnetsCommand({ DryRun })),
    },
    {
      action: 'DescribeSecurityGroups',
      send: ({ module: m, client }) => client.send(new m.DescribeSecurityGroupsCommand({ DryRun })),
    },
    {
      action: 'DescribePlacementGroups',
      send: ({ module: m, client }) => client.send(new m.DescribePlacementGroupsCommand({ DryRun })),
    },
    { action: 'DescribeTags', send: ({ module: m, client }) => client.send(new m.DescribeTagsCommand({ DryRun })) },
    {
      action: 'DescribeVolumes',
      send: ({ module: m, client }) => client.send(new m.DescribeVolumesCommand({ DryRun })),
    },
    {
      action: 'DescribeNetworkInterfaces',
      send: ({ module: m, client }) => client.send(new m.DescribeNetworkInterfacesCommand({ DryRun })),
    },
  ];
}

/** What only looking before a run needs. */
function looks(): Probe[] {
  const probes: Probe[] = [
    {
      action: 'DescribeRouteTables',
      send: ({ module: m, client }) => client.send(new m.DescribeRouteTablesCommand({ DryRun })),
    },
    {
      action: 'DescribeVpcEndpoints',
      send: ({ module: m, client }) => client.send(new m.DescribeVpcEndpointsCommand({ DryRun })),
    },
    {
      action: 'DescribeKeyPairs',
      send: ({ module: m, client }) => client.send(new m.DescribeKeyPairsCommand({ DryRun })),
    },
  ];
  return probes.map((probe) => ({ ...probe, isOptional: true }));
}

function launches(request: ProbeRequest): Probe[] {
  const { subnetId, instanceType, imageId, securityGroupId, instanceProfile } = request;
  const launch = {
    DryRun,
    ImageId: imageId,
    InstanceType: instanceType as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
    ...(securityGroupId === null ? {} : { SecurityGroupIds: [securityGroupId] }),
    ...(instanceProfile === null ? {} : { IamInstanceProfile: { Name: instanceProfile } }),
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
    TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map((ResourceType) => ({
      ResourceType,
      Tags: PROBE_TAGS,
    })),
  } satisfies RunInstancesCommandInput;
  return [{ action: 'RunInstances', send: ({ module: m, once }) => once.send(new m.RunInstancesCommand(launch)) }];
}

function makes({ vpcId, securityGroupId }: ProbeRequest): Probe[] {
  const group = { DryRun, GroupName: 'ptp-tester-doctor', Description: 'a dry run of ptp-tester doctor', VpcId: vpcId };
  const groupTags = [{ ResourceType: 'security-group' as const, Tags: PROBE_TAGS }];
  const placement = { DryRun, GroupName: 'ptp-tester-doctor', Strategy: 'precision-time' as const };
  const placementTags = [{ ResourceType: 'placement-group' as const, Tags: PROBE_TAGS }];
  const makeGroup: Probe = {
    action: 'CreateSecurityGroup',
    send: ({ module: m, client }) =>
      client.send(new m.CreateSecurityGroupCommand({ ...group, TagSpecifications: groupTags })),
  };
  return [
    ...(securityGroupId === null ? [makeGroup] : []),
    {
      action: 'CreatePlacementGroup',
      send: ({ module: m, client }) =>
        client.send(new m.CreatePlacementGroupCommand({ ...placement, TagSpecifications: placementTags })),
    },
  ];
}

/** What the policy should allow on our own resources alone: the answer for a foreign one proves nothing. */
function changes(): Probe[] {
  const InstanceIds = [NO_INSTANCE];
  const behaviour = { InstanceInitiatedShutdownBehavior: { Value: 'stop' } };
  const Tags = [{ Key: TAGS.kept, Value: 'true' }];
  const probes: Probe[] = [
    {
      action: 'TerminateInstances',
      send: ({ module: m, client }) => client.send(new m.TerminateInstancesCommand({ DryRun, InstanceIds })),
    },
    {
      action: 'ModifyInstanceAttribute',
      send: ({ module: m, client }) =>
        client.send(new m.ModifyInstanceAttributeCommand({ DryRun, InstanceId: NO_INSTANCE, ...behaviour })),
    },
    {
      action: 'CreateTags',
      send: ({ module: m, client }) => client.send(new m.CreateTagsCommand({ DryRun, Resources: InstanceIds, Tags })),
    },
    {
      action: 'DeleteSecurityGroup',
      send: ({ module: m, client }) => client.send(new m.DeleteSecurityGroupCommand({ DryRun, GroupId: NO_GROUP })),
    },
  ];
  return probes.map((probe) => ({ ...probe, needsOwn: true }));
}

type Judged = Pick<ProbeAnswer, 'answer' | 'detail'>;

function answerOf(probe: Probe, failed: { readonly call: FailedCall; readonly message: string }): Judged {
  const { call, message } = failed;
  if (probe.needsOwn === true) {
    const detail = `only a resource with the tags of this tool could tell (AWS answered ${call.awsCode})`;
    return { answer: 'untold', detail };
  }
  if (call.kind === 'permission') return { answer: 'denied', detail: message };
  if (probe.notThere?.includes(call.awsCode) === true) return { answer: 'allowed', detail: '' };
  // AWS looks at rights before it looks at anything else; what it found wrong comes after that.
  const isAllowed = call.refused && call.kind !== 'credentials' && call.kind !== 'throttling';
  return { answer: isAllowed ? 'allowed' : 'untold', detail: message };
}

async function ask(probe: Probe, caller: Ec2Caller): Promise<ProbeAnswer> {
  const { action, isOptional = false, isDryRun = true } = probe;
  const about = { permission: permissionOf(action), isOptional, isDryRun };
  try {
    await caller.dryRun(probe.action, probe.send);
    return { ...about, answer: 'allowed', detail: '' };
  } catch (error) {
    return { ...about, ...answerOf(probe, callOf(error)) };
  }
}

/** One answer for each permission that a run needs and that can be asked for. Every call is logged. */
export async function probePermissions(
  request: ProbeRequest,
  options: Ec2FactoryOptions,
  callLog: CallLog,
): Promise<readonly ProbeAnswer[]> {
  const access = awsAccess(request.region, options);
  const parameters = createParameterReader(access);
  const sdk = createEc2Sdk(access, () => undefined);
  const commands = createSsmCommands(access);
  const caller = new Ec2Caller({ region: { sdk, parameters, commands, clockOffsetMs: null }, run: null }, callLog);
  const probes = [...reads(), ...launches(request), ...makes(request), ...changes(), ...looks()];
  const ofSsm = ssmProbes(request, { parameters, commands });
  const answers = await Promise.all([...probes, ...ofSsm].map((probe) => ask(probe, caller)));
  return request.ssmDiagnostics ? [...answers, SEND_COMMAND] : answers;
}

/** SSM knows no dry run: what only reads is asked. */
function ssmProbes(
  { parameter, ssmDiagnostics }: ProbeRequest,
  { parameters, commands }: { readonly parameters: ParameterReader; readonly commands: SsmCommands },
): Probe[] {
  const find = parameter === null ? [] : [{ action: 'ssm:GetParameter', send: () => parameters.get(parameter) }];
  const look = [
    {
      action: 'ssm:DescribeInstanceInformation',
      send: () => commands.information(NO_INSTANCE),
      notThere: ['InvalidInstanceId'],
    },
    {
      action: 'ssm:GetCommandInvocation',
      send: () => commands.invocation(NO_INSTANCE, NO_COMMAND),
      notThere: ['InvocationDoesNotExist', 'InvalidInstanceId', 'InvalidCommandId'],
    },
  ].map((probe) => ({ ...probe, isOptional: true }));
  return [...find, ...(ssmDiagnostics ? look : [])].map((probe) => ({ ...probe, isDryRun: false }));
}

/** Sending one to find out would be a command. */
const SEND_COMMAND: ProbeAnswer = {
  permission: 'ssm:SendCommand',
  answer: 'untold',
  detail: 'SSM has no dry run of it, and only an instance with the tags of this tool could tell',
  isOptional: true,
  isDryRun: false,
};

/** `Ec2` over the AWS SDK: each method is one API call (or its pages), in our words. */
import type { Instance, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { RunId } from '../runs/run.ts';
import {
  type Architecture,
  type Ec2,
  type Ec2State,
  type ImageInfo,
  type InstanceTypeInfo,
  type LaunchRequest,
  type ObservedInstance,
  type SubnetInfo,
  TAGS,
} from './ec2.ts';
import { type AwsOptions, awsAccess, createEc2Sdk, type Ec2Sdk } from './ec2-client.ts';
import { FleetError } from './fleet-error.ts';
import { type CallLog, failedCall, loggedCall } from './logged-call.ts';
import { createGetParameter, type GetParameter, imageParameter } from './ssm-parameter.ts';

/** DescribeInstances: at most this many in one page. */
const PAGE_SIZE = 1000;
/** DescribeInstanceTypes accepts at most this many names. */
const TYPES_PER_CALL = 100;

const STATES: ReadonlySet<string> = new Set([
  'pending',
  'running',
  'shutting-down',
  'terminated',
  'stopping',
  'stopped',
]);

function isEc2State(text: string | undefined): text is Ec2State {
  return text !== undefined && STATES.has(text);
}

/** What we need of an instance; null for one without id or state, which EC2 does not send. */
function observe(instance: Instance): ObservedInstance | null {
  const state = instance.State?.Name;
  if (instance.InstanceId === undefined || !isEc2State(state)) return null;
  const index = Number(instance.Tags?.find((tag) => tag.Key === TAGS.index)?.Value);
  return {
    instanceId: instance.InstanceId,
    index: Number.isInteger(index) && index > 0 ? index : null,
    state,
    stateReason: instance.StateReason?.Message ?? instance.StateReason?.Code ?? null,
  };
}

function missing(action: string, what: string): FleetError {
  return failedCall(action, Object.assign(new Error(`the answer holds no ${what}`), { name: 'AnswerIncomplete' }));
}

/** A missing subnet or image is an answer, not a failure. */
async function orNullIfUnknown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof FleetError && error.call?.kind === 'not_found') return null;
    throw error;
  }
}

interface Region {
  readonly sdk: () => Promise<Ec2Sdk>;
  readonly getParameter: GetParameter;
}

class SdkEc2 implements Ec2 {
  readonly #region: Region;
  readonly #run: RunId;
  readonly #controllerId: string;
  readonly #callLog: CallLog;

  constructor(scope: { region: Region; run: RunId; controllerId: string }, callLog: CallLog) {
    this.#region = scope.region;
    this.#run = scope.run;
    this.#controllerId = scope.controllerId;
    this.#callLog = callLog;
  }

  async runInstances(request: LaunchRequest): Promise<string> {
    // The request is in the API's own words; the SDK types instance types and arrays more narrowly.
    const input = request as unknown as RunInstancesCommandInput;
    const answer = await this.#call('RunInstances', ({ module, once }) =>
      once.send(new module.RunInstancesCommand(input)),
    );
    const instanceId = answer.Instances?.[0]?.InstanceId;
    if (instanceId === undefined) throw missing('RunInstances', 'instance');
    return instanceId;
  }

  async describeRun(): Promise<readonly ObservedInstance[]> {
    const filters = [
      { Name: `tag:${TAGS.run}`, Values: [this.#run] },
      { Name: `tag:${TAGS.controller}`, Values: [this.#controllerId] },
    ];
    const found: ObservedInstance[] = [];
    let page: string | undefined;
    do {
      const input = { Filters: filters, MaxResults: PAGE_SIZE, NextToken: page };
      const answer = await this.#call('DescribeInstances', ({ module, client }) =>
        client.send(new module.DescribeInstancesCommand(input)),
      );
      const instances = (answer.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
      found.push(...instances.map(observe).filter((instance) => instance !== null));
      page = answer.NextToken;
    } while (page !== undefined && page !== '');
    return found;
  }

  async terminate(instanceIds: readonly string[]): Promise<void> {
    await this.#call('TerminateInstances', ({ module, client }) =>
      client.send(new module.TerminateInstancesCommand({ InstanceIds: [...instanceIds] })),
    );
  }

  async consoleOutput(instanceId: string): Promise<string> {
    const answer = await this.#call('GetConsoleOutput', ({ module, client }) =>
      client.send(new module.GetConsoleOutputCommand({ InstanceId: instanceId })),
    );
    return Buffer.from(answer.Output ?? '', 'base64').toString('utf8');
  }

  async describeInstanceTypes(types: readonly string[]): Promise<readonly InstanceTypeInfo[]> {
    const found: InstanceTypeInfo[] = [];
    for (let start = 0; start < types.length; start += TYPES_PER_CALL) {
      // A filter leaves unknown names out; naming them as InstanceTypes would fail the whole call at the first.
      const filter = { Name: 'instance-type', Values: types.slice(start, start + TYPES_PER_CALL) };
      const answer = await this.#call('DescribeInstanceTypes', ({ module, client }) =>
        client.send(new module.DescribeInstanceTypesCommand({ Filters: [filter], MaxResults: TYPES_PER_CALL })),
      );
      for (const info of answer.InstanceTypes ?? []) {
        found.push({
          type: info.InstanceType ?? '',
          architectures: info.ProcessorInfo?.SupportedArchitectures ?? [],
          phcSupport: info.PhcSupport ?? null,
        });
      }
    }
    return found;
  }

  describeSubnet(subnetId: string): Promise<SubnetInfo | null> {
    return orNullIfUnknown(async () => {
      const answer = await this.#call('DescribeSubnets', ({ module, client }) =>
        client.send(new module.DescribeSubnetsCommand({ SubnetIds: [subnetId] })),
      );
      const subnet = answer.Subnets?.[0];
      if (subnet === undefined) throw missing('DescribeSubnets', 'subnet');
      return { subnetId, vpcId: subnet.VpcId ?? '', availabilityZone: subnet.AvailabilityZone ?? '' };
    });
  }

  describeImage(imageId: string): Promise<ImageInfo | null> {
    return orNullIfUnknown(async () => {
      const answer = await this.#call('DescribeImages', ({ module, client }) =>
        client.send(new module.DescribeImagesCommand({ ImageIds: [imageId] })),
      );
      const image = answer.Images?.[0];
      if (image === undefined) throw missing('DescribeImages', 'image');
      return { imageId, architecture: image.Architecture ?? '' };
    });
  }

  async newestImage(architecture: Architecture): Promise<string> {
    const call = { action: 'ssm:GetParameter', run: this.#run };
    const name = imageParameter(architecture);
    const answer = await loggedCall(call, this.#callLog, () => this.#region.getParameter(name));
    const imageId = answer.Parameter?.Value;
    if (imageId === undefined || imageId === '') throw missing('ssm:GetParameter', `value of ${name}`);
    return imageId;
  }

  #call<Answer extends { readonly $metadata: object }>(
    action: string,
    send: (sdk: Ec2Sdk) => Promise<Answer>,
  ): Promise<Answer> {
    return loggedCall({ action, run: this.#run }, this.#callLog, async () => send(await this.#region.sdk()));
  }
}

export interface Ec2FactoryOptions extends AwsOptions {
  /** Only resources with this controller's tag are seen. */
  readonly controllerId: string;
}

/** Gives the EC2 of a run's region; the clients of a region are shared between its runs. */
export type Ec2Factory = (scope: { readonly region: string; readonly run: RunId }) => Ec2;

export function createEc2Factory(options: Ec2FactoryOptions, callLog: CallLog): Ec2Factory {
  const regions = new Map<string, Region>();
  const regionOf = (name: string): Region => {
    const known = regions.get(name);
    if (known !== undefined) return known;
    const access = awsAccess(name, options);
    const region = { sdk: createEc2Sdk(access), getParameter: createGetParameter(access) };
    regions.set(name, region);
    return region;
  };
  return ({ region, run }) =>
    new SdkEc2({ region: regionOf(region), run, controllerId: options.controllerId }, callLog);
}

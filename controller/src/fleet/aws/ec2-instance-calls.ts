/** `Ec2Instances` over the AWS SDK: launch, look, keep, terminate. */
import type { Instance, InstanceStatus, RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import {
  type Ec2Instances,
  type Ec2State,
  type InstanceHealth,
  type ObservedInstance,
  TAGS,
  type TagScope,
} from '../ec2.ts';
import { allPages, chunks, type Ec2Caller, missing, RESOURCES_PER_CALL } from './ec2-caller.ts';
import { scopeFilters, tagsOf } from './ec2-tag-calls.ts';

/** DescribeInstances: at most this many in one page. */
const PAGE_SIZE = 1000;
/** DescribeInstanceStatus: at most this many ids. */
const STATUSES_PER_CALL = 100;

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

/** The message repeats the code in most cases; where it does not, both are shown. */
function stateReasonOf({ StateReason: reason }: Instance): string | null {
  const { Code: code, Message: message } = reason ?? {};
  if (code === undefined || code === '') return message ?? null;
  return message === undefined || message.startsWith(code) ? (message ?? code) : `${code}: ${message}`;
}

/** What we need of an instance; null for one without id or state, which EC2 does not send. */
function observe(instance: Instance): ObservedInstance | null {
  const state = instance.State?.Name;
  if (instance.InstanceId === undefined || !isEc2State(state)) return null;
  const tags = tagsOf(instance.Tags);
  const index = Number(tags[TAGS.index]);
  const group = instance.Placement?.GroupName ?? '';
  return {
    instanceId: instance.InstanceId,
    index: Number.isInteger(index) && index > 0 ? index : null,
    state,
    stateReason: stateReasonOf(instance),
    launchedAt: instance.LaunchTime?.getTime() ?? null,
    tags,
    volumeIds: (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeId ?? []),
    networkInterfaceIds: (instance.NetworkInterfaces ?? []).flatMap((one) => one.NetworkInterfaceId ?? []),
    securityGroupIds: (instance.SecurityGroups ?? []).flatMap((one) => one.GroupId ?? []),
    placementGroup: group === '' ? null : group,
  };
}

function healthOf(status: InstanceStatus): InstanceHealth {
  return {
    instanceId: status.InstanceId ?? '',
    systemStatus: status.SystemStatus?.Status ?? 'insufficient-data',
    instanceStatus: status.InstanceStatus?.Status ?? 'insufficient-data',
    scheduledEvents: (status.Events ?? [])
      // EC2 keeps an event that is over in the list, with a mark in its text.
      .filter(({ Description: text = '' }) => !/^\[(Completed|Canceled)\]/.test(text))
      .map((event) => ({
        code: event.Code ?? '',
        text: event.Description ?? '',
        notBefore: event.NotBefore?.toISOString() ?? null,
      })),
  };
}

async function describeHealth(caller: Ec2Caller, instanceIds: readonly string[]): Promise<InstanceHealth[]> {
  const found: InstanceHealth[] = [];
  for (let at = 0; at < instanceIds.length; at += STATUSES_PER_CALL) {
    const InstanceIds = instanceIds.slice(at, at + STATUSES_PER_CALL);
    const answer = await caller.call('DescribeInstanceStatus', ({ module, client }) =>
      client.send(new module.DescribeInstanceStatusCommand({ InstanceIds })),
    );
    found.push(...(answer.InstanceStatuses ?? []).map(healthOf));
  }
  return found;
}

export function instanceCalls(caller: Ec2Caller, own: TagScope): Ec2Instances {
  return {
    runInstances: async (request) => {
      // The request is in the API's own words; the SDK types instance types and arrays more narrowly.
      const input = request as unknown as RunInstancesCommandInput;
      const answer = await caller.call('RunInstances', ({ module, once }) =>
        once.send(new module.RunInstancesCommand(input)),
      );
      const instanceId = answer.Instances?.[0]?.InstanceId;
      if (instanceId === undefined) throw missing('RunInstances', 'instance');
      return instanceId;
    },
    describeInstances: async (scope = own) => {
      const instances = await allPages(async (NextToken) => {
        const input = { Filters: scopeFilters(scope), MaxResults: PAGE_SIZE, NextToken };
        const answer = await caller.call('DescribeInstances', ({ module, client }) =>
          client.send(new module.DescribeInstancesCommand(input)),
        );
        return { items: (answer.Reservations ?? []).flatMap((one) => one.Instances ?? []), next: answer.NextToken };
      });
      return instances.map(observe).filter((instance) => instance !== null);
    },
    describeHealth: (instanceIds) => describeHealth(caller, instanceIds),
    terminate: async (instanceIds) => {
      for (const InstanceIds of chunks(instanceIds, RESOURCES_PER_CALL)) {
        await caller.call('TerminateInstances', ({ module, client }) =>
          client.send(new module.TerminateInstancesCommand({ InstanceIds })),
        );
      }
    },
    consoleOutput: async (InstanceId) => {
      const answer = await caller.call('GetConsoleOutput', ({ module, client }) =>
        client.send(new module.GetConsoleOutputCommand({ InstanceId })),
      );
      return Buffer.from(answer.Output ?? '', 'base64').toString('utf8');
    },
    shutdownBehaviour: async (InstanceId) => {
      const input = { InstanceId, Attribute: 'instanceInitiatedShutdownBehavior' as const };
      const answer = await caller.call('DescribeInstanceAttribute', ({ module, client }) =>
        client.send(new module.DescribeInstanceAttributeCommand(input)),
      );
      return answer.InstanceInitiatedShutdownBehavior?.Value ?? '';
    },
    stopOnShutdown: async (InstanceId, { dryRun }) => {
      const behaviour = { InstanceInitiatedShutdownBehavior: { Value: 'stop' } };
      const input = { InstanceId, ...behaviour, ...(dryRun ? { DryRun: true } : {}) };
      const way = dryRun ? 'dryRun' : 'call';
      await caller[way]('ModifyInstanceAttribute', ({ module, client }) =>
        client.send(new module.ModifyInstanceAttributeCommand(input)),
      );
    },
  };
}

// DescribeInstances, TerminateInstances, StopInstances, StartInstances, RebootInstances, GetConsoleOutput.
import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  GetConsoleOutputRequest,
  GetConsoleOutputResult,
  Instance,
  InstanceStateChange,
  RebootInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { Account, ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { type InstanceEvent, type InstanceRecord, instanceView, nextState, stateView } from './instance.ts';
import { isHidden } from './late-instances.ts';
import { page } from './pages.ts';
import { reservationView } from './run-instances.ts';

const FIELDS: FilterFields<Instance> = {
  architecture: (instance) => instance.Architecture,
  'availability-zone': (instance) => instance.Placement?.AvailabilityZone,
  'availability-zone-id': (instance) => instance.Placement?.AvailabilityZoneId,
  'client-token': (instance) => instance.ClientToken,
  'image-id': (instance) => instance.ImageId,
  'instance-id': (instance) => instance.InstanceId,
  'instance-state-code': (instance) => String(instance.State?.Code),
  'instance-state-name': (instance) => instance.State?.Name,
  'instance-type': (instance) => instance.InstanceType,
  'instance.group-id': (instance) => instance.SecurityGroups?.map((group) => group.GroupId ?? ''),
  'placement-group-name': (instance) => instance.Placement?.GroupName,
  'private-ip-address': (instance) => instance.PrivateIpAddress,
  'state-reason-code': (instance) => instance.StateReason?.Code,
  'subnet-id': (instance) => instance.SubnetId,
  'vpc-id': (instance) => instance.VpcId,
};

/** DescribeInstances. */
export function describeInstances(request: DescribeInstancesRequest, context: ActionContext): DescribeInstancesResult {
  const { account } = context;
  if (request.MaxResults !== undefined && request.InstanceIds !== undefined) {
    throw new ApiError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    );
  }
  const records = chosenInstances(account, request.InstanceIds);
  const views = records.map((record) => instanceView(account, record));
  const matching = applyFilters(views, request.Filters, FIELDS);
  const { items, ...rest } = page(matching, request, { smallest: 5, largest: 1000 });
  const byReservation = Map.groupBy(items, ({ InstanceId: id = '' }) => account.instances.get(id)?.reservationId ?? '');
  const reservations = [...byReservation].map(([id, instances]) => ({
    ...reservationView(account, id, []),
    Instances: instances,
  }));
  return { Reservations: reservations, ...rest };
}

/** TerminateInstances: all or none. */
export function terminateInstances(
  request: TerminateInstancesRequest,
  context: ActionContext,
): TerminateInstancesResult {
  const records = chosenInstances(context.account, request.InstanceIds);
  const guarded = records.find((record) => record.disableApiTermination && record.state !== 'terminated');
  if (guarded !== undefined) {
    throw new ApiError(
      'OperationNotPermitted',
      `The instance '${guarded.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  refuseDryRun(request);
  return { TerminatingInstances: records.map((record) => change(record, 'terminate', context)) };
}

/** StopInstances. */
export function stopInstances(request: StopInstancesRequest, context: ActionContext): StopInstancesResult {
  const records = chosenInstances(context.account, request.InstanceIds);
  requirePossible(records, 'stop');
  refuseDryRun(request);
  return { StoppingInstances: records.map((record) => change(record, 'stop', context)) };
}

/** StartInstances. */
export function startInstances(request: StartInstancesRequest, context: ActionContext): StartInstancesResult {
  const records = chosenInstances(context.account, request.InstanceIds);
  const resting = records.filter(({ state }) => state !== 'running' && state !== 'pending');
  requirePossible(resting, 'start');
  refuseDryRun(request);
  const changes = records.map((record) =>
    resting.includes(record) ? change(record, 'start', context) : unchanged(record),
  );
  return { StartingInstances: changes };
}

/** RebootInstances: an instance that does not run is left alone. */
export function rebootInstances(request: RebootInstancesRequest, context: ActionContext): object {
  const records = chosenInstances(context.account, request.InstanceIds);
  refuseDryRun(request);
  for (const record of records) if (record.state === 'running') context.machines.reboot(record);
  return {};
}

/** GetConsoleOutput: the last part, Base64. */
export async function getConsoleOutput(
  request: GetConsoleOutputRequest,
  context: ActionContext,
): Promise<GetConsoleOutputResult> {
  const record = requireInstance(context.account, request.InstanceId ?? '');
  const { text, writtenAt } = await context.machines.console(record.id);
  return { InstanceId: record.id, Timestamp: writtenAt, Output: Buffer.from(text).toString('base64') };
}

/** The instance with this id. @throws ApiError InvalidInstanceID.Malformed, InvalidInstanceID.NotFound */
export function requireInstance(account: Account, id: string): InstanceRecord {
  if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new ApiError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
  }
  const record = account.instances.get(id);
  if (record === undefined || isHidden(account, record)) {
    throw new ApiError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
  }
  return record;
}

/** Moves an instance on because of the API, or because it shut itself down. */
export function shutDown(
  record: InstanceRecord,
  event: 'terminate' | 'stop',
  options: { code: string; message: string; now: number },
): boolean {
  const next = nextState(record.state, event);
  if (next === undefined || next === record.state) return false;
  record.state = next;
  record.stateReason = { Code: options.code, Message: `${options.code}: ${options.message}` };
  const at = new Date(options.now).toISOString().replace('T', ' ').slice(0, 19);
  record.stateTransitionReason = `User initiated (${at} GMT)`;
  return true;
}

/** The instances with these ids, or all that show. @throws ApiError InvalidInstanceID.Malformed, InvalidInstanceID.NotFound */
export function chosenInstances(account: Account, ids: readonly string[] | undefined): InstanceRecord[] {
  if (ids === undefined) return [...account.instances.values()].filter((record) => !isHidden(account, record));
  return [...new Set(ids)].map((id) => requireInstance(account, id));
}

function requirePossible(records: readonly InstanceRecord[], event: InstanceEvent): void {
  for (const record of records) {
    if (nextState(record.state, event) !== undefined) continue;
    throw new ApiError(
      'IncorrectInstanceState',
      `The instance '${record.id}' is not in a state from which it can do this: it is ${record.state}.`,
    );
  }
}

function change(
  record: InstanceRecord,
  event: 'terminate' | 'stop' | 'start',
  context: ActionContext,
): InstanceStateChange {
  const previous = record.state;
  if (event === 'start') {
    record.state = 'pending';
    record.stateReason = undefined;
    record.stateTransitionReason = '';
    context.machines.start(record);
  } else {
    const reason = { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown', now: context.now() };
    if (shutDown(record, event, reason)) context.machines[event](record);
  }
  return {
    InstanceId: record.id,
    PreviousState: stateView(previous),
    CurrentState: stateView(record.state),
  };
}

function unchanged(record: InstanceRecord): InstanceStateChange {
  const state = stateView(record.state);
  return { InstanceId: record.id, PreviousState: state, CurrentState: state };
}

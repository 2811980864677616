// DescribeInstanceStatus: status checks and scheduled maintenance.
import type {
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  InstanceStatus,
  InstanceStatusSummary,
} from '@aws-sdk/client-ec2';
import type { Account, ActionContext } from './account.ts';
import { applyFilters, type FilterFields } from './filters.ts';
import { type InstanceRecord, stateView } from './instance.ts';
import { chosenInstances } from './instances.ts';
import { page } from './pages.ts';

const FIELDS: FilterFields<InstanceStatus & { Tags?: never }> = {
  'availability-zone': (status) => status.AvailabilityZone,
  'availability-zone-id': (status) => status.AvailabilityZoneId,
  'event.code': (status) => status.Events?.map((event) => event.Code ?? ''),
  'event.description': (status) => status.Events?.map((event) => event.Description ?? ''),
  'event.instance-event-id': (status) => status.Events?.map((event) => event.InstanceEventId ?? ''),
  'instance-state-code': (status) => String(status.InstanceState?.Code),
  'instance-state-name': (status) => status.InstanceState?.Name,
  'instance-status.reachability': (status) => status.InstanceStatus?.Details?.map((detail) => detail.Status ?? ''),
  'instance-status.status': (status) => status.InstanceStatus?.Status,
  'system-status.status': (status) => status.SystemStatus?.Status,
};

/** DescribeInstanceStatus: running instances only, unless all are asked for. */
export function describeInstanceStatus(
  request: DescribeInstanceStatusRequest,
  { account }: ActionContext,
): DescribeInstanceStatusResult {
  const records = chosenInstances(account, request.InstanceIds).filter(
    ({ state }) => request.IncludeAllInstances === true || state === 'running',
  );
  const matching = applyFilters(
    records.map((record) => statusView(account, record)),
    request.Filters,
    FIELDS,
  );
  const { items, ...rest } = page(matching, request, { smallest: 5, largest: 1000 });
  return { InstanceStatuses: items, ...rest };
}

function statusView(account: Account, record: InstanceRecord): InstanceStatus {
  return {
    InstanceId: record.id,
    InstanceState: stateView(record.state),
    AvailabilityZone: record.zone,
    AvailabilityZoneId: record.zoneId,
    Events: [...record.events],
    InstanceStatus: checksOf(account, record),
    SystemStatus: checksOf(account, { ...record, impairedSince: undefined }),
  };
}

function checksOf(account: Account, record: InstanceRecord): InstanceStatusSummary {
  if (record.state !== 'running') return { Status: 'not-applicable' };
  if (record.impairedSince !== undefined) {
    return {
      Status: 'impaired',
      Details: [{ Name: 'reachability', Status: 'failed', ImpairedSince: new Date(record.impairedSince) }],
    };
  }
  const readyAt = (record.bootedAt ?? 0) + (account.conditions.slow.statusMs ?? 0);
  const isReady = account.now() >= readyAt;
  return {
    Status: isReady ? 'ok' : 'initializing',
    Details: [{ Name: 'reachability', Status: isReady ? 'passed' : 'initializing' }],
  };
}

// ModifyInstanceAttribute and DescribeInstanceAttribute.
import type {
  DescribeInstanceAttributeRequest,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
} from '@aws-sdk/client-ec2';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import { refuseDryRun } from './dry-run.ts';
import type { InstanceRecord } from './instance.ts';
import { requireInstance } from './instances.ts';
import { shutdownBehaviorOf } from './shutdown-behavior.ts';

const READERS: Readonly<Record<string, (record: InstanceRecord) => InstanceAttribute>> = {
  disableApiTermination: (record) => ({ DisableApiTermination: { Value: record.disableApiTermination } }),
  ebsOptimized: () => ({ EbsOptimized: { Value: false } }),
  enaSupport: () => ({ EnaSupport: { Value: true } }),
  groupSet: (record) => ({ Groups: record.securityGroupIds.map((id) => ({ GroupId: id })) }),
  instanceInitiatedShutdownBehavior: (record) => ({
    InstanceInitiatedShutdownBehavior: { Value: record.shutdownBehavior },
  }),
  instanceType: (record) => ({ InstanceType: { Value: record.instanceType } }),
  rootDeviceName: () => ({ RootDeviceName: { Value: '/dev/xvda' } }),
  sourceDestCheck: () => ({ SourceDestCheck: { Value: true } }),
  userData: (record) => ({
    UserData: record.userData === undefined ? {} : { Value: Buffer.from(record.userData).toString('base64') },
  }),
};

/** DescribeInstanceAttribute. */
export function describeInstanceAttribute(
  request: DescribeInstanceAttributeRequest,
  context: ActionContext,
): InstanceAttribute {
  const record = requireInstance(context.account, request.InstanceId ?? '');
  const name = request.Attribute ?? '';
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
  if (reader === undefined) {
    throw new ApiError(
      'InvalidParameterValue',
      `Value (${name}) for parameter attribute is invalid. Unknown attribute.`,
    );
  }
  return { InstanceId: record.id, ...reader(record) };
}

/** ModifyInstanceAttribute: one attribute in each request, of those that the endpoint can change. */
export function modifyInstanceAttribute(request: ModifyInstanceAttributeRequest, context: ActionContext): object {
  const record = requireInstance(context.account, request.InstanceId ?? '');
  const changes = requestedChanges(request);
  const [name, ...others] = Object.keys(changes);
  if (name === undefined) {
    throw new ApiError('InvalidParameterCombination', 'No attributes specified.');
  }
  if (others.length > 0) {
    throw new ApiError(
      'InvalidParameterCombination',
      'Fields for multiple attribute types specified. Only one is allowed.',
    );
  }
  if (record.state === 'terminated' || record.state === 'shutting-down') {
    throw new ApiError('IncorrectInstanceState', `The instance '${record.id}' is ${record.state}.`);
  }
  const apply = changeOf(name, changes[name]);
  refuseDryRun(request);
  apply(record);
  return {};
}

function requestedChanges(request: ModifyInstanceAttributeRequest): Record<string, unknown> {
  const { InstanceId: _id, DryRun: _dryRun, Attribute: attribute, Value: value, ...fields } = request;
  const given = Object.entries(fields)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => {
      const inner = typeof field === 'object' && field !== null && 'Value' in field ? field.Value : field;
      return [name.charAt(0).toLowerCase() + name.slice(1), inner] as const;
    });
  return Object.fromEntries(attribute === undefined ? given : [...given, [attribute, value]]);
}

function changeOf(name: string, value: unknown): (record: InstanceRecord) => void {
  switch (name) {
    case 'instanceInitiatedShutdownBehavior': {
      const behavior = shutdownBehaviorOf(String(value));
      return (record) => {
        record.shutdownBehavior = behavior;
      };
    }
    case 'disableApiTermination': {
      const isDisabled = booleanOf(name, value);
      return (record) => {
        record.disableApiTermination = isDisabled;
      };
    }
    default:
      throw new ApiError('Unsupported', `local-ec2 cannot change the attribute ${name}.`);
  }
}

function booleanOf(name: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new ApiError('InvalidParameterValue', `Value (${String(value)}) for parameter ${name} is invalid.`);
}

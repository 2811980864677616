// SSM's run command: which instances it manages, scripts sent to them, and what came of each. The scripts really run in the instance.
import type {
  DescribeInstanceInformationRequest,
  GetCommandInvocationRequest,
  GetCommandInvocationResult,
  SendCommandRequest,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../api-error.ts';
import type { ActionContext } from './account.ts';
import type { InstanceRecord } from './instance.ts';

/** A script that was sent. */
export interface CommandRecord {
  readonly id: string;
  readonly instanceId: string;
  readonly documentName: string;
  status: 'InProgress' | 'Success' | 'Failed' | 'TimedOut';
  exitCode: number;
  output: string;
}

const DOCUMENT = 'AWS-RunShellScript';
/** GetCommandInvocation shows the first 24,000 characters (SSM API reference, StandardOutputContent). */
const MAX_OUTPUT = 24_000;
/** Default of the document's executionTimeout, seconds. */
const EXECUTION_TIMEOUT = '3600';

/** DescribeInstanceInformation. As on AWS an instance is managed once it runs and has a role that lets its agent register. */
export function describeInstanceInformation(request: DescribeInstanceInformationRequest, context: ActionContext) {
  const wanted = request.Filters?.find(({ Key }) => Key === 'InstanceIds')?.Values;
  const managed = [...context.account.instances.values()].filter((record) => isManaged(record, context));
  return {
    InstanceInformationList: managed
      .filter(({ id }) => wanted === undefined || wanted.includes(id))
      .map(({ id }) => ({
        InstanceId: id,
        PingStatus: 'Online',
        PlatformType: 'Linux',
        ResourceType: 'EC2Instance',
        AgentVersion: 'local-ec2',
      })),
  };
}

/** SendCommand: AWS-RunShellScript only, to instances by id. */
export function sendCommand(request: SendCommandRequest, context: ActionContext) {
  const [id, ...others] = request.InstanceIds ?? [];
  if (request.DocumentName !== DOCUMENT) throw new ApiError('InvalidDocument', 'local-ec2 has AWS-RunShellScript.');
  const record = context.account.instances.get(id ?? '');
  if (record === undefined || others.length > 0 || !isManaged(record, context)) {
    throw new ApiError('InvalidInstanceId', 'Instances not in a valid state for account');
  }
  const { commands = [], executionTimeout: [timeout = EXECUTION_TIMEOUT] = [] } = request.Parameters ?? {};
  if (commands.length === 0) throw new ApiError('InvalidParameters', 'The parameter commands is required.');
  const command: CommandRecord = {
    id: context.newUuid(),
    instanceId: record.id,
    documentName: DOCUMENT,
    status: 'InProgress',
    exitCode: -1,
    output: '',
  };
  context.account.commands.set(command.id, command);
  const run = context.machines.runScript(record.id, { script: commands.join('\n'), timeoutMs: Number(timeout) * 1000 });
  run.then(
    ({ output, exitCode }) => {
      Object.assign(command, { status: statusOf(exitCode), exitCode: exitCode ?? -1, output });
    },
    (error: unknown) => Object.assign(command, { status: 'Failed', output: String(error) }),
  );
  return { Command: { CommandId: command.id, DocumentName: DOCUMENT, Status: 'Pending', InstanceIds: [record.id] } };
}

/** GetCommandInvocation. */
export function getCommandInvocation(
  request: GetCommandInvocationRequest,
  { account }: ActionContext,
): GetCommandInvocationResult {
  const command = account.commands.get(request.CommandId ?? '');
  if (command === undefined || command.instanceId !== request.InstanceId) {
    throw new ApiError('InvocationDoesNotExist', 'The command ID and managed node ID you specified did not match any.');
  }
  return {
    CommandId: command.id,
    InstanceId: command.instanceId,
    DocumentName: command.documentName,
    Status: command.status,
    StatusDetails: command.status,
    ResponseCode: command.exitCode,
    StandardOutputContent: command.output.slice(0, MAX_OUTPUT),
    StandardErrorContent: '',
  };
}

/** Null: it was ended because it took too long. */
function statusOf(exitCode: number | null): CommandRecord['status'] {
  if (exitCode === null) return 'TimedOut';
  return exitCode === 0 ? 'Success' : 'Failed';
}

function isManaged({ id, state, instanceProfile }: InstanceRecord, { machines }: ActionContext): boolean {
  return state === 'running' && instanceProfile !== undefined && machines.canRunScripts(id);
}

/** SSM's run command over the AWS SDK, loaded when first used: one fixed document, one instance at a time. */
import type {
  DescribeInstanceInformationCommandOutput,
  GetCommandInvocationCommandOutput,
  SendCommandCommandOutput,
} from '@aws-sdk/client-ssm';
import type { Ec2Scripts } from '../ec2.ts';
import { type Ec2Caller, missing, orNullIfUnknown } from './ec2-caller.ts';
import type { AwsAccess } from './ec2-client.ts';

export interface SsmCommands {
  information(instanceId: string): Promise<DescribeInstanceInformationCommandOutput>;
  send(instanceId: string, script: string): Promise<SendCommandCommandOutput>;
  invocation(instanceId: string, commandId: string): Promise<GetCommandInvocationCommandOutput>;
  /** The next call looks for credentials anew. */
  renew(): void;
}

/** AWS's own document that runs a shell script as root (SSM user guide, "AWS-RunShellScript"). */
const DOCUMENT = 'AWS-RunShellScript';
/** For the command to reach the instance, seconds; 30 is the least that SSM takes. */
const DELIVERY_S = 30;
const EXECUTION_S = 30;
const UNDER_WAY: ReadonlySet<string> = new Set(['Pending', 'InProgress', 'Delayed', 'Cancelling']);

export function createSsmCommands(access: AwsAccess): SsmCommands {
  const load = async () => {
    const module = await import('@aws-sdk/client-ssm');
    const endpoint = access.ssmEndpoint === undefined ? {} : { endpoint: access.ssmEndpoint };
    const shared = { ...access.options, ...endpoint };
    // A script that was sent must not be sent again because its answer was lost.
    return { module, client: new module.SSMClient(shared), once: new module.SSMClient({ ...shared, maxAttempts: 1 }) };
  };
  let loading: ReturnType<typeof load> | null = null;
  const sdk = () => {
    loading ??= load();
    return loading;
  };
  return {
    information: async (instanceId) => {
      const { module, client } = await sdk();
      const Filters = [{ Key: 'InstanceIds', Values: [instanceId] }];
      return client.send(new module.DescribeInstanceInformationCommand({ Filters }));
    },
    send: async (instanceId, script) => {
      const { module, once } = await sdk();
      return once.send(
        new module.SendCommandCommand({
          DocumentName: DOCUMENT,
          InstanceIds: [instanceId],
          TimeoutSeconds: DELIVERY_S,
          Parameters: { commands: [script], executionTimeout: [String(EXECUTION_S)] },
          Comment: 'ptp-tester diagnostics',
        }),
      );
    },
    invocation: async (instanceId, commandId) => {
      const { module, client } = await sdk();
      return client.send(new module.GetCommandInvocationCommand({ InstanceId: instanceId, CommandId: commandId }));
    },
    renew: () => {
      loading = null;
    },
  };
}

export function scriptCalls(caller: Ec2Caller): Ec2Scripts {
  return {
    managedInstance: async (instanceId) => {
      const answer = await caller.command('ssm:DescribeInstanceInformation', (ssm) => ssm.information(instanceId));
      const found = answer.InstanceInformationList?.find((one) => one.InstanceId === instanceId);
      return found === undefined ? null : { pingStatus: found.PingStatus ?? '' };
    },
    sendScript: async (instanceId, script) => {
      const answer = await caller.command('ssm:SendCommand', (ssm) => ssm.send(instanceId, script));
      const commandId = answer.Command?.CommandId;
      if (commandId === undefined) throw missing('ssm:SendCommand', 'command id');
      return commandId;
    },
    scriptResult: (instanceId, commandId) =>
      // A command is not known everywhere the moment it was sent.
      orNullIfUnknown(async () => {
        const answer = await caller.command('ssm:GetCommandInvocation', (ssm) => ssm.invocation(instanceId, commandId));
        return { status: answer.Status ?? '', output: answer.StandardOutputContent ?? '' };
      }).then((result) => (result === null || UNDER_WAY.has(result.status) ? null : result)),
  };
}

/** What `ptp-tester doctor` asks of AWS, for no run in particular: facts, networks, dry runs, identity. Changes nothing. */
import type { Ec2Facts } from '../ec2.ts';
import { Ec2Caller } from './ec2-caller.ts';
import { type AwsOptions, awsAccess, createEc2Sdk } from './ec2-client.ts';
import { factCalls } from './ec2-fact-calls.ts';
import { type Ec2Network, networkCalls } from './ec2-network-calls.ts';
import { type ProbeAnswer, type ProbeRequest, probePermissions } from './ec2-probe.ts';
import type { CallLog } from './logged-call.ts';
import { createSsmCommands } from './ssm-commands.ts';
import { createParameterReader } from './ssm-parameter.ts';
import { type CallerIdentity, readIdentity } from './sts-identity.ts';

export interface DoctorCalls extends Ec2Facts, Ec2Network {
  identity(): Promise<CallerIdentity>;
  permissions(request: Omit<ProbeRequest, 'region'>): Promise<readonly ProbeAnswer[]>;
  /** AWS's time - ours, as its last answer told, ms; null before the first. */
  clockOffsetMs(): number | null;
}

/** Every method throws `FleetError` `call_failed` when the call fails. */
export function createDoctorCalls(regionName: string, aws: AwsOptions, callLog: CallLog): DoctorCalls {
  const access = awsAccess(regionName, aws);
  const sdk = createEc2Sdk(access, (date) => {
    region.clockOffsetMs = date - callLog.now();
  });
  const commands = createSsmCommands(access);
  const region = { sdk, commands, parameters: createParameterReader(access), clockOffsetMs: null as number | null };
  const caller = new Ec2Caller({ region, run: null }, callLog);
  return {
    ...factCalls(caller),
    ...networkCalls(caller),
    clockOffsetMs: () => region.clockOffsetMs,
    identity: () => readIdentity(regionName, aws, callLog),
    permissions: (request) =>
      probePermissions({ ...request, region: regionName }, { ...aws, controllerId: 'doctor' }, callLog),
  };
}

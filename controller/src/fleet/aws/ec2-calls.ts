/** `Ec2` over the AWS SDK: each method is one API call (or its pages), in our words. */
import type { RunId } from '../../runs/run.ts';
import type { Ec2, TagScope } from '../ec2.ts';
import { Ec2Caller, type Ec2Region } from './ec2-caller.ts';
import { type AwsOptions, awsAccess, createEc2Sdk } from './ec2-client.ts';
import { factCalls } from './ec2-fact-calls.ts';
import { placementGroupCalls, securityGroupCalls } from './ec2-group-calls.ts';
import { instanceCalls } from './ec2-instance-calls.ts';
import { tagCalls } from './ec2-tag-calls.ts';
import type { CallLog } from './logged-call.ts';
import { createSsmCommands, scriptCalls } from './ssm-commands.ts';
import { createParameterReader } from './ssm-parameter.ts';

export interface Ec2FactoryOptions extends AwsOptions {
  /** Goes into tags; only resources with this controller's tag are seen by a run. */
  readonly controllerId: string;
}

/** Gives the EC2 of a region, for a run or (null) for none; the clients of a region are shared. */
export type Ec2Factory = (scope: { readonly region: string; readonly run: RunId | null }) => Ec2;

export function createEc2Factory(options: Ec2FactoryOptions, callLog: CallLog): Ec2Factory {
  const regions = new Map<string, Ec2Region>();
  const makeRegion = (name: string): Ec2Region => {
    const access = awsAccess(name, options);
    const region: Ec2Region = {
      sdk: createEc2Sdk(access, (date) => {
        region.clockOffsetMs = date - callLog.now();
      }),
      parameters: createParameterReader(access),
      commands: createSsmCommands(access),
      clockOffsetMs: null,
    };
    regions.set(name, region);
    return region;
  };
  return ({ region, run }) => {
    const caller = new Ec2Caller({ region: regions.get(region) ?? makeRegion(region), run }, callLog);
    const own: TagScope = run === null ? {} : { run, controller: options.controllerId };
    return {
      ...factCalls(caller),
      ...instanceCalls(caller, own),
      ...securityGroupCalls(caller, own),
      ...placementGroupCalls(caller, own),
      ...tagCalls(caller, own),
      ...scriptCalls(caller),
    };
  };
}

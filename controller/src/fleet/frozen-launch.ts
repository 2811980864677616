/** Builds the whole RunInstances request of one instance, to be frozen before the run begins (pure). */
import { fleetSpecOf } from '../runs/fleet-spec.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import { expiryS, switchLifeS } from '../runs/run-bound.ts';
import type { LaunchRecord } from '../runs/run-repository.ts';
import { type LaunchRequest, TAGS } from './ec2.ts';
import { renderUserData, type UserDataTemplates } from './user-data.ts';

export interface LaunchIngredients {
  readonly run: Run;
  readonly instance: InstanceRecord;
  readonly imageId: string;
  readonly agentSha256: string;
  readonly token: string;
  readonly controllerId: string;
  readonly templates: UserDataTemplates;
}

/** At most 64 ASCII characters (RunInstances); another controller of the same account never makes the same. */
function clientToken(controllerId: string, instance: InstanceRecord): string {
  return `ptp-${controllerId}-${instance.run}-${instance.index}-${instance.attempt}`;
}

/** `ptp-test-<type>-<index>-<timestamp>`: the timestamp is the start of the run. */
function instanceName(run: Run, instance: InstanceRecord): string {
  return `ptp-test-${instance.instanceType}-${instance.typeIndex}-${run.id.slice(0, 15)}`;
}

function tagsOf({ run, instance, controllerId }: LaunchIngredients): { Key: string; Value: string }[] {
  const expiresAt = run.createdAt + expiryS(run.spec) * 1000;
  const tags: Readonly<Record<string, string>> = {
    ...run.spec.tags,
    Name: instanceName(run, instance),
    [TAGS.run]: run.id,
    [TAGS.index]: String(instance.index),
    [TAGS.controller]: controllerId,
    [TAGS.temporary]: 'true',
    [TAGS.expiresAt]: new Date(expiresAt).toISOString(),
  };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function buildRequest(ingredients: LaunchIngredients): LaunchRequest {
  const { run, instance } = ingredients;
  const { spec } = run;
  const userData = renderUserData(ingredients.templates, {
    controllerUrl: spec.publicUrl,
    run: run.id,
    index: instance.index,
    attempt: instance.attempt,
    token: ingredients.token,
    agentSha256: ingredients.agentSha256,
    lifeS: Math.ceil(switchLifeS(spec)),
    agentUrl: fleetSpecOf(spec).agentUrl,
    caPem: null,
  });
  const Tags = tagsOf(ingredients);
  return {
    ImageId: ingredients.imageId,
    InstanceType: instance.instanceType,
    MinCount: 1,
    MaxCount: 1,
    SubnetId: spec.subnetId,
    ...(spec.securityGroupId === null ? {} : { SecurityGroupIds: [spec.securityGroupId] }),
    ...(spec.keyName === null ? {} : { KeyName: spec.keyName }),
    ...(spec.placementGroup === null ? {} : { Placement: { GroupName: spec.placementGroup } }),
    UserData: Buffer.from(userData, 'utf8').toString('base64'),
    ClientToken: clientToken(ingredients.controllerId, instance),
    InstanceInitiatedShutdownBehavior: 'terminate',
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
      { ResourceType: 'network-interface', Tags },
    ],
  };
}

/** The request as it will be sent, now and at every retry. Throws `FleetError` for values that user data cannot carry. */
export function freezeLaunch(ingredients: LaunchIngredients): LaunchRecord {
  const { run, instance } = ingredients;
  const request = buildRequest(ingredients);
  return {
    run: run.id,
    index: instance.index,
    attempt: instance.attempt,
    clientToken: request.ClientToken,
    requestJson: JSON.stringify(request),
    agentSha256: ingredients.agentSha256,
    createdAt: run.createdAt,
  };
}

/** The request of a frozen launch, byte for byte what was frozen. */
export function requestOf(launch: LaunchRecord): LaunchRequest {
  return JSON.parse(launch.requestJson) as LaunchRequest;
}

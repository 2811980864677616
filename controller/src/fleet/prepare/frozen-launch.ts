/** Builds the whole RunInstances request of one instance, to be frozen before it is first sent (pure). */

import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import { nameTag } from '../../runs/instance-name.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';
import { expiryS, switchLifeS } from '../../runs/run-bound.ts';
import type { PreparedType, RunPreparation } from '../../runs/run-preparation.ts';
import type { LaunchRecord } from '../../runs/run-repository.ts';
import { placeOfAttempt } from '../decide/launch-attempts.ts';
import { type LaunchRequest, TAGS, type Tags } from '../ec2.ts';
import { FleetError } from '../fleet-error.ts';
import { renderUserData, type UserDataTemplates } from './user-data.ts';

/** The same for all launches of a controller. */
export interface LaunchContext {
  readonly controllerId: string;
  readonly templates: UserDataTemplates;
  /** The certificate authority that agents trust; null: the system's. */
  readonly caPem: string | null;
}

export interface LaunchIngredients extends LaunchContext {
  readonly run: Run;
  readonly preparation: RunPreparation;
  readonly instance: InstanceRecord;
  readonly token: string;
  readonly now: number;
}

/** At most 64 ASCII characters (RunInstances); another controller of the same account never makes the same. */
function clientToken(controllerId: string, instance: InstanceRecord): string {
  return `ptp-${controllerId}-${instance.run}-${instance.index}-${instance.attempt}`;
}

/** What every resource of a run carries. Times are AWS's: the controller's clock may be wrong. */
export function runTags(run: Run, preparation: RunPreparation, controllerId: string): Tags {
  const { owner } = fleetSpecOf(run.spec);
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    ...run.spec.tags,
    [TAGS.run]: run.id,
    [TAGS.controller]: controllerId,
    ...(owner === null ? {} : { [TAGS.owner]: owner }),
    [TAGS.temporary]: 'true',
    [TAGS.expiresAt]: at(preparation.awsNow + expiryS(run.spec) * 1000),
    [TAGS.heartbeat]: at(preparation.awsNow),
  };
}

function instanceTags({
  run,
  instance,
  preparation,
  controllerId,
}: LaunchIngredients): { Key: string; Value: string }[] {
  const tags = {
    Name: nameTag(instance),
    ...runTags(run, preparation, controllerId),
    [TAGS.index]: String(instance.index),
  };
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function placementOf({ placement }: RunPreparation, type: PreparedType): Pick<LaunchRequest, 'Placement'> {
  if (placement.kind === 'none') return {};
  if (placement.kind === 'temporary_precision_group' && !type.precisionTime) return {};
  return { Placement: { GroupName: placement.name } };
}

function securityGroupOf({ run, preparation }: LaunchIngredients): string {
  const { securityGroup } = preparation;
  const id = securityGroup.kind === 'given' ? securityGroup.groupId : (run.resources?.securityGroupId ?? null);
  if (id === null) throw new FleetError('not_prepared', `run ${run.id} has no security group yet`);
  return id;
}

function profileOf(profile: string | null): Pick<LaunchRequest, 'IamInstanceProfile'> {
  if (profile === null) return {};
  return { IamInstanceProfile: profile.startsWith('arn:') ? { Arn: profile } : { Name: profile } };
}

function userDataOf({ run, instance, token, templates, caPem }: LaunchIngredients, type: PreparedType): string {
  const { spec } = run;
  return renderUserData(templates, {
    controllerUrl: spec.publicUrl,
    agentUrl: fleetSpecOf(spec).agentUrl?.replaceAll('{arch}', type.architecture) ?? null,
    run: run.id,
    index: instance.index,
    attempt: instance.attempt,
    token,
    agentSha256: type.agentSha256,
    lifeS: Math.ceil(switchLifeS(spec)),
    caPem,
  });
}

function buildRequest(ingredients: LaunchIngredients, type: PreparedType): LaunchRequest {
  const { run, instance, preparation } = ingredients;
  const { spec } = run;
  const Tags = instanceTags(ingredients);
  const rootDevice =
    type.rootDevice === null ? [] : [{ DeviceName: type.rootDevice, Ebs: { DeleteOnTermination: true } } as const];
  return {
    ImageId: type.imageId,
    InstanceType: instance.instanceType,
    MinCount: 1,
    MaxCount: 1,
    SubnetId: placeOfAttempt(type, instance.attempt),
    SecurityGroupIds: [securityGroupOf(ingredients)],
    ...(spec.keyName === null ? {} : { KeyName: spec.keyName }),
    ...profileOf(fleetSpecOf(spec).instanceProfile),
    ...placementOf(preparation, type),
    UserData: Buffer.from(userDataOf(ingredients, type), 'utf8').toString('base64'),
    ClientToken: clientToken(ingredients.controllerId, instance),
    InstanceInitiatedShutdownBehavior: 'terminate',
    ...(rootDevice.length === 0 ? {} : { BlockDeviceMappings: rootDevice }),
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    TagSpecifications: [
      { ResourceType: 'instance', Tags },
      { ResourceType: 'volume', Tags },
      { ResourceType: 'network-interface', Tags },
    ],
  };
}

/**
 * The request as it will be sent, now and at every retry. Throws `FleetError`: for values that user data cannot carry, and
 * `not_prepared` when what it needs was not made.
 */
export function freezeLaunch(ingredients: LaunchIngredients): LaunchRecord {
  const { run, instance, preparation, now } = ingredients;
  const type = preparation.types.find((one) => one.type === instance.instanceType);
  if (type === undefined) throw new FleetError('not_prepared', `${instance.instanceType} was not prepared`);
  const request = buildRequest(ingredients, type);
  return {
    run: run.id,
    index: instance.index,
    attempt: instance.attempt,
    clientToken: request.ClientToken,
    requestJson: JSON.stringify(request),
    agentSha256: type.agentSha256,
    createdAt: now,
  };
}

/** The request of a frozen launch, byte for byte what was frozen. */
export function requestOf(launch: LaunchRecord): LaunchRequest {
  return JSON.parse(launch.requestJson) as LaunchRequest;
}

/** Gives what the control database knows of a run its stand-ins, in an order that stays the same: subnets, groups, then instances. Pure. */
import { type FleetSpec, fleetSpecOf, subnetIdsOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord, Run } from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import { Pseudonyms } from './pseudonyms.ts';

export interface KnownOfRun {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly preparation: RunPreparation | null;
  /** Of the machine that reports: its host names, the user's folder. */
  readonly here: { readonly hosts: readonly string[]; readonly paths: readonly string[] };
}

type Named = readonly [kind: string, value: string | null | undefined];

/** Numbers of a few digits are no secret, and are in every figure. */
const FIGURE = /^\d{0,5}$/;

export function knownIdentifiers(known: KnownOfRun): Pseudonyms {
  const { run, instances } = known;
  const types = new Set([...run.spec.instanceTypes.map(({ type }) => type), ...instances.map((it) => it.instanceType)]);
  const pseudonyms = new Pseudonyms([...types, run.spec.region, run.id]);
  for (const [kind, value] of namesOf(known)) {
    if (value !== null && value !== undefined && !FIGURE.test(value)) pseudonyms.of(kind, value);
  }
  return pseudonyms;
}

function* namesOf({ run, instances, preparation, here }: KnownOfRun): Generator<Named> {
  for (const instance of instances) yield ['instance', instance.instanceId];
  yield* namesOfSpec(run);
  if (preparation !== null) yield* namesOfPreparation(preparation);
  for (const { facts } of instances) yield* namesOfFacts(facts);
  for (const { kind, id } of run.leftovers ?? []) yield [kind, id];
  for (const host of here.hosts) yield ['host', host];
  for (const path of here.paths) yield ['path', path];
}

function* namesOfSpec({ spec, resources }: Run): Generator<Named> {
  const fleet = fleetSpecOf(spec);
  for (const subnet of subnetIdsOf(spec)) yield ['subnet', subnet];
  yield ['security-group', spec.securityGroupId];
  yield ['security-group', resources?.securityGroupId];
  yield ['placement-group', spec.placementGroup];
  yield ['placement-group', resources?.placementGroup];
  yield ['placement-group', fleet.precisionTime];
  yield ['key', spec.keyName];
  yield ['image', spec.amiId];
  yield* namesOfFleet(fleet);
  yield* namesOfUrl(spec.publicUrl);
  for (const value of Object.values(spec.tags)) yield ['tag-value', value];
}

function* namesOfFleet({ amiParameter, instanceProfile, owner, agentUrl }: FleetSpec): Generator<Named> {
  yield ['parameter', amiParameter];
  yield ['instance-profile', instanceProfile];
  yield ['owner', owner];
  if (agentUrl !== null) yield* namesOfUrl(agentUrl);
}

function* namesOfUrl(url: string): Generator<Named> {
  yield ['url', url];
  if (URL.canParse(url)) yield ['host', new URL(url).hostname];
}

function* namesOfPreparation({ subnets, types, securityGroup, placement }: RunPreparation): Generator<Named> {
  for (const { subnetId, vpcId, availabilityZone } of subnets) {
    yield ['subnet', subnetId];
    yield ['vpc', vpcId];
    yield ['zone', availabilityZone];
  }
  for (const { imageId } of types) yield ['image', imageId];
  if (securityGroup.kind === 'given') yield ['security-group', securityGroup.groupId];
  else {
    yield ['security-group', securityGroup.name];
    yield ['vpc', securityGroup.vpcId];
  }
  if (placement.kind !== 'none') yield ['placement-group', placement.name];
}

function* namesOfFacts(facts: InstanceRecord['facts']): Generator<Named> {
  if (facts === null) return;
  yield ['zone', facts.availability_zone];
  yield ['image', facts.image_id];
  yield ['address', facts.private_ip];
  const hex = hexOfAddress(facts.private_ip);
  // chronyc shows the address of a source as eight hex digits.
  if (hex !== null) yield ['reference', hex];
}

/** `10.0.0.7` -> `0A000007`; null for what is no IPv4 address. */
function hexOfAddress(address: string | null): string | null {
  const parts = (address ?? '').split('.').map(Number);
  if (parts.length !== 4 || !parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255)) return null;
  return parts.map((part) => part.toString(16).padStart(2, '0')).join('');
}

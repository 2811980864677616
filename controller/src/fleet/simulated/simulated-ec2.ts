/** The world as one controller process reaches it: it loses answers, is slow to show what it did, refuses, and kills its caller. */

import { failedCall } from '../aws/logged-call.ts';
import {
  type Ec2,
  type Ec2Facts,
  type Ec2Instances,
  type Ec2PlacementGroups,
  type Ec2SecurityGroups,
  type Ec2Tags,
  type ObservedInstance,
  TAGS,
} from '../ec2.ts';
import { apiError, type Group, type Machine, type World } from './simulated-world.ts';

export class Killed extends Error {}

/** What goes wrong with a call: an error instead of it, or an answer that is lost after it was carried out. */
export interface CallFaults {
  /** Thrown instead of the call; null when it is carried out. `ids`: the resources that it is about. */
  refuse(action: string, ids: readonly string[]): Error | null;
  /** The call is carried out, and nobody is told. */
  losesAnswer(action: string): boolean;
  /** The call is carried out later, and nobody is told. */
  delays(action: string): boolean;
}

export const NO_CALL_FAULTS: CallFaults = {
  refuse: () => null,
  losesAnswer: () => false,
  delays: () => false,
};

/** One controller process: when it is killed, nothing of it does anything any more. */
export class Life {
  alive = true;
  readonly #world: World;
  readonly #killProbability: number;

  constructor(world: World, killProbability: number) {
    this.#world = world;
    this.#killProbability = killProbability;
  }

  check(): void {
    if (!this.alive) throw new Killed();
  }

  perhapsKill(): void {
    this.check();
    if (!this.#world.happens(this.#killProbability)) return;
    this.alive = false;
    throw new Killed();
  }
}

function lostAnswer(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function observe({ id, index, state, reason, launchedAt, tags, request }: Machine): ObservedInstance {
  const isGone = state === 'terminated';
  return {
    instanceId: id,
    index,
    state,
    stateReason: reason,
    launchedAt,
    tags: Object.fromEntries(tags),
    volumeIds: isGone ? [] : [id.replace('i-', 'vol-')],
    networkInterfaceIds: isGone ? [] : [id.replace('i-', 'eni-')],
    securityGroupIds: isGone ? [] : (request.SecurityGroupIds ?? []),
    placementGroup: request.Placement?.GroupName ?? null,
  };
}

function securityGroupOf({ id, name, tags, egress }: Group) {
  return { groupId: id, name, vpcId: 'vpc-1', ingress: [], egress, tags: Object.fromEntries(tags) };
}

function placementGroupOf({ id, name, tags }: Group) {
  const shape = { strategy: 'precision-time', state: 'available', partitionCount: null, parentGroupId: null };
  return { name, groupId: id, ...shape, tags: Object.fromEntries(tags) };
}

type Call = <T>(action: string, ids: readonly string[], answer: () => T) => Promise<T>;

function instances(world: World, call: Call, faults: CallFaults): Ec2Instances {
  const visible = () => [...world.machines.values()].filter(({ visibleAt }) => visibleAt <= world.now);
  const find = (id: string): Machine => {
    const machine = visible().find((one) => one.id === id);
    if (machine === undefined) throw apiError('InvalidInstanceID.NotFound', 400);
    return machine;
  };
  return {
    runInstances: (request) =>
      call('RunInstances', [request.SubnetId, request.InstanceType], () => {
        for (const id of request.SecurityGroupIds ?? []) {
          if (!world.securityGroups.has(id)) throw apiError('InvalidGroup.NotFound', 400);
        }
        if (!faults.delays('RunInstances')) return world.accept(request);
        world.late.push({ at: world.now + world.random() * 5000, request });
        throw lostAnswer();
      }),
    describeInstances: () => call('DescribeInstances', [], () => visible().map(observe)),
    describeHealth: (ids) =>
      call('DescribeInstanceStatus', ids, () =>
        ids.map((id) => ({ instanceId: id, systemStatus: find(id).health, instanceStatus: 'ok', scheduledEvents: [] })),
      ),
    terminate: (ids) =>
      call('TerminateInstances', ids, () => {
        for (const machine of ids.map(find)) world.end(machine, 'Client.UserInitiatedShutdown');
      }),
    consoleOutput: (id) => call('GetConsoleOutput', [id], () => 'it printed this'),
    shutdownBehaviour: (id) => call('DescribeInstanceAttribute', [id], () => find(id).shutdownBehaviour),
    stopOnShutdown: (id, { dryRun }) =>
      call('ModifyInstanceAttribute', [id], () => {
        if (!dryRun) find(id).shutdownBehaviour = 'stop';
      }),
  };
}

function groups(world: World, call: Call): Ec2SecurityGroups & Ec2PlacementGroups {
  const visible = (all: Map<string, Group>) =>
    [...all.values()].filter(({ visibleAt, tags }) => visibleAt <= world.now && tags.has(TAGS.run));
  const find = (id: string): Group => {
    const group = world.securityGroups.get(id);
    if (group === undefined) throw apiError('InvalidGroup.NotFound', 400);
    return group;
  };
  return {
    securityGroups: () => call('DescribeSecurityGroups', [], () => visible(world.securityGroups).map(securityGroupOf)),
    createSecurityGroup: ({ name, tags }) =>
      call('CreateSecurityGroup', [name], () => world.makeSecurityGroup(name, tags)),
    authorizeEgress: (id, rules) =>
      call('AuthorizeSecurityGroupEgress', [id], () => {
        const added = rules.map(({ protocol, fromPort, toPort, cidr }) => {
          const kind = cidr.includes(':') ? ('ipv6' as const) : ('ipv4' as const);
          return { protocol, fromPort, toPort, target: { kind, value: cidr } };
        });
        find(id).egress.push(...added);
      }),
    revokeEgress: (id, rules) =>
      call('RevokeSecurityGroupEgress', [id], () => {
        const unwanted = new Set(rules.map((rule) => JSON.stringify(rule)));
        const group = find(id);
        group.egress = group.egress.filter((rule) => !unwanted.has(JSON.stringify(rule)));
      }),
    deleteSecurityGroup: (id) => call('DeleteSecurityGroup', [id], () => world.deleteSecurityGroup(id)),
    placementGroups: () =>
      call('DescribePlacementGroups', [], () => visible(world.placementGroups).map(placementGroupOf)),
    createPrecisionTimeGroup: ({ name, tags }) =>
      call('CreatePlacementGroup', [name], () => world.makePlacementGroup(name, tags)),
    deletePlacementGroup: (name) => call('DeletePlacementGroup', [name], () => world.deletePlacementGroup(name)),
  };
}

function tags(world: World, call: Call): Ec2Tags {
  const tagsOf = (id: string): Map<string, string> | null => {
    const all = [...world.machines.values(), ...world.securityGroups.values(), ...world.placementGroups.values()];
    return all.find((one) => one.id === id)?.tags ?? null;
  };
  return {
    createTags: (ids, added, { dryRun }) =>
      call('CreateTags', ids, () => {
        for (const id of ids)
          for (const [key, value] of Object.entries(added)) if (!dryRun) tagsOf(id)?.set(key, value);
      }),
    deleteTags: (ids, keys, { dryRun }) =>
      call('DeleteTags', ids, () => {
        for (const id of ids) for (const key of keys) if (!dryRun) tagsOf(id)?.delete(key);
      }),
    taggedResources: () =>
      call('DescribeTags', [], () => [
        ...[...world.machines.values()].map(({ id }) => ({ id, type: 'instance' })),
        ...world.living().map(({ id }) => ({ id: id.replace('i-', 'vol-'), type: 'volume' })),
        ...world.living().map(({ id }) => ({ id: id.replace('i-', 'eni-'), type: 'network-interface' })),
        ...world.strays,
      ]),
    existing: (resources) => Promise.resolve(resources),
  };
}

const NO_FACTS: Omit<Ec2Facts, 'serverTime'> = {
  describeInstanceTypes: () => Promise.resolve([]),
  describeOfferings: () => Promise.resolve([]),
  describeSubnets: () => Promise.resolve([]),
  describeImage: () => Promise.resolve(null),
  imageByParameter: () => Promise.resolve(''),
  describeSecurityGroup: () => Promise.resolve(null),
  describePlacementGroup: () => Promise.resolve(null),
};

/** The world as this process reaches it. */
export function simulatedEc2(world: World, life: Life, faults: CallFaults): Ec2 {
  const call: Call = async (action, ids, answer) => {
    life.perhapsKill();
    await null;
    life.check();
    try {
      const refusal = faults.refuse(action, ids);
      if (refusal !== null) throw refusal;
      const value = answer();
      life.perhapsKill();
      if (faults.losesAnswer(action)) throw lostAnswer();
      return value;
    } catch (error) {
      if (error instanceof Killed) throw error;
      throw failedCall(action, error);
    }
  };
  return {
    ...NO_FACTS,
    ...instances(world, call, faults),
    ...groups(world, call),
    ...tags(world, call),
    managedInstance: (id) => call('ssm:DescribeInstanceInformation', [id], () => ({ pingStatus: 'Online' })),
    sendScript: (id) => call('ssm:SendCommand', [id], () => 'command-1'),
    scriptResult: (id) =>
      call('ssm:GetCommandInvocation', [id], () => ({ status: 'Success', output: 'it found this' })),
    serverTime: () => world.now,
  };
}

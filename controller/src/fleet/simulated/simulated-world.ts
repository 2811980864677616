/** An AWS for tests, as it is, whatever its answers say: machines with their switches, groups, and the time. */
import type { Ec2State, GroupRule, LaunchRequest, TaggedResource, Tags } from '../ec2.ts';

/** Mulberry32: small, seeded, good enough to choose faults. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Machine {
  readonly id: string;
  readonly index: number;
  readonly request: LaunchRequest;
  readonly launchedAt: number;
  readonly visibleAt: number;
  readonly runningAt: number;
  /** When its dead-man's switch ends it, unless that is disarmed; by the uptime limit in its user data. */
  readonly boundAt: number;
  readonly tags: Map<string, string>;
  state: Ec2State;
  endsAt: number | null;
  reason: string | null;
  shutdownBehaviour: 'stop' | 'terminate';
  isDisarmed: boolean;
  health: 'ok' | 'impaired';
}

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly tags: Map<string, string>;
  readonly visibleAt: number;
  egress: GroupRule[];
}

export interface Pace {
  /** Longest time until EC2 shows what it made, until a machine runs, and until one has ended, ms. */
  readonly visibleMs: number;
  readonly bootMs: number;
  readonly endMs: number;
}

const PACE: Pace = { visibleMs: 20_000, bootMs: 30_000, endMs: 15_000 };

const EVERYTHING_OUT: GroupRule = {
  protocol: '-1',
  fromPort: null,
  toPort: null,
  target: { kind: 'ipv4', value: '0.0.0.0/0' },
};

export function apiError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode, requestId: `request-${name}` } });
}

function lifeOf(request: LaunchRequest): number {
  const script = Buffer.from(request.UserData, 'base64').toString('utf8');
  return Number(/^life_s='(\d+)'$/m.exec(script)?.[1]) * 1000;
}

function tagsOf(request: LaunchRequest): Map<string, string> {
  return new Map((request.TagSpecifications[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
}

export class World {
  readonly machines = new Map<string, Machine>();
  readonly securityGroups = new Map<string, Group>();
  readonly placementGroups = new Map<string, Group>();
  /** Resources that nothing of ours made but that carry the tag. */
  readonly strays: TaggedResource[] = [];
  /** Launches that are on their way although their caller was told otherwise. */
  readonly late: { at: number; request: LaunchRequest }[] = [];
  readonly random: () => number;
  readonly pace: Pace;
  now = 1_800_000_000_000;
  /** Probability that a machine dies in an advance. */
  dies = 0;
  readonly #tokens = new Map<string, { body: string; id: string }>();
  readonly #idPrefix: string;
  #made = 0;

  constructor(random: () => number, pace: Pace = PACE) {
    this.random = random;
    this.pace = pace;
    this.#idPrefix = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }

  happens(probability: number): boolean {
    return probability > 0 && this.random() < probability;
  }

  newId(prefix: string): string {
    this.#made += 1;
    return `${prefix}-${this.#idPrefix}${this.#made.toString(16).padStart(9, '0')}`;
  }

  accept(request: LaunchRequest): string {
    const body = JSON.stringify(request);
    const known = this.#tokens.get(request.ClientToken);
    if (known !== undefined) return this.#acceptAgain(known, body);
    const id = this.newId('i');
    this.#tokens.set(request.ClientToken, { body, id });
    const tags = tagsOf(request);
    const { now } = this;
    this.machines.set(id, {
      id,
      index: Number(tags.get('ptp-tester:index')),
      request,
      launchedAt: now,
      visibleAt: now + this.random() * this.pace.visibleMs,
      runningAt: now + this.random() * this.pace.bootMs,
      boundAt: now + this.pace.bootMs + lifeOf(request),
      tags,
      state: 'pending',
      endsAt: null,
      reason: null,
      shutdownBehaviour: 'terminate',
      isDisarmed: false,
      health: 'ok',
    });
    return id;
  }

  /** Somebody used this token for another request. */
  occupy(token: string): void {
    this.#tokens.set(token, { body: 'another request', id: 'i-0000000000000000f' });
  }

  #acceptAgain(known: { body: string; id: string }, body: string): string {
    if (known.body !== body) throw apiError('IdempotentParameterMismatch', 400);
    if (this.machines.get(known.id)?.state === 'terminated') throw apiError('IdempotentInstanceTerminated', 400);
    return known.id;
  }

  makeSecurityGroup(name: string, tags: Tags): string {
    if ([...this.securityGroups.values()].some((group) => group.name === name))
      throw apiError('InvalidGroup.Duplicate', 400);
    const id = this.newId('sg');
    this.securityGroups.set(id, this.#group(id, name, tags));
    return id;
  }

  makePlacementGroup(name: string, tags: Tags): void {
    if (this.placementGroups.has(name)) throw apiError('InvalidPlacementGroup.Duplicate', 400);
    this.placementGroups.set(name, this.#group(this.newId('pg'), name, tags));
  }

  #group(id: string, name: string, tags: Tags): Group {
    const visibleAt = this.now + (this.random() * this.pace.visibleMs) / 4;
    return { id, name, tags: new Map(Object.entries(tags)), visibleAt, egress: [EVERYTHING_OUT] };
  }

  deleteSecurityGroup(id: string): void {
    if (!this.securityGroups.has(id)) throw apiError('InvalidGroup.NotFound', 400);
    if (this.living().some(({ request }) => request.SecurityGroupIds?.includes(id)))
      throw apiError('DependencyViolation', 400);
    this.securityGroups.delete(id);
  }

  deletePlacementGroup(name: string): void {
    if (!this.placementGroups.has(name)) throw apiError('InvalidPlacementGroup.Unknown', 400);
    if (this.living().some(({ request }) => request.Placement?.GroupName === name)) {
      throw apiError('InvalidPlacementGroup.InUse', 400);
    }
    this.placementGroups.delete(name);
  }

  advance(ms: number): void {
    this.now += Math.round(ms);
    for (const entry of this.late.splice(0)) {
      if (entry.at > this.now) this.late.push(entry);
      else this.#acceptLate(entry.request);
    }
    for (const machine of this.machines.values()) this.#age(machine);
  }

  #acceptLate(request: LaunchRequest): void {
    const isPlaced = (request.SecurityGroupIds ?? []).every((id) => this.securityGroups.has(id));
    // Nobody is told; a request for what is gone meanwhile comes to nothing.
    if (isPlaced) this.accept(request);
  }

  #age(machine: Machine): void {
    if (machine.state === 'pending' && this.now >= machine.runningAt) machine.state = 'running';
    if (machine.state === 'running') {
      if (this.happens(this.dies)) this.end(machine, 'Server.InternalError');
      else if (!machine.isDisarmed && this.now >= machine.boundAt) this.powerOff(machine);
    }
    if (machine.state === 'shutting-down' && this.now >= (machine.endsAt ?? 0)) machine.state = 'terminated';
  }

  powerOff(machine: Machine): void {
    if (machine.shutdownBehaviour === 'terminate') this.end(machine, 'Client.InstanceInitiatedShutdown');
    else machine.state = 'stopped';
  }

  end(machine: Machine, reason: string): void {
    if (machine.state === 'terminated' || machine.state === 'shutting-down') return;
    machine.state = 'shutting-down';
    machine.endsAt = this.now + this.random() * this.pace.endMs;
    machine.reason = reason;
  }

  living(): Machine[] {
    return [...this.machines.values()].filter(({ state }) => state !== 'terminated');
  }
}

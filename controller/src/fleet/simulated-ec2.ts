/** An EC2 for tests, with known truth: it loses answers, is slow to show what it did, refuses, and kills its caller. */
import type { Ec2, Ec2State, LaunchRequest, ObservedInstance } from './ec2.ts';
import { failedCall } from './logged-call.ts';

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

export class Killed extends Error {}

export interface Machine {
  readonly id: string;
  readonly index: number;
  readonly visibleAt: number;
  readonly runningAt: number;
  state: Ec2State;
  endsAt: number | null;
  reason: string | null;
}

export interface Faults {
  /** Probabilities: of each call, unless it says otherwise. */
  readonly lost: number;
  readonly refuse: number;
  readonly describeFails: number;
  readonly kill: number;
  readonly terminateFails: number;
  /** Of each machine and advance. */
  readonly dies: number;
}

/** EC2 as it is, whatever its answers say. */
export class World {
  readonly machines = new Map<string, Machine>();
  readonly #tokens = new Map<string, { body: string; id: string }>();
  readonly late: { at: number; request: LaunchRequest }[] = [];
  readonly random: () => number;
  readonly faults: Faults;
  now = 1_800_000_000_000;
  #made = 0;
  readonly #idPrefix: string;

  constructor(random: () => number, faults: Faults) {
    this.random = random;
    this.faults = faults;
    this.#idPrefix = Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }

  happens(probability: number): boolean {
    return this.random() < probability;
  }

  accept(request: LaunchRequest): string {
    const body = JSON.stringify(request);
    const known = this.#tokens.get(request.ClientToken);
    if (known !== undefined) return this.#acceptAgain(known, body);
    this.#made += 1;
    const id = `i-${this.#idPrefix}${this.#made.toString(16).padStart(9, '0')}`;
    this.#tokens.set(request.ClientToken, { body, id });
    const visibleAt = this.now + this.random() * 20_000;
    const index = Number(request.TagSpecifications[0]?.Tags[0]?.Value);
    const runningAt = this.now + this.random() * 30_000;
    this.machines.set(id, { id, index, visibleAt, runningAt, state: 'pending', endsAt: null, reason: null });
    return id;
  }

  #acceptAgain(known: { body: string; id: string }, body: string): string {
    if (known.body !== body) throw apiError('IdempotentParameterMismatch', 400);
    if (this.machines.get(known.id)?.state === 'terminated') throw apiError('IdempotentInstanceTerminated', 400);
    return known.id;
  }

  advance(ms: number): void {
    this.now += Math.round(ms);
    for (const entry of this.late.splice(0)) {
      if (entry.at <= this.now) this.accept(entry.request);
      else this.late.push(entry);
    }
    for (const machine of this.machines.values()) this.#age(machine);
  }

  #age(machine: Machine): void {
    if (machine.state === 'pending' && this.now >= machine.runningAt) machine.state = 'running';
    if (machine.state === 'running' && this.happens(this.faults.dies)) this.end(machine, 'Server.InternalError');
    if (machine.state === 'shutting-down' && this.now >= (machine.endsAt ?? 0)) machine.state = 'terminated';
  }

  end(machine: Machine, reason: string): void {
    if (machine.state === 'terminated' || machine.state === 'shutting-down') return;
    machine.state = 'shutting-down';
    machine.endsAt = this.now + this.random() * 15_000;
    machine.reason = reason;
  }

  living(): Machine[] {
    return [...this.machines.values()].filter(({ state }) => state !== 'terminated');
  }
}

function apiError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });
}

function lostAnswer(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** One controller process: when it is killed, nothing of it does anything any more. */
export class Life {
  alive = true;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  check(): void {
    if (!this.alive) throw new Killed();
  }

  perhapsKill(): void {
    this.check();
    if (!this.#world.happens(this.#world.faults.kill)) return;
    this.alive = false;
    throw new Killed();
  }
}

/** What RunInstances comes to: refused, lost on its way there, lost on its way back, or an id. */
function launch(world: World, request: LaunchRequest): string {
  const { faults } = world;
  if (world.happens(faults.refuse)) throw apiError('InsufficientInstanceCapacity', 500);
  if (world.happens(faults.refuse / 4)) throw apiError('RequestLimitExceeded', 503);
  if (world.happens(faults.refuse / 20)) throw apiError('VcpuLimitExceeded', 400);
  if (world.happens(faults.lost / 2)) {
    world.late.push({ at: world.now + world.random() * 5000, request });
    throw lostAnswer();
  }
  const id = world.accept(request);
  if (world.happens(faults.lost)) throw lostAnswer();
  return id;
}

function describe(world: World): ObservedInstance[] {
  if (world.happens(world.faults.describeFails)) throw apiError('UnauthorizedOperation', 403);
  return [...world.machines.values()]
    .filter((machine) => machine.visibleAt <= world.now)
    .map(({ id, index, state, reason }) => ({ instanceId: id, index, state, stateReason: reason }));
}

function terminate(world: World, ids: readonly string[]): void {
  if (world.happens(world.faults.terminateFails)) throw apiError('InternalError', 500);
  const machines = ids.map((id) => world.machines.get(id));
  if (machines.some((machine) => machine === undefined || machine.visibleAt > world.now)) {
    throw apiError('InvalidInstanceID.NotFound', 400);
  }
  for (const machine of machines) if (machine !== undefined) world.end(machine, 'Client.UserInitiatedShutdown');
}

/** The world as one controller process reaches it. */
export function simulatedEc2(world: World, life: Life): Ec2 {
  const call = async <T>(action: string, answer: () => T): Promise<T> => {
    life.perhapsKill();
    await null;
    life.check();
    try {
      const value = answer();
      life.perhapsKill();
      return value;
    } catch (error) {
      if (error instanceof Killed) throw error;
      throw failedCall(action, error);
    }
  };
  return {
    runInstances: (request) => call('RunInstances', () => launch(world, request)),
    describeRun: () => call('DescribeInstances', () => describe(world)),
    terminate: (ids) => call('TerminateInstances', () => terminate(world, ids)),
    consoleOutput: () => call('GetConsoleOutput', () => 'it printed this'),
    describeInstanceTypes: () => Promise.resolve([]),
    describeSubnet: () => Promise.resolve(null),
    describeImage: () => Promise.resolve(null),
    newestImage: () => Promise.resolve(''),
  };
}

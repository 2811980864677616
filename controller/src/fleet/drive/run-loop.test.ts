/**
 * A model: the real decisions, actors and control database against a simulated AWS that loses answers, is slow to show what it
 * did, refuses, lets credentials expire, and while the controller is killed at any call. Every history has a seed that is
 * printed on failure.
 */
import { describe, expect, it } from 'vitest';
import type { KeepPolicy } from '../../runs/fleet-spec.ts';
import { isKeepFailed } from '../decide/fleet-memory.ts';
import type { CallFaults } from '../simulated/simulated-ec2.ts';
import { History, type HistoryOptions, openDatabase } from '../simulated/simulated-history.ts';
import { apiError, seeded, type World } from '../simulated/simulated-world.ts';

const HISTORIES = 300;

interface Strengths {
  /** Probabilities, of each call of the kind. */
  readonly lost: number;
  readonly refuse: number;
  readonly describeFails: number;
  readonly terminateFails: number;
  readonly keepFails: number;
  readonly groupFails: number;
  /** Of each call: the credentials expire, for a while. */
  readonly expire: number;
}

const KEEP_CALLS: ReadonlySet<string> = new Set([
  'ModifyInstanceAttribute',
  'CreateTags',
  'DeleteTags',
  'DescribeInstanceAttribute',
]);
const GROUP_CALLS = /SecurityGroup|PlacementGroup/;

function launchRefusal(world: World, refuse: number): Error | null {
  if (world.happens(refuse)) return apiError('InsufficientInstanceCapacity', 500);
  if (world.happens(refuse / 4)) return apiError('RequestLimitExceeded', 503);
  if (world.happens(refuse / 8)) return apiError('Unsupported', 400);
  return world.happens(refuse / 20) ? apiError('VcpuLimitExceeded', 400) : null;
}

/** By the kind of call: how often it fails, and with what. */
function failureOf(
  action: string,
  strengths: Strengths,
): { readonly probability: number; readonly error: () => Error } {
  if (action === 'TerminateInstances')
    return { probability: strengths.terminateFails, error: () => apiError('InternalError', 500) };
  if (KEEP_CALLS.has(action)) return { probability: strengths.keepFails, error: () => apiError('InternalError', 500) };
  if (action.startsWith('Describe'))
    return { probability: strengths.describeFails, error: () => apiError('UnauthorizedOperation', 403) };
  const probability = GROUP_CALLS.test(action) ? strengths.groupFails : 0;
  return { probability, error: () => apiError('Unavailable', 503) };
}

/** The credentials expire for everything at once, a few times, and somebody renews them after at most a minute. */
function randomFaults(strengths: Strengths): (world: World) => CallFaults {
  let expiredUntil = 0;
  let expiries = 3;
  const isExpired = (world: World): boolean => {
    if (expiries > 0 && world.happens(strengths.expire)) {
      expiries -= 1;
      expiredUntil = world.now + world.random() * 60_000;
    }
    return world.now < expiredUntil;
  };
  return (world) => ({
    refuse: (action) => {
      if (isExpired(world)) return apiError('ExpiredToken', 400);
      if (action === 'RunInstances') return launchRefusal(world, strengths.refuse);
      const { probability, error } = failureOf(action, strengths);
      return world.happens(probability) ? error() : null;
    },
    losesAnswer: (action) => !action.startsWith('Describe') && world.happens(strengths.lost),
    delays: () => world.happens(strengths.lost / 2),
  });
}

/** Some faults at some strength: half of the kinds are absent from a history, so that each is also seen alone. */
function choose(seed: number): HistoryOptions {
  const random = seeded(seed * 7919);
  const strength = random();
  const some = (most: number) => (random() < 0.5 ? 0 : most * strength);
  const among = (probability: number) => [1, 2, 3].filter(() => random() < probability);
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const keep = oneOf<KeepPolicy>(['none', 'all', 'ask', [1, 3]]);
  const stops = some(0.02);
  return {
    seed,
    faults: randomFaults({
      lost: some(0.4),
      refuse: some(0.95),
      describeFails: some(0.4),
      terminateFails: some(0.5),
      keepFails: some(0.4),
      groupFails: some(0.4),
      expire: some(0.01),
    }),
    killProbability: some(0.01),
    dies: some(0.004),
    fleet: { keep, keepDecisionS: 60, keepS: 90, canary: random() < 0.2, goneS: 60, ssmDiagnostics: seed % 3 === 0 },
    subnetIds: oneOf([['subnet-1'], ['subnet-1', 'subnet-2', 'subnet-3']]),
    ownGroups: random() < 0.7,
    silent: among(some(0.4)),
    mute: among(some(0.4)),
    unsupported: among(0.2),
    stubborn: among(some(0.4)),
    meanwhile: ({ run, repository, world }) => {
      if (run.stopReason === null && run.state !== 'ended' && world.happens(stops)) {
        repository.updateRun(run.id, { stopReason: 'stopped by the operator' });
      }
      const isAsked = run.state === 'keeping' && keep === 'ask' && run.keepDecision == null;
      if (isAsked && world.happens(0.1)) repository.updateRun(run.id, { keepDecision: [1, 2] });
    },
  };
}

/** Whoever is not kept is gone, or is named with the command that removes it. */
function checkEnd(history: History): void {
  const { run, world, instances } = history;
  expect(run.state).toBe('ended');
  expect(run.pause).toBeNull();
  expect(run.outcome === 'left_behind').toBe((run.leftovers ?? []).length > 0);
  const kept = new Set(instances.filter(({ state }) => state === 'kept').map(({ instanceId }) => instanceId));
  const named = new Set((run.leftovers ?? []).map(({ id }) => id));
  for (const { id } of world.living()) expect(kept.has(id) || named.has(id), `${id} is an orphan`).toBe(true);
  if (named.size === 0) {
    expect(world.late).toEqual([]);
    const used = new Set(
      world.living().flatMap(({ request }) => [...(request.SecurityGroupIds ?? []), request.Placement?.GroupName]),
    );
    for (const { id, name, tags } of [...world.securityGroups.values(), ...world.placementGroups.values()]) {
      // A group that stays with a kept machine is its operator's, also when the machine died since.
      expect(used.has(id) || used.has(name) || tags.has('ptp-tester:kept') || id === 'sg-1', `${name} is left`).toBe(
        true,
      );
    }
    for (const instance of instances) expect(['terminated', 'kept']).toContain(instance.state);
  }
}

/** Only an agent that found no PHC makes a type unsupported. */
function checkVerdicts({ instances, options }: History): void {
  for (const { index, verdict, failure } of instances) {
    if (verdict?.capability.value === 'unsupported') expect(options.unsupported).toContain(index);
    if (failure !== null) expect(verdict?.capability.reason).not.toBe('');
  }
}

/** Kept machines are there for good; every other ends at its bound, unless its operator's decision had already lifted it. */
function checkBounds(history: History): void {
  const { world, instances } = history;
  const kept = instances.filter(({ state }) => state === 'kept').map(({ instanceId }) => instanceId ?? '');
  // Some die of themselves.
  const ours = ['Client.UserInitiatedShutdown', 'Client.InstanceInitiatedShutdown'];
  const lastBoundAt = Math.max(world.now, ...[...world.machines.values()].map(({ boundAt }) => boundAt));
  world.dies = 0;
  history.outlive(lastBoundAt - world.now + 60_000);
  for (const id of kept) {
    const machine = world.machines.get(id);
    expect(ours).not.toContain(machine?.reason);
    expect(machine?.state).not.toBe('stopped');
    expect(machine?.shutdownBehaviour).toBe('stop');
    expect(machine?.tags.get('ptp-tester:kept')).toBe('true');
    expect(machine?.tags.has('ptp-tester:expires-at')).toBe(false);
  }
  const chosen = new Set(instances.filter(isKeepFailed).map(({ instanceId }) => instanceId));
  for (const { id, isDisarmed, state } of world.living()) {
    // Its bound may have stopped it: that step of keeping had worked, only nobody could see it.
    const isLeft = chosen.has(id) && (isDisarmed || state === 'stopped');
    expect(kept.includes(id) || isLeft, `${id} runs past its bound`).toBe(true);
  }
}

describe('a run against a simulated AWS', () => {
  it('goes through every state and ends completed when nothing fails', async () => {
    const { run, instances, world } = await new History({ seed: 1 }, openDatabase()).live();
    expect(run.outcome).toBe('completed');
    expect(run.stopReason).toBeNull();
    expect(run.leftovers).toEqual([]);
    expect((run.soakEndsAt ?? 0) - (run.soakStartedAt ?? 0)).toBe(20_000);
    for (const instance of instances) {
      for (const state of ['launching', 'enrolled', 'measuring', 'finished', 'terminating', 'terminated']) {
        expect(Object.keys(instance.reachedAt)).toContain(state);
      }
      expect(instance.failure).toBeNull();
    }
    expect([world.living(), world.securityGroups.size, world.placementGroups.size]).toEqual([[], 0, 0]);
  });

  it(`leaves no orphan, no false "unsupported" and loses no kept instance: ${HISTORIES} random histories`, async () => {
    const database = openDatabase();
    const seen = {
      kills: 0,
      kept: 0,
      keepFailures: 0,
      pauses: 0,
      outcomes: new Set<string | null>(),
      failures: new Set<string>(),
    };
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const history = new History(choose(seed), database);
      try {
        await history.live();
        checkEnd(history);
        checkVerdicts(history);
        checkBounds(history);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      seen.kills += history.lives - 1;
      seen.kept += history.instances.filter(({ state }) => state === 'kept').length;
      seen.keepFailures += history.instances.filter(isKeepFailed).length;
      seen.pauses += database.repository.events(history.id).filter(({ event }) => event === 'run_paused').length;
      seen.outcomes.add(history.run.outcome);
      for (const { failure } of history.instances) if (failure !== null) seen.failures.add(failure.kind);
    }
    // The histories are worth their name: they were killed often and reached every kind of end.
    expect(seen.kills).toBeGreaterThan(HISTORIES / 4);
    expect(seen.kept).toBeGreaterThan(HISTORIES / 10);
    expect(Math.min(seen.keepFailures, seen.pauses)).toBeGreaterThan(10);
    expect([...seen.outcomes].sort()).toEqual(['completed', 'could_not_complete', 'left_behind']);
    const kinds = ['agent_gone', 'agent_timeout', 'capacity', 'finish_timeout', 'lost', 'quota', 'unsupported_by_api'];
    expect([...seen.failures].sort()).toEqual(expect.arrayContaining(kinds));
  }, 240_000);
});

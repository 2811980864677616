/**
 * A model: the real decisions, actor and control database against a simulated EC2 that loses answers, is slow to show
 * what it did, refuses, and while the controller is killed at any call. Every history has a seed that is printed on failure.
 */
import { describe, expect, it } from 'vitest';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { LaunchRecord, RunRepository } from '../runs/run-repository.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { FLEET_POLICY } from './fleet-view.ts';
import { RunLoop } from './run-loop.ts';
import { type Faults, Killed, Life, type Machine, seeded, simulatedEc2, World } from './simulated-ec2.ts';

const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const KEY = new Uint8Array(32);
const HISTORIES = 1000;

const WRITES: ReadonlySet<string> = new Set(['updateRun', 'updateInstance', 'addEvent']);

/** The database outlives the process; a kill may come before or after any of its writes. */
function mortal(repository: RunRepository, life: Life): RunRepository {
  return new Proxy(repository, {
    get(target, name: keyof RunRepository) {
      return (...parameters: unknown[]) => {
        life.check();
        if (WRITES.has(name)) life.perhapsKill();
        const method = target[name] as (...all: unknown[]) => unknown;
        const answer = method.apply(target, parameters);
        if (WRITES.has(name)) life.perhapsKill();
        return answer;
      };
    },
  });
}

function makeRun(id: string, createdAt: number): Run {
  return {
    id,
    spec: {
      instanceTypes: [{ type: 'c7i.large', quantity: 3 }],
      region: 'us-east-1',
      subnetId: 'subnet-1',
      amiId: null,
      securityGroupId: null,
      placementGroup: null,
      keyName: null,
      durationS: 20,
      sources: {},
      batch: { maxSamples: 60, maxAgeMs: 1000 },
      spoolMaxBytes: 1 << 20,
      publicUrl: 'http://127.0.0.1:1',
      timeouts: { launchS: 60, agentS: 45, finishS: 30, terminateS: 150, orphanS: 60 },
      tags: {},
    },
    state: 'created',
    createdAt,
    soakStartedAt: null,
    soakEndsAt: null,
    endedAt: null,
    outcome: null,
    stopReason: null,
  };
}

function makeInstance(run: string, index: number): InstanceRecord {
  return {
    run,
    typeIndex: index,
    index,
    attempt: 1,
    instanceType: 'c7i.large',
    state: 'planned',
    instanceId: null,
    facts: null,
    agentVersion: null,
    ptpStatus: null,
    verdict: null,
    failure: null,
    reachedAt: {},
  };
}

function makeLaunch(run: string, index: number): LaunchRecord {
  const clientToken = `${run}-${index}`;
  const Tags = [{ Key: 'index', Value: String(index) }];
  const requestJson = JSON.stringify({ ClientToken: clientToken, TagSpecifications: [{ Tags }] });
  return { run, index, attempt: 1, clientToken, requestJson, agentSha256: '', createdAt: 0 };
}

/** What ingest does when this machine's agent speaks. */
function speak(machine: Machine, repository: RunRepository, run: Run): void {
  const record = repository.instance(run.id, machine.index);
  if (record === null || (record.instanceId !== null && record.instanceId !== machine.id)) return;
  const finishing = run.state === 'finishing' || run.state === 'terminating';
  const change = (state: InstanceRecord['state']) =>
    repository.updateInstance(run.id, machine.index, { instanceId: machine.id, state });
  if (record.state === 'launching' || record.state === 'running') change('enrolled');
  else if (record.state === 'enrolled') change('measuring');
  else if (record.state === 'measuring' && finishing) change('finished');
}

interface HistoryFaults extends Faults {
  /** Of each agent: never speaks, and speaks no more once it measures. */
  readonly silentAgent: number;
  readonly frozenAgent: number;
  /** Of each round: the operator stops the run. */
  readonly stop: number;
}

let histories = 0;

/** One run from its creation to its end, through as many controller lives as it takes. */
class History {
  readonly world: World;
  readonly id: string;
  lives = 1;
  readonly #repository: RunRepository;
  readonly #faults: HistoryFaults;
  readonly #silent: ReadonlySet<number>;
  readonly #frozen: ReadonlySet<number>;
  readonly #setClock: (now: number) => void;

  constructor(seed: number, faults: HistoryFaults, { repository, setClock }: Database) {
    this.world = new World(seeded(seed), faults);
    this.#faults = faults;
    this.#repository = repository;
    this.#setClock = setClock;
    histories += 1;
    this.id = `20270115-000000-${histories.toString(36).padStart(4, '0')}`;
    const indexes = [1, 2, 3];
    const instances = indexes.map((index) => makeInstance(this.id, index));
    const launches = indexes.map((index) => makeLaunch(this.id, index));
    setClock(this.world.now);
    repository.createRun(makeRun(this.id, this.world.now), instances, launches);
    this.#silent = new Set(indexes.filter(() => this.world.happens(faults.silentAgent)));
    this.#frozen = new Set(indexes.filter(() => this.world.happens(faults.frozenAgent)));
  }

  get run(): Run {
    const run = this.#repository.run(this.id);
    if (run === null) throw new Error('the run is gone');
    return run;
  }

  get instances(): readonly InstanceRecord[] {
    return this.#repository.instances(this.id);
  }

  async live(): Promise<this> {
    let loop = this.#begin();
    for (let round = 0; round < 2000; round += 1) {
      try {
        if (!(await loop.round())) return this;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        await null;
        this.lives += 1;
        loop = this.#begin();
      }
      this.#worldGoesOn();
    }
    throw new Error('the run did not end');
  }

  #begin(): RunLoop {
    const life = new Life(this.world);
    return new RunLoop(
      { run: this.id, policy: FLEET_POLICY },
      {
        repository: mortal(this.#repository, life),
        ec2: simulatedEc2(this.world, life),
        controllerKey: KEY,
        log,
        now: () => this.world.now,
      },
    );
  }

  #worldGoesOn(): void {
    const { world, run } = this;
    world.advance(500 + world.random() * 2000);
    this.#setClock(world.now);
    const living = world.living().map(({ index }) => index);
    if (new Set(living).size !== living.length) throw new Error(`two instances live for one index: ${living}`);
    for (const machine of world.machines.values()) {
      const mute = run.state === 'finishing' ? this.#frozen : this.#silent;
      const speaks = machine.state === 'running' && !mute.has(machine.index) && world.happens(0.4);
      if (speaks) speak(machine, this.#repository, run);
    }
    if (run.stopReason === null && run.state !== 'ended' && world.happens(this.#faults.stop)) {
      this.#repository.updateRun(this.id, { stopReason: 'stopped by the operator' });
    }
  }
}

interface Database {
  readonly repository: RunRepository;
  setClock(now: number): void;
}

function openDatabase(): Database {
  let now = 0;
  return {
    repository: openRunRepository(':memory:', { now: () => now }),
    setClock: (at) => {
      now = at;
    },
  };
}

const NO_FAULTS: HistoryFaults = {
  lost: 0,
  refuse: 0,
  describeFails: 0,
  kill: 0,
  terminateFails: 0,
  dies: 0,
  silentAgent: 0,
  frozenAgent: 0,
  stop: 0,
};

/** Some faults at some strength: half of the kinds are absent from a history, so that each is also seen alone. */
function chooseFaults(seed: number): HistoryFaults {
  const choose = seeded(seed * 7919);
  const strength = choose();
  const some = (most: number) => (choose() < 0.5 ? 0 : most * strength);
  return {
    lost: some(0.5),
    refuse: some(0.5),
    describeFails: some(0.5),
    kill: some(0.03),
    terminateFails: some(0.5),
    dies: some(0.005),
    silentAgent: some(0.5),
    frozenAgent: some(0.5),
    stop: some(0.02),
  };
}

function nothingIsLeft({ run, world, instances }: History): void {
  expect(world.late).toEqual([]);
  if (run.outcome === 'left_behind') {
    for (const machine of world.living()) expect(run.stopReason).toContain(machine.id);
    return;
  }
  expect(world.living()).toEqual([]);
  for (const { state } of instances) expect(state).toBe('terminated');
}

describe('a run against a simulated EC2', () => {
  it('goes through every state and ends completed when nothing fails', async () => {
    const { run, instances, world } = await new History(1, NO_FAULTS, openDatabase()).live();
    expect(run.outcome).toBe('completed');
    expect(run.stopReason).toBeNull();
    expect((run.soakEndsAt ?? 0) - (run.soakStartedAt ?? 0)).toBe(20_000);
    for (const instance of instances) {
      for (const state of ['launching', 'enrolled', 'measuring', 'finished', 'terminating', 'terminated']) {
        expect(Object.keys(instance.reachedAt)).toContain(state);
      }
      expect(instance.failure).toBeNull();
    }
    expect(world.living()).toEqual([]);
  });

  it(`never has two instances for one index nor an orphan, and always ends: ${HISTORIES} random histories`, async () => {
    const database = openDatabase();
    const seen = { kills: 0, outcomes: new Set<string | null>(), failures: new Set<string | undefined>() };
    for (let seed = 1; seed <= HISTORIES; seed += 1) {
      const history = new History(seed, chooseFaults(seed), database);
      try {
        nothingIsLeft(await history.live());
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
      seen.kills += history.lives - 1;
      seen.outcomes.add(history.run.outcome);
      for (const { failure } of history.instances) seen.failures.add(failure?.kind);
    }
    // The histories are worth their name: they were killed often and reached every kind of end.
    expect(seen.kills).toBeGreaterThan(HISTORIES / 4);
    expect([...seen.outcomes]).toEqual(expect.arrayContaining(['completed', 'could_not_complete']));
    const kinds = ['agent_timeout', 'capacity', 'finish_timeout', 'lost', 'quota'];
    expect([...seen.failures]).toEqual(expect.arrayContaining(kinds));
  }, 120_000);

  it('says what may be left behind when EC2 terminates nothing', async () => {
    const faults = { ...NO_FAULTS, terminateFails: 1 };
    const { run, world } = await new History(5, faults, openDatabase()).live();
    expect(run.outcome).toBe('left_behind');
    expect(world.living()).toHaveLength(3);
    for (const machine of world.living()) expect(run.stopReason).toContain(`${machine.id} (running)`);
  });

  it('never takes a failed DescribeInstances for the end of an instance', async () => {
    const faults = { ...NO_FAULTS, describeFails: 0.9 };
    const { run, instances } = await new History(9, faults, openDatabase()).live();
    expect(run.outcome).toBe('completed');
    for (const instance of instances) expect(instance.failure).toBeNull();
  });

  it('waits for capacity until the launch time-out and then calls the type not tested', async () => {
    const { run, instances, world } = await new History(3, { ...NO_FAULTS, refuse: 1 }, openDatabase()).live();
    expect(run.outcome).toBe('could_not_complete');
    expect(run.stopReason).toBe('no instance could be measured (3 x capacity)');
    expect(world.machines.size).toBe(0);
    for (const instance of instances) {
      expect(instance.failure?.kind).toBe('capacity');
      expect(instance.verdict?.capability.value).toBe('not_tested');
      expect(instance.verdict?.capability.reason).toContain('InsufficientInstanceCapacity');
    }
  });

  it('fails an instance whose agent never appears, with what its console says', async () => {
    const { run, instances } = await new History(4, { ...NO_FAULTS, silentAgent: 1 }, openDatabase()).live();
    expect(run.outcome).toBe('could_not_complete');
    for (const instance of instances) {
      expect(instance.failure?.kind).toBe('agent_timeout');
      expect(instance.failure?.message).toContain('it printed this');
    }
  });
});

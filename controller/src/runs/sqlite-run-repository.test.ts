import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { madeInstance, madeRun } from './made-run.fixture.ts';
import type { InstanceRecord } from './run.ts';
import type { RunPreparation } from './run-preparation.ts';
import type { LaunchRecord, RunRepository } from './run-repository.ts';
import { RunsError } from './runs-error.ts';
import { openRunRepository, readRunRepository } from './sqlite-run-repository.ts';

const RUN = madeRun({ createdAt: 1_795_000_000_000 });

function instance(index: number): InstanceRecord {
  return madeInstance({ typeIndex: index, index });
}

const PREPARATION: RunPreparation = {
  subnets: [],
  types: [],
  securityGroup: { kind: 'given', groupId: 'sg-1' },
  placement: { kind: 'none' },
  awsNow: 1,
  warnings: ['mind the gap'],
};

function launch(index: number): LaunchRecord {
  return {
    run: RUN.id,
    index,
    attempt: 1,
    clientToken: `token-${index}`,
    requestJson: '{"UserData":"eA=="}',
    agentSha256: 'ab'.repeat(32),
    createdAt: 1,
  };
}

let directory: string;
let path: string;
let repository: RunRepository;
let now = 1000;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ptp-repository-'));
  path = join(directory, 'control.db');
  now = 1000;
  repository = openRunRepository(path, { now: () => now });
});

afterEach(() => {
  repository.close();
  rmSync(directory, { recursive: true });
});

function reopen(): void {
  repository.close();
  repository = openRunRepository(path, { now: () => now });
}

describe('run repository', () => {
  it('gives back what was written, also after it was closed and opened again', () => {
    repository.createRun(RUN, [instance(1), instance(2)], [launch(1)]);
    repository.updateRun(RUN.id, { state: 'soaking', soakStartedAt: 5, soakEndsAt: 25 });
    repository.updateInstance(RUN.id, 2, {
      state: 'launching',
      instanceId: 'i-0123456789abcdef0',
      failure: { kind: 'lost', message: 'gone' },
    });
    repository.saveEnrolment({
      run: RUN.id,
      index: 1,
      attempt: 1,
      instanceId: 'i-1',
      secretSha256: 'cd'.repeat(32),
      enrolledAt: 7,
    });
    repository.addEvent({ run: RUN.id, instanceId: null, event: 'store_failed', at: 9, detail: { free_bytes: 0 } });
    repository.addAwsCall({
      run: RUN.id,
      action: 'RunInstances',
      at: 3,
      durationMs: 1.5,
      attempts: 1,
      requestId: null,
      result: 'ok',
    });
    const read = () => ({
      run: repository.run(RUN.id),
      instances: repository.instances(RUN.id),
      launch: repository.launch(RUN.id, 1, 1),
      enrolment: repository.enrolmentOf('i-1'),
      byAttempt: repository.enrolment(RUN.id, 1, 1),
      events: repository.events(RUN.id),
      calls: repository.awsCalls(RUN.id),
    });
    const before = read();
    reopen();
    expect(read()).toEqual(before);
    expect(before.run).toMatchObject({ ...RUN, state: 'soaking', soakStartedAt: 5, soakEndsAt: 25 });
    expect(before.launch).toEqual(launch(1));
    expect(before.instances[1]?.reachedAt).toEqual({ launching: 1000 });
    expect(repository.instanceById('i-0123456789abcdef0')?.index).toBe(2);
  });

  it('has instances as they are now, also when it was asked for them before', () => {
    expect(repository.instances(RUN.id)).toEqual([]);
    repository.createRun(RUN, [instance(1), instance(2)]);
    const planned = repository.instances(RUN.id);
    expect(repository.instances(RUN.id)).toBe(planned);
    repository.updateInstance(RUN.id, 2, { state: 'launching', instanceId: 'i-2' });
    expect(planned.map(({ state }) => state)).toEqual(['planned', 'planned']);
    const elsewhere = readRunRepository(path);
    expect(repository.instances(RUN.id)).toEqual(elsewhere.instances(RUN.id));
    repository.updateInstance(RUN.id, 1, { state: 'launching', instanceId: 'i-1' });
    expect(elsewhere.instances(RUN.id)).toEqual(repository.instances(RUN.id));
    elsewhere.close();
  });

  it('sums up calls by action and result, and events by kind, as they come', () => {
    repository.createRun(RUN, [instance(1)]);
    const call = { run: RUN.id, action: 'RunInstances', at: 3, requestId: null, result: 'ok' };
    repository.addAwsCall({ ...call, durationMs: 1.5, attempts: 1 });
    repository.addAwsCall({ ...call, durationMs: 9.5, attempts: 2 });
    repository.addAwsCall({ ...call, durationMs: 2.5, attempts: 3 });
    repository.addAwsCall({ ...call, durationMs: 4, attempts: 1, result: 'throttling' });
    repository.addAwsCall({ ...call, durationMs: 4, attempts: 1, run: null });
    repository.addEvent({ run: RUN.id, instanceId: null, event: 'keep_asked', at: 1, detail: {} });
    repository.addEvent({ run: RUN.id, instanceId: null, event: 'keep_asked', at: 2, detail: {} });
    reopen();
    expect(repository.awsCallTotals(RUN.id)).toEqual([
      { action: 'RunInstances', result: 'ok', calls: 3, attempts: 6, longestMs: 9.5 },
      { action: 'RunInstances', result: 'throttling', calls: 1, attempts: 1, longestMs: 4 },
    ]);
    expect([...repository.eventCounts(RUN.id)]).toEqual([['keep_asked', 2]]);
  });

  it('knows which records were nacked, and finds one by an index however many there are', () => {
    repository.createRun(RUN, [instance(1)]);
    const nack = (sequence: number, epoch = 'aa') =>
      ({ run: RUN.id, instanceId: 'i-1', event: 'record_nacked', at: 1, detail: { epoch, sequence } }) as const;
    repository.addEvent(nack(7));
    repository.addEvent({ ...nack(8), event: 'agent_restarted' });
    const has = (sequence: number, epoch = 'aa', instanceId = 'i-1') =>
      repository.hasNackEvent(RUN.id, instanceId, { epoch, sequence });
    expect([has(7), has(8), has(7, 'bb'), has(7, 'aa', 'i-2')]).toEqual([true, false, false, false]);
    const reading = new DatabaseSync(path, { readOnly: true });
    const plan = reading
      .prepare(
        `EXPLAIN QUERY PLAN SELECT 1 FROM events WHERE event = 'record_nacked' AND run = ? AND instance_id = ?
          AND json_extract(detail, '$.epoch') = ? AND json_extract(detail, '$.sequence') = ?`,
      )
      .all();
    reading.close();
    expect(JSON.stringify(plan)).toContain(
      'events_by_nacked_record (run=? AND instance_id=? AND <expr>=? AND <expr>=?)',
    );
  });

  it('gives the newest events, oldest first', () => {
    repository.createRun(RUN, [instance(1)]);
    const event = { run: RUN.id, instanceId: null, event: 'keep_asked', detail: {} } as const;
    for (const at of [5, 1, 4, 2, 3]) repository.addEvent({ ...event, at });
    expect(repository.newestEvents(RUN.id, 3).map(({ at }) => at)).toEqual([3, 4, 5]);
    expect(repository.newestEvents('20261120-231757-none', 3)).toEqual([]);
  });

  it('keeps the time at which a state was first reached', () => {
    repository.createRun(RUN, [instance(1)]);
    repository.updateInstance(RUN.id, 1, { state: 'launching' });
    now = 2000;
    repository.updateInstance(RUN.id, 1, { state: 'planned' });
    now = 3000;
    expect(repository.updateInstance(RUN.id, 1, { state: 'launching' }).reachedAt).toEqual({
      launching: 1000,
      planned: 2000,
    });
  });

  it('tells its listeners of each change, and of nothing that changed nothing', () => {
    const told: string[] = [];
    const stop = repository.onChange((run) => told.push(run));
    repository.createRun(RUN, [instance(1)]);
    repository.updateInstance(RUN.id, 1, { state: 'launching' });
    repository.updateInstance(RUN.id, 1, { state: 'launching' });
    repository.updateRun(RUN.id, { state: 'created' });
    expect(told).toHaveLength(2);
    stop();
    repository.updateRun(RUN.id, { state: 'launching' });
    expect(told).toHaveLength(2);
  });

  it('creates a run with its instances and launches, or nothing of them', () => {
    expect(() => repository.createRun(RUN, [instance(1), instance(1)], [launch(1)])).toThrow(/UNIQUE/);
    expect(repository.runs()).toEqual([]);
    repository.createRun(RUN, [instance(1)], [launch(1)]);
    expect(repository.runs()).toHaveLength(1);
  });

  it('never changes a frozen launch nor an enrolment', () => {
    repository.createRun(RUN, [instance(1)], [launch(1)]);
    expect(() => repository.saveLaunch({ ...launch(1), clientToken: 'other' })).toThrow(/UNIQUE/);
    expect(repository.launch(RUN.id, 1, 1)).toEqual(launch(1));
  });

  it('names a run or instance that it does not know', () => {
    expect(() => repository.updateRun('20261120-231757-none', {})).toThrow(RunsError);
    repository.createRun(RUN, []);
    expect(() => repository.updateInstance(RUN.id, 1, {})).toThrow(/no instance 1/);
    expect(repository.run('20261120-231757-none')).toBeNull();
    expect(repository.instance(RUN.id, 1)).toBeNull();
  });

  it('keeps what keeping, pauses and leftovers need', () => {
    repository.createRun(RUN, [instance(1)], { preparation: PREPARATION });
    const change = {
      keepAskedAt: 3,
      keepDecision: [1, 3],
      pause: { since: 4, reason: 'expired', remedy: 'renew' },
      resources: { securityGroupId: 'sg-1', placementGroup: null },
      leftovers: [{ kind: 'volume', id: 'vol-1', reason: 'in use', command: 'aws' }],
    } as const;
    repository.updateRun(RUN.id, change);
    const keep = { step: 'retag', since: 5, failure: { kind: 'keep_failed', message: 'no' } } as const;
    repository.updateInstance(RUN.id, 1, { keep, evidence: ['request 1'] });
    reopen();
    expect(repository.run(RUN.id)).toMatchObject(change);
    expect(repository.instance(RUN.id, 1)).toMatchObject({ keep, evidence: ['request 1'] });
    expect(repository.preparation(RUN.id)).toEqual(PREPARATION);
  });

  it('lists the newest run first', () => {
    repository.createRun(RUN, []);
    repository.createRun({ ...RUN, id: '20261120-231758-aaaa', createdAt: RUN.createdAt + 1000 }, []);
    expect(repository.runs().map((run) => run.id)).toEqual(['20261120-231758-aaaa', RUN.id]);
  });

  it('is readable by its owner alone, with its journal', () => {
    repository.createRun(RUN, []);
    for (const name of ['control.db', 'control.db-wal', 'control.db-shm']) {
      expect(statSync(join(directory, name)).mode & 0o777, name).toBe(0o600);
    }
  });
});

describe('opening a database of version 1', () => {
  const old = readFileSync(new URL('./fixtures/control-v1.sql', import.meta.url), 'utf8');

  it('finds everything that was in it, and the new fields empty', () => {
    const file = join(directory, 'old.db');
    const database = new DatabaseSync(file);
    database.exec(old);
    database.close();
    const opened = openRunRepository(file, { now: () => now });
    const run = opened.run(RUN.id);
    expect(run).toMatchObject({ id: RUN.id, state: 'launching', pause: null, keepDecision: null, leftovers: null });
    expect(opened.instances(RUN.id)).toMatchObject([{ instanceId: 'i-0123456789abcdef0', keep: null, evidence: null }]);
    expect(opened.launch(RUN.id, 1, 1)).toEqual(launch(1));
    expect(opened.enrolment(RUN.id, 1, 1)?.enrolledAt).toBe(7);
    expect([opened.events(RUN.id).length, opened.awsCalls(RUN.id).length]).toEqual([1, 1]);
    expect(opened.awsCallTotals(RUN.id)).toMatchObject([{ calls: 1 }]);
    expect(opened.preparation(RUN.id)).toBeNull();
    expect(opened.updateRun(RUN.id, { keepDecision: [1] }).keepDecision).toEqual([1]);
    opened.close();
  });
});

describe('opening a database that is not ours', () => {
  function codeOf(file: string): string | null {
    try {
      openRunRepository(file, { now: () => 0 }).close();
      return null;
    } catch (error) {
      return error instanceof RunsError ? error.code : String(error);
    }
  }

  it('is refused, with the reason', () => {
    const foreign = join(directory, 'foreign.db');
    const other = new DatabaseSync(foreign);
    other.exec('CREATE TABLE recipes (name TEXT)');
    other.close();
    expect(codeOf(foreign)).toBe('not_a_control_database');
    const garbage = join(directory, 'garbage.db');
    writeFileSync(garbage, 'this is not a database, it only has its name'.repeat(40));
    expect(codeOf(garbage)).toBe('not_a_control_database');
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    expect(codeOf(path)).toBe('database_newer');
  });
});

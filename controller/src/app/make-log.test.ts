import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun } from '../runs/made-run.fixture.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { logChanges } from './log-changes.ts';
import { makeLog } from './make-log.ts';

function collected() {
  const lines: string[] = [];
  return { lines, write: (text: string) => lines.push(text) };
}

describe('the log', () => {
  it('is JSON with the time in UTC where nobody reads along', () => {
    const to = collected();
    makeLog({ level: 'info', terminal: false, color: false }, to).info({ run: 'r' }, 'run soaking');
    expect(JSON.parse(to.lines[0] ?? '')).toMatchObject({
      level: 30,
      run: 'r',
      msg: 'run soaking',
      time: expect.stringMatching(/Z$/),
    });
  });

  it('is one readable line on a terminal, in colour only where that is wanted', () => {
    const plain = collected();
    makeLog({ level: 'info', terminal: true, color: false }, plain).warn({ run: 'r' }, 'look');
    expect(plain.lines).toHaveLength(1);
    expect(plain.lines[0]).toMatch(/^\[\d{4}-\d\d-\d\d .*\] WARN: look \{"run":"r"\}\n$/);
    const coloured = collected();
    makeLog({ level: 'info', terminal: true, color: true }, coloured).warn({}, 'look');
    expect(coloured.lines[0]).toContain('\u001b[');
  });

  it('holds no secret that a field is named for, also within an error', () => {
    const to = collected();
    const log = makeLog({ level: 'info', terminal: false, color: false }, to);
    const error = Object.assign(new Error('denied'), { authorization: 'CANARY', headers: { cookie: 'CANARY' } });
    log.error({ token: 'CANARY', err: error, request: { secret: 'CANARY', user_data: 'CANARY' } }, 'failed');
    expect(to.lines[0]).toContain('[redacted]');
    expect(to.lines[0]).not.toContain('CANARY');
  });
});

describe('changes of state', () => {
  it('are one line each with run and instance; what does not change says nothing', async () => {
    const repository = openRunRepository(':memory:', { now: () => 1 });
    const to = collected();
    const end = logChanges(repository, makeLog({ level: 'info', terminal: false, color: false }, to));
    const run = madeRun();
    repository.createRun(run, [madeInstance({ run: run.id })]);
    await Promise.resolve();
    repository.updateInstance(run.id, 1, { state: 'launching', instanceId: 'i-0123456789abcdef0' });
    repository.updateInstance(run.id, 1, { agentVersion: '1' });
    await Promise.resolve();
    repository.updateRun(run.id, { state: 'ended', outcome: 'left_behind', endedAt: 2 });
    await Promise.resolve();
    repository.removeSamples(run.id, { at: 3, bytes: 1, reason: 'age' });
    end();
    repository.close();
    const said = to.lines
      .map((line) => JSON.parse(line))
      .map(({ level, msg, from, to: next }) => ({ level, msg, from, next }));
    expect(said).toEqual([
      { level: 30, msg: 'run created', from: null, next: 'created' },
      { level: 30, msg: 'instance planned', from: null, next: 'planned' },
      { level: 30, msg: 'instance launching', from: 'planned', next: 'launching' },
      { level: 50, msg: 'run ended', from: 'created', next: 'ended' },
    ]);
    expect(JSON.parse(to.lines[2] ?? '')).toMatchObject({ run: run.id, instance_id: 'i-0123456789abcdef0', index: 1 });
  });

  it.each([
    ['no error where somebody asked for the end', { stopReason: 'interrupted by the operator' }, 30],
    ['an error where the run could not go on', { state: 'terminating', stopReason: 'the canary failed' }, 50],
  ] as const)('are %s', async (_, before, level) => {
    const repository = openRunRepository(':memory:', { now: () => 1 });
    const to = collected();
    const end = logChanges(repository, makeLog({ level: 'info', terminal: false, color: false }, to));
    const run = madeRun();
    repository.createRun(run, []);
    await Promise.resolve();
    repository.updateRun(run.id, before);
    await Promise.resolve();
    repository.updateRun(run.id, { state: 'terminating' });
    await Promise.resolve();
    repository.updateRun(run.id, { state: 'ended', outcome: 'could_not_complete', endedAt: 2 });
    end();
    repository.close();
    expect(JSON.parse(to.lines.at(-1) ?? '')).toMatchObject({ level, msg: 'run ended' });
  });
});

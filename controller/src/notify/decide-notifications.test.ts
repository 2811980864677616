import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun } from '../runs/made-run.fixture.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import { decideNotifications } from './decide-notifications.ts';
import { groupNotifications } from './group-notifications.ts';
import type { RunSituation, Situation } from './situation.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const RULES = { silentAfterMs: 300_000, diskAheadMs: 3 * 86_400_000 };
const MINUTE = 60_000;

function situation(run: Partial<RunSituation>, change: Partial<Situation> = {}): Situation {
  const whole: RunSituation = {
    run: madeRun({ state: 'soaking' }),
    instances: [],
    agents: new Map(),
    failedCriteria: [],
    summary: null,
    isReporting: false,
    ...run,
  };
  return { now: NOW, startedAt: NOW - 3_600_000, runs: [whole], disk: null, storeFailure: null, ...change };
}

function kinds(of: Situation, known: readonly string[] = []): string[] {
  return decideNotifications(of, RULES, new Set(known)).map(({ kind }) => kind);
}

function keysOf(of: Situation, known: readonly string[] = []): string[] {
  return decideNotifications(of, RULES, new Set(known)).map(({ key }) => key);
}

const measuring = (change: Partial<InstanceRecord> = {}) =>
  madeInstance({ state: 'measuring', instanceId: 'i-0123456789abcdef0', ...change });
const ended = (change: Partial<Run>) => madeRun({ state: 'ended', endedAt: NOW - MINUTE, ...change });

describe('what people are told', () => {
  it('says nothing about a run that goes well', () => {
    const instance = measuring();
    const agents = new Map([[instance.instanceId ?? '', { connected: true, lastContactAt: NOW - 1000 }]]);
    expect(kinds(situation({ instances: [instance], agents }))).toEqual([]);
  });

  it('tells the end of a run once its report is written, and again never', () => {
    const run = ended({ outcome: 'completed' });
    expect(kinds(situation({ run }))).toEqual([]);
    const written = situation({ run, summary: '3/3 supported; quality: 3 pass' });
    const [told] = decideNotifications(written, RULES, new Set());
    expect(told).toMatchObject({ kind: 'run_ended', severity: 'info', text: '3/3 supported; quality: 3 pass' });
    expect(kinds(written, [told?.key ?? ''])).toEqual([]);
  });

  it('tells the end of a large fleet after weeks with its verdict, however long the report takes', () => {
    const run = ended({ outcome: 'completed', endedAt: NOW - 100 * MINUTE });
    expect(kinds(situation({ run, isReporting: true }))).toEqual([]);
    const failed = { ...run, outcome: 'quality_failed' } as const;
    const [told] = decideNotifications(situation({ run: failed, summary: '1 fail' }), RULES, new Set());
    expect(told).toMatchObject({ kind: 'run_ended', severity: 'error', text: '1 fail' });
  });

  it('tells the end without a report when the report does not come for ten minutes', () => {
    const run = ended({ outcome: 'could_not_complete', endedAt: NOW - 11 * MINUTE });
    const [told] = decideNotifications(situation({ run }), RULES, new Set());
    expect(told).toMatchObject({ kind: 'run_ended', severity: 'error' });
    expect(told?.text).toContain(`ptp-tester report ${run.id}`);
  });

  it('does not tell about runs that ended more than a day ago', () => {
    const run = ended({ outcome: 'completed', endedAt: NOW - 25 * 60 * MINUTE });
    expect(kinds(situation({ run, summary: 'fine' }))).toEqual([]);
  });

  it('names what is left behind with the command that removes it', () => {
    const leftover = {
      kind: 'instance',
      id: 'i-0abc',
      reason: 'denied',
      command: 'aws ec2 terminate-instances',
    } as const;
    const run = ended({ outcome: 'left_behind', leftovers: [leftover] });
    const [told] = decideNotifications(situation({ run }), RULES, new Set());
    expect(told).toMatchObject({ kind: 'left_behind', severity: 'error' });
    expect(told?.text).toContain('aws ec2 terminate-instances');
  });

  it('tells a pause with what ends it, and a later pause again', () => {
    const pausedAt = (since: number) =>
      situation({
        run: madeRun({ state: 'soaking', pause: { since, reason: 'credentials expired', remedy: 'renew them' } }),
      });
    const first = keysOf(pausedAt(1));
    expect(first).toHaveLength(1);
    expect(keysOf(pausedAt(1), first)).toEqual([]);
    expect(keysOf(pausedAt(2), first)).toHaveLength(1);
  });

  it('tells a criterion of an instance once, whatever its numbers are later', () => {
    const instance = measuring();
    const failed = (reason: string) =>
      situation({
        instances: [instance],
        agents: new Map([[instance.instanceId ?? '', { connected: true, lastContactAt: NOW }]]),
        failedCriteria: [{ instanceId: instance.instanceId ?? '', name: 'offset_p99', key: '', reason }],
      });
    const first = keysOf(failed('2 us'));
    expect(first).toHaveLength(1);
    expect(keysOf(failed('3 us'), first)).toEqual([]);
  });
});

describe('silence', () => {
  const instance = measuring();
  const id = instance.instanceId ?? '';
  const heard = (connected: boolean, agoMs: number) =>
    situation({ instances: [instance], agents: new Map([[id, { connected, lastContactAt: NOW - agoMs }]]) });

  it('is told after five minutes, not before', () => {
    expect(kinds(heard(false, 4 * MINUTE))).toEqual([]);
    expect(kinds(heard(false, 5 * MINUTE))).toEqual(['instance_silent']);
  });

  it('is told once while it lasts, the return once, the next silence anew', () => {
    const silent = keysOf(heard(false, 6 * MINUTE));
    expect(keysOf(heard(false, 60 * MINUTE), silent)).toEqual([]);
    const back = decideNotifications(heard(true, 0), RULES, new Set(silent));
    expect(back.map(({ kind }) => kind)).toEqual(['instance_back']);
    const known = [...silent, ...back.map(({ key }) => key)];
    expect(kinds(heard(true, 0), known)).toEqual([]);
    expect(kinds(heard(false, 6 * MINUTE), known)).toEqual(['instance_silent']);
  });

  it('is counted from the start of the controller for agents that have not come in since', () => {
    const of = (upMs: number) => situation({ instances: [instance] }, { startedAt: NOW - upMs });
    expect(kinds(of(MINUTE))).toEqual([]);
    expect(kinds(of(6 * MINUTE))).toEqual(['instance_silent']);
  });

  it('of an instance that flaps is told ten times at most', () => {
    const known: string[] = [];
    for (let i = 0; i < 30; i += 1) {
      known.push(...keysOf(heard(false, 6 * MINUTE), known));
      known.push(...keysOf(heard(true, 0), known));
    }
    expect(known.filter((key) => key.startsWith('instance_silent/'))).toHaveLength(10);
  });

  it('of an instance that is not expected to talk is none', () => {
    expect(kinds(situation({ instances: [madeInstance({ state: 'running' })] }))).toEqual([]);
    expect(kinds(situation({ instances: [madeInstance({ state: 'terminated' })] }))).toEqual([]);
  });
});

describe('the disk', () => {
  const disk = (freeShare: number, fullInMs: number | null) =>
    situation(
      {},
      { disk: { freeBytes: freeShare * 1e12, totalBytes: 1e12, fullAt: fullInMs === null ? null : NOW + fullInMs } },
    );

  it('is told when it would be full within three days, or is nearly full', () => {
    expect(kinds(disk(0.5, null))).toEqual([]);
    expect(kinds(disk(0.5, 4 * 86_400_000))).toEqual([]);
    expect(kinds(disk(0.5, 2 * 86_400_000))).toEqual(['disk_filling']);
    expect(kinds(disk(0.04, null))).toEqual(['disk_filling']);
  });

  it('is told once a day', () => {
    expect(keysOf(disk(0.04, null), keysOf(disk(0.04, null)))).toEqual([]);
  });
});

describe('many at once', () => {
  it('an outage of hundreds is one notification that names ten and marks them all as told', () => {
    const instances = Array.from({ length: 300 }, (_, i) =>
      measuring({ index: i + 1, instanceId: `i-${String(i).padStart(17, '0')}` }),
    );
    const fresh = decideNotifications(situation({ instances }), RULES, new Set());
    const [group, ...others] = groupNotifications(fresh);
    expect(others).toEqual([]);
    expect(group?.keys).toHaveLength(300);
    expect(group?.notification.title).toContain('300 times at once');
    expect(group?.notification.text.split('\n')).toHaveLength(11);
    expect(decideNotifications(situation({ instances }), RULES, new Set(group?.keys))).toEqual([]);
  });

  it('five stay five', () => {
    const instances = Array.from({ length: 5 }, (_, i) =>
      measuring({ index: i + 1, instanceId: `i-${String(i).padStart(17, '0')}` }),
    );
    expect(groupNotifications(decideNotifications(situation({ instances }), RULES, new Set()))).toHaveLength(5);
  });

  it('criteria that one instance breaks at once are one notification', () => {
    const instance = measuring();
    const instanceId = instance.instanceId ?? '';
    const failedCriteria = ['steps', 'offset_max'].map((name) => ({
      instanceId,
      name,
      key: '',
      reason: `${name} is broken`,
    }));
    const agents = new Map([[instanceId, { connected: true, lastContactAt: NOW }]]);
    const groups = groupNotifications(
      decideNotifications(situation({ instances: [instance], agents, failedCriteria }), RULES, new Set()),
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]?.keys).toHaveLength(2);
    expect(groups[0]?.notification.title).toMatch(/fails steps, and 1 more$/);
    expect(groups[0]?.notification.text).toBe('- steps: steps is broken\n- offset_max: offset_max is broken');
  });
});

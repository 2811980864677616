import { describe, expect, it } from 'vitest';
import type { Run } from '../../runs/run.ts';
import { changedLines, formatOffset, headline, type InstanceProgress, type RunProgress } from './progress.ts';

const run = {
  id: '20261120-231757-k3f9',
  state: 'soaking',
  createdAt: 0,
  soakStartedAt: 10_000,
  soakEndsAt: 70_000,
  outcome: null,
} as Run;

function instance(change: Partial<InstanceProgress> = {}): InstanceProgress {
  return {
    index: 1,
    name: 'c7i.large-1',
    type: 'c7i.large',
    instanceId: 'i-0123456789abcdef0',
    state: 'measuring',
    connected: true,
    samplesStored: 12,
    phcOffsetNs: -1234.4,
    simulated: true,
    failure: null,
    ...change,
  };
}

const progress = (...instances: InstanceProgress[]): RunProgress => ({ run, instances, now: 30_000 });

describe('formatOffset', () => {
  it.each([
    [0, '+0 ns'],
    [-9999, '-9999 ns'],
    [12_345, '+12.3 us'],
    [-12_345_678, '-12.3 ms'],
    [37e9, '+37.0 s'],
  ])('writes %d ns as %s', (ns, text) => {
    expect(formatOffset(ns)).toBe(text);
  });
});

describe('progress', () => {
  it('says how long the soak still takes', () => {
    expect(headline(progress())).toBe('run 20261120-231757-k3f9: soaking, 00:40 left (00:30 since start)');
  });

  it('asks nobody to decide while no controller drives the run', () => {
    const keeping = {
      ...run,
      state: 'keeping',
      stopReason: null,
      keepAskedAt: 20_000,
      spec: { fleet: { keep: 'ask' } },
    } as unknown as Run;
    const asked = { run: keeping, instances: [], now: 30_000 };
    expect(headline(asked)).toContain('decide by');
    expect(headline(asked, { isDriven: false })).toBe(
      'run 20261120-231757-k3f9: keeping (00:30 since start), NOT DRIVEN NOW',
    );
  });

  it('marks a simulated PHC wherever its offset stands', () => {
    expect(changedLines(null, progress(instance())).join('\n')).toContain('-1234 ns SIMULATED');
  });

  it('says only what changed', () => {
    expect(changedLines(progress(instance()), progress(instance({ samplesStored: 99 })))).toEqual([]);
    expect(changedLines(progress(instance()), progress(instance({ state: 'finished' })))).toEqual([
      'c7i.large-1 i-0123456789abcdef0: finished',
    ]);
  });
});

it('a paused run says why, and how it goes on, as soon as it is paused and again when it is not', () => {
  const before = progress(instance());
  const pause = { since: 0, reason: 'ExpiredToken', remedy: 'renew them' };
  const paused = { ...before, run: { ...before.run, pause } };
  expect(changedLines(before, paused)[0]).toContain('PAUSED: ExpiredToken\nto go on: renew them');
  expect(changedLines(paused, before)[0]).not.toContain('PAUSED');
  const said = {
    ...paused,
    run: { ...paused.run, pause: { since: 0, reason: 'Expired. Renew them', remedy: 'renew them' } },
  };
  expect(changedLines(before, said)[0]).not.toContain('to go on');
});

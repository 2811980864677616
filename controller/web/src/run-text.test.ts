import { expect, it } from 'vitest';
import type { RunSummary, VerdictSoFar } from '../../src/api/schemas.ts';
import { decidedText, stateWord, verdictWord } from './run-text.ts';

const VERDICT: VerdictSoFar = {
  quality: 'pass',
  pass: 2,
  fail: 0,
  not_enough_data: 0,
  failing: [],
  pass_rests_on: { decided: 10, total: 19 },
  interim: true,
  left_to_report: [],
  judged_at: '2026-11-21T08:00:00.000000000Z',
};

const judged = (change: Partial<VerdictSoFar>) => ({ verdict_so_far: { ...VERDICT, ...change } }) as RunSummary;

it('says beside a pass on how many criteria it rests, unless that is all of them', () => {
  expect(decidedText(judged({}))).toBe('10 of 19 criteria decided');
  expect(verdictWord(judged({}))?.meaning).toContain('10 of 19 criteria decided');
  expect(decidedText(judged({ pass_rests_on: { decided: 19, total: 19 } }))).toBeNull();
  expect(decidedText(judged({ quality: 'fail' }))).toBeNull();
  expect(decidedText({ verdict_so_far: null } as RunSummary)).toBeNull();
});

it('a paused run says so beside its state, with the reason', () => {
  const pause = { since: '2026-11-21T08:00:00Z', reason: 'The credentials have expired', remedy: 'Renew them' };
  const run = { state: 'soaking', outcome: null, pause } as RunSummary;
  expect(stateWord(run)).toEqual({ word: 'soaking, paused', tone: 'error', meaning: pause.reason });
  expect(stateWord({ ...run, pause: null }).word).toBe('soaking');
});

import { describe, expect, it } from 'vitest';
import { choosePrunable, type RetentionRules, type StoredRun } from './choose-prunable.ts';
import { madeRun } from './made-run.fixture.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const FOR_EVER: RetentionRules = { maxAgeMs: null, maxBytes: null };

function ended(name: string, daysAgo: number, change: Partial<StoredRun> = {}): StoredRun {
  const run = madeRun({ id: `20261001-000000-${name}`, state: 'ended', endedAt: NOW - daysAgo * DAY });
  return { run, bytes: 100, hasReport: true, ...change };
}

function chosen(stored: readonly StoredRun[], rules: Partial<RetentionRules>, named: readonly string[] = []) {
  const { pruned, beyondBytes } = choosePrunable(stored, { rules: { ...FOR_EVER, ...rules }, named }, NOW);
  return { pruned: pruned.map(({ run, reason }) => `${run.slice(-4)} ${reason}`), beyondBytes };
}

const OLD = [ended('bbbb', 40), ended('aaaa', 90), ended('cccc', 5)];

describe('retention', () => {
  it('removes nothing without rules', () => {
    expect(chosen(OLD, {})).toEqual({ pruned: [], beyondBytes: 0 });
  });

  it('by age takes what ended long enough ago, oldest first', () => {
    expect(chosen(OLD, { maxAgeMs: 40 * DAY }).pruned).toEqual(['aaaa age', 'bbbb age']);
    expect(chosen(OLD, { maxAgeMs: 40 * DAY + 1 }).pruned).toEqual(['aaaa age']);
  });

  it('by size takes the oldest until the rest fits, and not one more', () => {
    expect(chosen(OLD, { maxBytes: 300 }).pruned).toEqual([]);
    expect(chosen(OLD, { maxBytes: 299 }).pruned).toEqual(['aaaa size']);
    expect(chosen(OLD, { maxBytes: 100 }).pruned).toEqual(['aaaa size', 'bbbb size']);
  });

  it('by both counts what age has taken already', () => {
    expect(chosen(OLD, { maxAgeMs: 60 * DAY, maxBytes: 150 }).pruned).toEqual(['aaaa age', 'bbbb size']);
  });

  it('never touches a run that goes on, whatever it takes, and says by how much the limit is exceeded', () => {
    const run = madeRun({ id: '20261001-000000-live', state: 'soaking' });
    const soaking: StoredRun = { run, bytes: 1000, hasReport: false };
    expect(chosen([...OLD, soaking], { maxAgeMs: DAY, maxBytes: 500 }, [run.id])).toEqual({
      pruned: ['aaaa age', 'bbbb age', 'cccc age'],
      beyondBytes: 500,
    });
  });

  it('never takes what has no final report yet, or what ended less than a day ago unless it is named', () => {
    const stored = [ended('nore', 90, { hasReport: false }), ended('youn', 0.9)];
    expect(chosen(stored, { maxAgeMs: 1000, maxBytes: 1 }).pruned).toEqual([]);
    expect(chosen(stored, {}, ['20261001-000000-nore', '20261001-000000-youn']).pruned).toEqual(['youn operator']);
  });

  it('says of each run that keeps its samples why', () => {
    const stored = [...OLD, ended('nore', 90, { hasReport: false }), ended('youn', 0.9)];
    const { kept } = choosePrunable(stored, { rules: { ...FOR_EVER, maxAgeMs: 1000 } }, NOW);
    expect(kept.map(({ run, reason }) => [run.slice(-4), reason])).toEqual([
      ['nore', expect.stringContaining('its final report is not written yet')],
      ['youn', 'it ended less than 24 h ago; name the run to remove its samples all the same'],
    ]);
    const within = choosePrunable(OLD, { rules: { ...FOR_EVER, maxAgeMs: 50 * DAY } }, NOW).kept;
    expect(within.map(({ reason }) => reason)).toEqual(Array(2).fill('it is within what is to be kept'));
  });

  it('takes nothing twice', () => {
    const removed = { at: NOW - DAY, bytes: 100, reason: 'age' } as const;
    const before = ended('gone', 90, { run: madeRun({ state: 'ended', endedAt: 1, samplesRemoved: removed }) });
    expect(chosen([before], { maxAgeMs: DAY }).pruned).toEqual([]);
    expect(chosen([ended('aaaa', 90, { bytes: 0 })], { maxAgeMs: DAY }).pruned).toEqual([]);
  });
});

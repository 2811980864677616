import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PrunedRun, RetentionRules } from '../runs/choose-prunable.ts';
import { madeRun } from '../runs/made-run.fixture.ts';
import type { Run } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { SamplePruner } from './sample-pruner.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const RULES: RetentionRules = { maxAgeMs: 30 * DAY, maxBytes: null };
const OLD = '20260901-000000-aaaa';
const SOAKING = '20261101-000000-bbbb';

let folder: string;
let repository: RunRepository;
let logged: string[];
let removed: PrunedRun[];
let scheduled: { readonly callback: () => void; readonly ms: number }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-pruner-'));
  repository = openRunRepository(join(folder, 'control.db'), { now: () => NOW });
  logged = [];
  removed = [];
  scheduled = [];
  addRun({ id: OLD, state: 'ended', endedAt: NOW - 60 * DAY });
  addRun({ id: SOAKING, state: 'soaking' });
});

afterEach(() => {
  repository.close();
  rmSync(folder, { recursive: true });
});

function addRun(run: Partial<Run>): void {
  const made = madeRun(run);
  repository.createRun(made, []);
  mkdirSync(join(folder, made.id));
  for (const [name, bytes] of Object.entries({ 'samples.db': 8192, 'samples.db-wal': 100 }))
    writeFileSync(join(folder, made.id, name), new Uint8Array(bytes));
  if (made.state === 'ended') writeFileSync(join(folder, made.id, 'report.json'), '{}');
}

function openPruner(rules = RULES, change: Partial<RunRepository> = {}, aheadMs = 0): SamplePruner {
  const note = (_fields: object, message: string) => logged.push(message);
  const changed = new Proxy(repository, {
    get: (target, name: keyof RunRepository) => change[name] ?? target[name].bind(target),
  });
  return new SamplePruner(rules, {
    repository: changed,
    data: { runDirectory: (run) => join(folder, run), samplesDatabase: (run) => join(folder, run, 'samples.db') },
    log: { info: note, warn: note, error: note },
    onRemoved: (one) => removed.push(one),
    schedule: (callback, ms) => {
      scheduled.push({ callback, ms });
      return () => undefined;
    },
    now: () => NOW,
    aheadMs: () => aheadMs,
  });
}

const request = (change: object = {}) => ({ rules: RULES, named: [], dryRun: false, ...change });

it('removes the samples of an old run, keeps its report, and leaves event, note and count of it', async () => {
  const result = await openPruner().prune(request());
  expect(result).toEqual({
    pruned: [{ run: OLD, bytes: 8292, reason: 'age' }],
    storedBytes: 8292,
    kept: expect.any(Array),
  });
  expect(readdirSync(join(folder, OLD))).toEqual(['report.json']);
  expect(readdirSync(join(folder, SOAKING))).toEqual(['samples.db', 'samples.db-wal']);
  expect(repository.run(OLD)?.samplesRemoved).toEqual({ at: NOW, bytes: 8292, reason: 'age' });
  expect(repository.events(OLD)).toMatchObject([{ event: 'samples_removed', detail: { bytes: 8292, reason: 'age' } }]);
  expect(removed).toEqual(result.pruned);
  expect(logged).toEqual(['samples removed; the report stays']);
  expect((await openPruner().prune(request())).pruned).toEqual([]);
});

it('only says so when it is asked what it would do', async () => {
  const { pruned, storedBytes } = await openPruner().prune(request({ dryRun: true }));
  expect({ pruned: pruned.length, storedBytes }).toEqual({ pruned: 1, storedBytes: 8292 });
  expect(existsSync(join(folder, OLD, 'samples.db'))).toBe(true);
  expect(repository.events(OLD)).toEqual([]);
});

it('refuses to remove what is named and must stay, before it removes anything', async () => {
  const pruner = openPruner();
  const refused = pruner.prune(request({ named: [OLD, SOAKING] }));
  await expect(refused).rejects.toMatchObject({ code: 'prune_refused', message: expect.stringContaining('soaking') });
  await expect(pruner.prune(request({ named: ['20200101-000000-none'] }))).rejects.toMatchObject({
    code: 'run_unknown',
  });
  expect(existsSync(join(folder, OLD, 'samples.db'))).toBe(true);
});

it('finishes what a kill interrupted between the record and the files, without a second record', async () => {
  repository.removeSamples(OLD, { at: NOW - DAY, bytes: 8292, reason: 'size' });
  await openPruner().prune(request());
  expect(readdirSync(join(folder, OLD))).toEqual(['report.json']);
  expect(repository.events(OLD)).toHaveLength(1);
});

it('makes room first where the disk has none left for the record', async () => {
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  let isFull = true;
  const removeSamples: RunRepository['removeSamples'] = (run, about) => {
    if (isFull) {
      isFull = false;
      throw full;
    }
    repository.removeSamples(run, about);
  };
  await openPruner(RULES, { removeSamples }).prune(request());
  expect(logged).toEqual([
    'the disk is full: samples are removed before that is on record',
    'samples removed; the report stays',
  ]);
  expect(repository.run(OLD)?.samplesRemoved).not.toBeNull();
});

it('does not take for old what only a clock that was set ahead makes so', async () => {
  expect((await openPruner(RULES, {}, 31 * DAY).prune(request())).pruned).toEqual([]);
  expect((await openPruner(RULES, {}, 29 * DAY).prune(request())).pruned).toHaveLength(1);
});

it('looks a minute after the start and then every hour, also after a failure', async () => {
  let broken = true;
  const runs: RunRepository['runs'] = () => {
    if (broken) throw new Error('broken');
    return repository.runs();
  };
  const pruner = openPruner(RULES, { runs });
  pruner.start();
  scheduled[0]?.callback();
  await expect.poll(() => scheduled.map(({ ms }) => ms)).toEqual([60_000, 3_600_000]);
  expect(existsSync(join(folder, OLD, 'samples.db'))).toBe(true);
  broken = false;
  scheduled[1]?.callback();
  await expect.poll(() => scheduled).toHaveLength(3);
  await pruner.close();
  expect(existsSync(join(folder, OLD, 'samples.db'))).toBe(false);
  expect(logged[0]).toMatch(/tried again in an hour/);
});

it('says by how much a limit is exceeded by what must stay', async () => {
  await openPruner().prune(request({ rules: { maxAgeMs: null, maxBytes: 1000 } }));
  expect(logged.at(-1)).toMatch(/take more than --retain-size/);
});

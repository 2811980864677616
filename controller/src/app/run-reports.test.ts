import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { madeRun, RUN_ID } from '../runs/made-run.fixture.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { RunFinisher } from './run-reports.ts';

/** A run that has ended, and a finisher for it whose waits are called by hand. */
function madeFinisher() {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-finisher-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const repository = openRunRepository(':memory:', { now: () => 9 });
  repository.createRun(madeRun({ state: 'ended', outcome: 'completed', endedAt: 5 }), []);
  const failures: unknown[] = [];
  const waiting: (() => void)[] = [];
  const finisher = new RunFinisher(
    { version: '1', samplesDatabase: () => join(folder, 'samples.db'), runDirectory: () => folder },
    {
      repository,
      now: () => 9,
      onFailure: (_, error) => failures.push(error),
      schedule: (callback) => {
        waiting.push(callback);
        return () => waiting.splice(0);
      },
    },
  );
  return { folder, repository, finisher, failures, waiting };
}

it('a run that has its report gets no other when something of it changes long after its end', async () => {
  const { folder, repository, finisher, failures } = madeFinisher();
  writeFileSync(join(folder, 'report.json'), '{}');
  finisher.start();
  repository.removeSamples(RUN_ID, { at: 9, bytes: 1, reason: 'age' });
  expect(finisher.isAtWork(RUN_ID)).toBe(false);
  await finisher.close();
  expect(failures).toEqual([]);
  repository.close();
});

it('a report that cannot be written is written later', async () => {
  const { folder, repository, finisher, failures, waiting } = madeFinisher();
  const inTheWay = join(folder, 'report.md');
  mkdirSync(inTheWay);
  finisher.start();
  expect(await finisher.filesOf(RUN_ID)).toBeNull();
  expect(failures).toHaveLength(1);
  rmdirSync(inTheWay);
  for (const look of waiting.splice(0)) look();
  expect(await finisher.filesOf(RUN_ID)).toMatchObject({ json: join(folder, 'report.json') });
  await finisher.close();
  repository.close();
});

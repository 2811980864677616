import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { madeRun, RUN_ID } from '../runs/made-run.fixture.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { RunFinisher } from './run-reports.ts';

it('a run that has its report gets no other when something of it changes long after its end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-finisher-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const repository = openRunRepository(':memory:', { now: () => 9 });
  repository.createRun(madeRun({ state: 'ended', outcome: 'completed', endedAt: 5 }), []);
  writeFileSync(join(folder, 'report.json'), '{}');
  const failures: unknown[] = [];
  const finisher = new RunFinisher(
    { version: '1', samplesDatabase: () => join(folder, 'samples.db'), runDirectory: () => folder },
    { repository, now: () => 9, onFailure: (_, error) => failures.push(error) },
  );
  finisher.start();
  repository.removeSamples(RUN_ID, { at: 9, bytes: 1, reason: 'age' });
  expect(finisher.isAtWork(RUN_ID)).toBe(false);
  await finisher.close();
  expect(failures).toEqual([]);
  repository.close();
});

import { expect, it, onTestFinished, vi } from 'vitest';
import { RUN_ID } from '../analysis/made-run.fixture.ts';
import { EMPTY_RUN_ID, madeApi } from './made-api.fixture.ts';
import { RunSummaries } from './run-summaries.ts';

it('reads the instances of a run that has ended once, and again when something of it has changed', async () => {
  const { deps, close } = await madeApi();
  onTestFinished(close);
  const read = vi.spyOn(deps.runs, 'instances');
  const summaries = new RunSummaries(deps);
  summaries.start();
  onTestFinished(() => summaries.stop());
  const first = summaries.all();
  expect(first.map(({ id, state }) => [id, state])).toEqual([
    [EMPTY_RUN_ID, 'ended'],
    [RUN_ID, 'soaking'],
  ]);
  read.mockClear();
  expect(summaries.all()).toEqual(first);
  expect(read.mock.calls).toEqual([[RUN_ID]]);
  deps.runs.updateRun(EMPTY_RUN_ID, { outcome: 'quality_failed' });
  expect(summaries.all()[0]?.outcome).toBe('quality_failed');
});

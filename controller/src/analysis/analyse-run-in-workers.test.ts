/** Threads change how long it takes, not what comes out. */
import { describe, expect, it } from 'vitest';
import { openSampleReader } from '../store/open-sample-reader.ts';
import { analyseRun, type RunInput } from './analyse-run.ts';
import { type AnalysisProgress, analyseRunInWorkers } from './analyse-run-in-workers.ts';
import { every, INSTANCE_ID, madeBatch, madeInstance, madeRun, RUN_ID } from './made-run.fixture.ts';
import { batchWrite, epochStarted, madeStorePath } from './made-store.fixture.ts';

function madeInput(): { path: string; input: Omit<RunInput, 'reader'> } {
  const offsets = (row: number) => ((row * 7919) % 101) - 50;
  const phc = madeBatch({ stream: 'phc', sequence: 2, times: every(0.25, 80), columns: { offset_ns: offsets } });
  const raw = madeBatch({ stream: 'raw', sequence: 3, times: every(1, 21) });
  const path = madeStorePath([epochStarted('boot-a'), batchWrite(phc), batchWrite(raw)]);
  const event = { run: RUN_ID, event: 'instance_silent', at: 1_763_680_705_000, detail: {} } as const;
  const run = madeRun(
    {},
    { sources: { raw: { interval_ms: 1000 }, phc: { interval_ms: 250, readings: 3, mode: 'device' } } },
  );
  const instances = [1, 2, 3].map((index) =>
    madeInstance({ index, typeIndex: index, instanceId: index === 2 ? INSTANCE_ID : `i-0000000000000000${index}` }),
  );
  const controllerEvents = [
    { ...event, instanceId: INSTANCE_ID },
    { ...event, instanceId: null },
  ];
  return { path, input: { run, instances, controllerEvents, awsCalls: [] } };
}

describe('analysis on threads', () => {
  it.each([
    ['two threads', 2],
    ["the caller's own", 0],
  ])('%s: exactly what one thread gives, and tells how far it is', async (_, threads) => {
    const { path, input } = madeInput();
    const reader = openSampleReader(path);
    const alone = analyseRun({ ...input, reader });
    reader.close();
    const progress: AnalysisProgress[] = [];
    const onProgress = (step: AnalysisProgress) => progress.push(step);
    const together = await analyseRunInWorkers({ ...input, samplesDatabase: path }, { threads, onProgress });
    expect(together).toEqual(alone);
    expect(together.instances[1]?.stability.length).toBeGreaterThan(0);
    expect(progress).toEqual([1, 2, 3].map((done) => ({ done, total: 3 })));
  });

  it('does without a database where the run never stored anything, and without instances', async () => {
    const { input } = madeInput();
    const { instances } = await analyseRunInWorkers({ ...input, samplesDatabase: null });
    expect(instances.map(({ verdict }) => verdict.quality.value)).toEqual(Array(3).fill('not_enough_data'));
    const empty = await analyseRunInWorkers({ ...input, instances: [], samplesDatabase: null });
    expect(empty.quality.reason).toBe('the run has no instance');
  });

  it.each([0, 1])('fails with the error of a thread, of %d threads', async (threads) => {
    const { input } = madeInput();
    const missing = analyseRunInWorkers({ ...input, samplesDatabase: '/nowhere/samples.db' }, { threads });
    await expect(missing).rejects.toThrow('there is no sample database');
  });

  it.each([0, 2])('ends at once when it is told to, on %d threads', async (threads) => {
    const { path, input } = madeInput();
    const stop = new AbortController();
    const analysis = analyseRunInWorkers({ ...input, samplesDatabase: path }, { threads, signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(analysis).rejects.toThrow('enough');
  });
});

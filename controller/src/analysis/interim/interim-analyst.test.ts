/** The thread that judges: what it answers, what it keeps for its next life, and that it can be ended. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { openInstanceStates } from '../../store/instance-states.ts';
import { every, INSTANCE_ID, madeBatch, madeInstance, madeRun, RUN_ID } from '../made-run.fixture.ts';
import { batchWrite, epochStarted, madeStorePath } from '../made-store.fixture.ts';
import { InterimAnalyst } from './interim-analyst.ts';
import type { InterimRequest } from './interim-worker.ts';

const GOING = new AbortController().signal;

function madeRequest(): InterimRequest {
  const phc = madeBatch({
    stream: 'phc',
    sequence: 2,
    times: every(0.25, 80),
    columns: { offset_ns: (row) => row % 7 },
  });
  const raw = madeBatch({ stream: 'raw', sequence: 3, times: every(1, 21) });
  const path = madeStorePath([epochStarted('boot-a'), batchWrite(phc), batchWrite(raw)]);
  const sources = { raw: { interval_ms: 1000 }, phc: { interval_ms: 250, readings: 3, mode: 'device' } } as const;
  const run = madeRun({ state: 'soaking', endedAt: null, outcome: null }, { sources });
  const instances = [madeInstance(), madeInstance({ index: 2, typeIndex: 2, instanceId: 'i-00000000000000002' })];
  return { run, instances, samplesDatabase: path, statesFile: `${path}.interim`, going: [RUN_ID] };
}

function madeAnalyst(): InterimAnalyst {
  const analyst = new InterimAnalyst();
  onTestFinished(() => analyst.rest());
  return analyst;
}

describe('the interim analyst', () => {
  it('judges each instance, and again, and after a rest from what was kept', async () => {
    const request = madeRequest();
    const analyst = madeAnalyst();
    const first = await analyst.judge(request, GOING);
    expect(first.instances.map(({ instanceId, value }) => [instanceId, value])).toEqual([
      [INSTANCE_ID, 'not_enough_data'],
      ['i-00000000000000002', 'not_enough_data'],
    ]);
    expect(first.quality.reason).toMatch(/^c7i.large-1: interim: /);
    expect(await analyst.judge(request, GOING)).toEqual(first);
    await analyst.rest();
    const states = openInstanceStates(request.statesFile);
    expect(states.read(INSTANCE_ID)?.length).toBeGreaterThan(1000);
    states.close();
    expect(await analyst.judge(request, GOING)).toEqual(first);
  });

  it('judges a run that has stored nothing yet', async () => {
    const request = { ...madeRequest(), samplesDatabase: '/nowhere/samples.db' };
    const { counts } = await madeAnalyst().judge(request, GOING);
    expect(counts).toMatchObject({ total: 2, qualityNotEnoughData: 2 });
  });

  it('says what went wrong and goes on with the next question', async () => {
    const request = madeRequest();
    const analyst = madeAnalyst();
    const notOurs = { ...request, samplesDatabase: import.meta.filename };
    await expect(analyst.judge(notOurs, GOING)).rejects.toThrow('StoreError');
    expect((await analyst.judge(request, GOING)).counts.total).toBe(2);
  });

  it('judges all the same, again and again, where nothing can be kept', async () => {
    const unkept = { ...madeRequest(), statesFile: '/dev/null/x.db' };
    const analyst = madeAnalyst();
    const first = await analyst.judge(unkept, GOING);
    expect(first.counts.total).toBe(2);
    expect(await analyst.judge(unkept, GOING)).toEqual(first);
  });

  it('ends at once when it is told to', async () => {
    const stop = new AbortController();
    const judging = madeAnalyst().judge(madeRequest(), stop.signal);
    stop.abort(new Error('enough'));
    await expect(judging).rejects.toThrow('enough');
  });
});

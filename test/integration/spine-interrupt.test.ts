/** Ctrl-C during `run`: the first ends it in order, the second leaves at once and the next controller ends what is left. */
import { expect, it } from 'vitest';
import { processesOf } from '../spine/agent-process.ts';
import { startSpine } from '../spine/spine-harness.ts';
import { waitUntil } from '../spine/wait-until.ts';

it.concurrent('terminates everything on the first interrupt and says that it could not complete', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ duration: '10m' });
  await spine.untilMeasuring();
  run.signal('SIGINT');
  expect((await run.ended).code, run.describe()).toBe(3);
  const stored = spine.look();
  expect(stored?.run).toMatchObject({ state: 'ended', outcome: 'could_not_complete' });
  expect(stored?.run.stopReason).toContain('interrupted by the operator');
  expect(stored?.instances.map(({ state }) => state)).toEqual(['terminated']);
  expect(await processesOf(spine.marker)).toEqual([]);
  expect(spine.report(stored?.run.id ?? '').run.outcome).toBe('could_not_complete');
});

it.concurrent('leaves at once on the second interrupt, says what is left and how to remove it, and the next serve ends what was left', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ duration: '10m' });
  await spine.untilMeasuring();
  run.signal('SIGINT');
  await waitUntil('the first interrupt is answered', () => run.stderr.includes('Ctrl-C again'));
  run.signal('SIGINT');
  expect((await run.ended).code).toBe(4);
  const instanceId = spine.look()?.instances[0]?.instanceId;
  expect(run.stderr).toContain(`instance ${instanceId}: aws ec2 terminate-instances`);
  expect(run.stderr).toContain(`ptp-tester cleanup ${spine.look()?.run.id}`);
  expect(spine.look()?.run.state).not.toBe('ended');
  const serve = spine.serve();
  const ended = await spine.untilEnded();
  expect(ended.run).toMatchObject({ outcome: 'could_not_complete' });
  expect(await processesOf(spine.marker)).toEqual([]);
  expect(await serve.stop('SIGINT')).toEqual({ code: 0, signal: null });
});

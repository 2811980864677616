/** kill -9 of the controller at any moment of a run, and `serve` again on the same data: the run continues and ends complete. */
import { expect, it } from 'vitest';
import { startSpine } from '../spine/spine-harness.ts';

it.concurrent('goes on where it was when the controller is killed in the middle of the soak', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ instanceTypes: 'c7i.large,m7i.xlarge', duration: '10s' });
  const { samples } = await spine.untilMeasuring();
  await run.kill();
  const serve = spine.serve();
  expect(await serve.line(/"resumed"/)).toContain(spine.look()?.run.id);
  await spine.untilMoreSamples(samples);
  const ended = await spine.untilCompleted();
  expect(await serve.stop()).toEqual({ code: 0, signal: null });
  await spine.expectClean(ended.run.id);
  expect(ended.epochs).toHaveLength(2);
  expect(spine.gaps(ended.run.id)).toEqual([]);
});

it.concurrent('goes on when the controller is killed while launching, while finishing and while terminating', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ duration: '3s' });
  await spine.until('a launch is under way', ({ instances }) => instances.some(({ state }) => state === 'launching'));
  await run.kill();

  const second = spine.serve();
  await spine.untilMeasuring();
  // Nothing more is delivered, so that the run stays in `finishing` until it is killed there.
  spine.proxy.cut();
  await spine.until('the run is finishing', ({ run: { state } }) => state === 'finishing');
  await second.kill();
  spine.proxy.restore();

  const third = spine.serve();
  await spine.until('the run is terminating', ({ run: { state } }) => state === 'terminating');
  await third.kill();

  const last = spine.serve();
  const ended = await spine.untilCompleted();
  expect(ended.instances).toMatchObject([{ state: 'terminated', attempt: 1 }]);
  await last.stop();
  await spine.expectClean(ended.run.id);
});

/** What can happen to the connection between agents and controller: cut, stalled, and answers that never arrive. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { startSpine } from '../spine/spine-harness.ts';
import { waitUntil } from '../spine/wait-until.ts';

it.concurrent('has no gap at all when the connection was cut for 12 s', async ({ onTestFinished }) => {
  const spine = await startSpine(onTestFinished);
  spine.run({ duration: '18s' });
  await spine.untilMeasuring();
  spine.proxy.cut();
  // The length of the fault is what is tested.
  await sleep(12_000);
  const before = spine.look()?.samples ?? new Map();
  spine.proxy.restore();
  await spine.untilMoreSamples(before, 12);
  const ended = await spine.untilCompleted();
  await spine.expectClean(ended.run.id);
  expect(spine.gaps(ended.run.id)).toEqual([]);
  expect(spine.report(ended.run.id).results[0]?.losses.items).toEqual([]);
  expect(ended.epochs).toHaveLength(1);
});

it.concurrent('stores nothing twice when the enrolment answer, and later the acknowledgements, are lost', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  spine.proxy.loseAnswers();
  spine.run({ duration: '8s' });
  const { instances } = await spine.until('the controller has enrolled the agent', ({ instances }) =>
    instances.some(({ reachedAt }) => reachedAt.enrolled !== undefined),
  );
  const instanceId = instances[0]?.instanceId ?? '';
  await waitUntil('the answer is lost', () => spine.proxy.lostBytes() > 0);
  expect(isEnrolled(spine.folderOf(instanceId))).toBe(false);
  spine.proxy.restore();
  const { samples } = await spine.untilMeasuring();
  expect(isEnrolled(spine.folderOf(instanceId))).toBe(true);

  spine.proxy.loseAnswers();
  const lost = spine.proxy.lostBytes();
  await spine.untilMoreSamples(samples, 5);
  await waitUntil('acknowledgements are lost', () => spine.proxy.lostBytes() > lost);
  spine.proxy.restore();
  const ended = await spine.untilCompleted();
  const enrolments = ended.events.filter(({ event }) => event === 'security_refused' || event === 'connection_refused');
  expect(enrolments).toEqual([]);
  await spine.expectClean(ended.run.id);
  expect(spine.gaps(ended.run.id)).toEqual([]);
});

function isEnrolled(folder: string): boolean {
  return JSON.parse(readFileSync(join(folder, 'var/lib/ptp-tester/identity.json'), 'utf8')).is_enrolled;
}

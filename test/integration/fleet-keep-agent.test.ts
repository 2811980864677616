/** Keeping with the real agent and the command line: the lease disarms it, the switch answers it, and it leaves when the run ends. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { agentPid } from '../spine/agent-process.ts';
import { startSpine } from '../spine/spine-harness.ts';
import { waitUntil } from '../spine/wait-until.ts';

it('keeps one of two instances as told by --keep; its agent ends, its switch stands down', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ instanceTypes: 'c7i.large:2', duration: '3s', flags: ['--keep', '2'] });
  const { instances, run: ended } = await spine.untilCompleted();
  expect(instances.map(({ state }) => state)).toEqual(['terminated', 'kept']);
  const kept = instances[1]?.instanceId ?? '';
  await waitUntil('the controller has ended', () => run.end, { explain: () => spine.describe() });
  const gone = async () => ((await agentPid(spine.marker, kept)) === null ? true : null);
  await waitUntil('its agent has ended', gone, { explain: () => spine.describe() });
  const folder = spine.folderOf(kept);
  expect(readFileSync(join(folder, 'var/lib/ptp-tester-switch/answer'), 'utf8')).toBe('disarmed\n');
  const lease = JSON.parse(readFileSync(join(folder, 'var/lib/ptp-tester/lease.json'), 'utf8')) as {
    disarmed: boolean;
  };
  expect(lease.disarmed).toBe(true);
  const report = spine.report(ended.id);
  expect(report.results.map(({ kept_running: isKept }) => isKept)).toEqual([false, true]);
});

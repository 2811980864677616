/** A backup that is taken in the middle of a soak, and a controller that goes on from it after the disk was lost. */
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSpine } from '../spine/spine-harness.ts';

it('a controller goes on from a backup taken while it worked; what came between is a gap that the report shows', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const run = spine.run({ duration: '14s' });
  await spine.untilMeasuring();
  const copy = join(spine.directory, 'copy');
  const backup = await spine.command('backup', '--data', spine.data, '--to', copy, '--json');
  expect(backup.end, backup.describe()).toEqual({ code: 0, signal: null });
  expect(JSON.parse(backup.stdout)).toMatchObject({ to: copy, files: expect.any(Number) });
  expect(statSync(copy).mode & 0o777).toBe(0o700);
  expect(readdirSync(copy)).toContain('control.db');
  expect(readdirSync(copy).filter((name) => /lock|-wal|operator\.url/.test(name))).toEqual([]);

  const before = spine.look()?.samples ?? new Map();
  await spine.untilMoreSamples(before, 20);
  await run.kill();
  rmSync(spine.data, { recursive: true });
  renameSync(copy, spine.data);
  const restored = spine.look()?.samples ?? new Map();

  const serve = spine.serve();
  await spine.untilMoreSamples(restored, 20);
  const { run: ended } = await spine.untilCompleted();
  await serve.stop();
  expect(spine.gaps(ended.id).length).toBeGreaterThan(0);
  const { totals } = await spine.verify(ended.id);
  // What was acknowledged after the backup and before the loss, and nothing else.
  expect(totals.missing + totals.reported_lost).toBeGreaterThan(0);
  expect({ duplicate: totals.duplicate, extra: totals.extra, different: totals.different }).toEqual({
    duplicate: 0,
    extra: 0,
    different: 0,
  });
});

it('a backup names what stands in its way', async ({ onTestFinished }) => {
  const spine = await startSpine(onTestFinished);
  const nothing = await spine.command(
    'backup',
    '--data',
    join(spine.directory, 'none'),
    '--to',
    join(spine.directory, 'x'),
  );
  expect(nothing.end).toEqual({ code: 2, signal: null });
  expect(nothing.stderr).toContain('is not a data directory of ptp-tester');
});

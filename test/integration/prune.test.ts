/** Samples of an ended run are removed through the controller that has the data; what is asked of that run afterwards is answered or says why not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startSpine } from '../spine/spine-harness.ts';

it('prune removes the samples of an ended run while a controller runs; its report stays, and nothing pretends that there were none', async ({
  onTestFinished,
}) => {
  const spine = await startSpine(onTestFinished);
  const soak = spine.run({ duration: '2s' });
  const { run } = await spine.untilCompleted();
  await soak.ended;
  const ask = (...words: string[]) => spine.command(...words, '--data', spine.data);
  const folder = join(spine.data, 'runs', run.id);
  const before = readFileSync(join(folder, 'report.json'), 'utf8');

  const serve = spine.serve();
  await serve.line(/"resumed"/);
  const young = await ask('prune', '--retain-for', '1s', '--retain-size', '1MB', '--json');
  expect(JSON.parse(young.stdout), young.describe()).toMatchObject({
    dry_run: false,
    removed: [],
    kept: [{ run: run.id, reason: expect.stringContaining('less than 24 h ago') }],
  });
  const shown = await ask('prune', run.id, '--dry-run');
  expect(shown.stdout).toContain('would be removed');
  expect(existsSync(join(folder, 'samples.db'))).toBe(true);
  const pruned = await ask('prune', run.id, '--json');
  expect(JSON.parse(pruned.stdout).removed, pruned.describe()).toEqual([
    { run: run.id, bytes: expect.any(Number), reason: 'operator' },
  ]);
  expect(readdirSync(folder).filter((name) => name.startsWith('samples'))).toEqual([]);
  const again = await ask('prune', run.id);
  expect(again.end).toEqual({ code: 2, signal: null });
  expect(again.stderr).toContain('were removed at');
  await serve.stop();

  const report = await ask('report', run.id, '--format', 'json');
  expect(report.stdout).toBe(before);
  for (const words of [
    ['report', run.id, '--out', join(spine.directory, 'out'), '--csv'],
    ['compare', run.id, '--weeks'],
    ['verify', run.id, '--spools', spine.directory],
  ]) {
    const refused = await ask(...words);
    expect(refused.end, refused.describe()).toEqual({ code: 2, signal: null });
    expect(refused.stderr).toMatch(/The samples of \S+ were removed at .*ptp-tester report/);
  }
  expect(spine.look()?.events.map(({ event }) => event)).toContain('samples_removed');
});

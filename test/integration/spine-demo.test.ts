/** The demo as its user sees it: what it prints, what it leaves, and what it does when it is interrupted. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { CliSite } from '../spine/cli-site.ts';
import { processesNaming } from '../spine/remains.ts';
import { waitUntil } from '../spine/wait-until.ts';

const ANY_PORT = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0'];

it('measures on three instances, shows and reports what it found, and leaves nothing behind', async ({
  onTestFinished,
}) => {
  const site = new CliSite(onTestFinished);
  const flags = ['--data', site.path('data'), '--out', site.path('out'), ...ANY_PORT];
  const demo = await site.run('demo', '--duration', '12s', ...flags);
  expect(demo.end, demo.describe()).toEqual({ code: 0, signal: null });
  // The agent file is built when its sources have changed.
  expect(demo.stderr.replace(/^building the agent file .*\n$/, '')).toBe('');
  expect(demo.stdout).toMatch(/^operators {2}http:\/\/127\.0\.0\.1:\d+ \(token in .*\/operator\.token\)$/m);
  expect(demo.stdout).toMatch(/^agents {5}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(demo.stdout).toMatch(/^EC2 .*the PHC is SIMULATED$/m);
  expect(demo.stdout.match(/^\S+-\d+( i-[0-9a-f]{17})?: launching$/gm)).toHaveLength(3);
  for (const state of ['running', 'enrolled', 'measuring', 'terminating', 'terminated']) {
    expect(demo.stdout.match(new RegExp(`^.* i-[0-9a-f]{17}: ${state}$`, 'gm')), state).toHaveLength(3);
  }
  expect(demo.stdout.match(/: first samples stored$/gm)).toHaveLength(3);
  expect(demo.stdout.match(/: system - PHC [+-]\d+ ns SIMULATED$/gm)).toHaveLength(3);
  expect(demo.stdout).toMatch(
    /^SIMULATED: 3\/3 supported; quality: 3 pass \((at least )?\d+ of \d+ criteria decided\)$/m,
  );
  expect(demo.stdout).toContain(site.path('out/report.json'));
  expect(demo.stdout).toContain(site.path('out/report.md'));

  const report = JSON.parse(readFileSync(site.path('out/report.json'), 'utf8'));
  expectSeedStructure(report);
  expectMeasured(report);
  expect(readFileSync(site.path('out/report.md'), 'utf8')).toContain('SIMULATED');
  expect(processesNaming(site.directory)).toEqual([]);
  expect(readdirSync(site.path('tmp')).filter((name) => name.startsWith('ptp-tester-demo'))).toEqual([]);
});

/** The names that readers of the report rely on from its first design. */
function expectSeedStructure(report: Report): void {
  expect(report.test_summary).toMatchObject({
    total_instances: 3,
    ptp_supported: 3,
    ptp_unsupported: 0,
    placement_group: expect.stringMatching(/^ptp-tester-/),
    instance_type_summary: { 'c7i.large': { total: 2, supported: 2 }, 'm7i.xlarge': { total: 1, supported: 1 } },
  });
  for (const result of report.results) {
    expect(result).toMatchObject({
      instance_id: expect.stringMatching(/^i-[0-9a-f]{17}$/),
      instance_type: expect.any(String),
      availability_zone: expect.any(String),
      subnet_id: expect.stringMatching(/^subnet-/),
      timestamp: expect.any(String),
      ptp_status: {
        supported: true,
        ena_driver_compatible: false,
        hardware_clock_present: false,
        chrony_synchronized: false,
        time_offset_ns: expect.any(Number),
        diagnostic_output: expect.any(Object),
        error_message: null,
      },
    });
  }
}

function expectMeasured(report: Report): void {
  expect(report.simulated).toBe(true);
  expect(report.results).toHaveLength(3);
  for (const { streams, simulated, delivery, state } of report.results) {
    expect({ simulated, state, nacked: delivery.nacked_records }).toEqual({
      simulated: true,
      state: 'terminated',
      nacked: 0,
    });
    for (const name of ['raw', 'phc']) {
      const { share_stored, unaccounted_ticks, stored_samples } =
        streams.find(({ stream }) => stream === name)?.accounting ?? {};
      expect(share_stored).toBeGreaterThanOrEqual(0.95);
      expect(unaccounted_ticks).toBe(0);
      expect(stored_samples).toBeGreaterThanOrEqual(10);
    }
  }
}

it.concurrent('prints one JSON object a line with --json', async ({ onTestFinished }) => {
  const site = new CliSite(onTestFinished);
  const flags = ['--data', site.path('data'), '--instance-types', 'c7i.large', ...ANY_PORT];
  const demo = await site.run('demo', '--json', '--duration', '2s', ...flags);
  expect(demo.end, demo.describe()).toEqual({ code: 0, signal: null });
  const lines: { type: string }[] = demo.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ type: 'ready', data: site.path('data') });
  expect(lines.at(-1)).toMatchObject({ type: 'ended', outcome: 'completed', stop_reason: null });
  expect(new Set(lines.slice(1, -1).map(({ type }) => type))).toEqual(new Set(['progress']));
});

it.concurrent('cleans up when it is interrupted, and when it is left at once by a second interrupt', async ({
  onTestFinished,
}) => {
  const site = new CliSite(onTestFinished);
  const flags = ['--json', '--duration', '5m', '--instance-types', 'c7i.large', ...ANY_PORT];
  const orderly = site.start('demo', '--data', site.path('first'), ...flags);
  await orderly.line(/"state":"(launching|soaking)"/);
  orderly.signal('SIGINT');
  expect((await orderly.ended).code, orderly.describe()).toBe(3);
  expect(orderly.stderr).toContain('Press Ctrl-C again to leave at once');
  expect(await orderly.line(/"type":"ended"/)).toContain('interrupted by the operator');
  expect(processesNaming(site.directory)).toEqual([]);

  const early = site.start('demo', '--data', site.path('early'), ...flags);
  await early.line(/"type":"ready"/);
  early.signal('SIGINT');
  expect((await early.ended).code, early.describe()).toBe(3);
  expect(early.stdout).not.toContain('"soaking"');
  expect(processesNaming(site.directory)).toEqual([]);

  const hasty = site.start('demo', '--data', site.path('second'), ...flags);
  await hasty.line(/"samples_stored":[1-9]/);
  hasty.signal('SIGINT');
  await waitUntil('the first interrupt is answered', () => hasty.stderr.includes('Ctrl-C again'));
  hasty.signal('SIGINT');
  expect((await hasty.ended).code).toBe(130);
  expect(hasty.stdout).not.toContain('"ended"');
  // Its local-ec2 is a process of its own and ends the instances by itself.
  await waitUntil('nothing is left', () => processesNaming(site.directory).length === 0);
});

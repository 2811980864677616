import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { LiveFigures } from '../live/live-figures.ts';
import { packFigures, TRACKED, type TrackedFigures } from '../live/tracked-figures.ts';
import { LiveAgents } from '../runs/live-agents.ts';
import { madeInstance, madeRun, madeSpec, RUN_ID } from '../runs/made-run.fixture.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { Meter } from './meter.ts';
import { type MetricsSources, renderMetrics } from './render-metrics.ts';

const NOW = Date.UTC(2026, 10, 21);
const idOf = (index: number) => `i-${String(index).padStart(17, '0')}`;
const FIGURES = Object.fromEntries(TRACKED.map((name) => [name, null])) as TrackedFigures;

/** One active run with instances whose figures are these, and one that ended with something left. */
function made(figures: readonly Partial<TrackedFigures>[], change: Partial<MetricsSources> = {}): MetricsSources {
  const runs = openRunRepository(':memory:', { now: () => NOW });
  const instances = figures.map((_, row) =>
    madeInstance({ index: row + 1, instanceId: idOf(row + 1), state: 'measuring' }),
  );
  runs.createRun(madeRun({ state: 'soaking', soakEndsAt: NOW + 1000 }), instances);
  runs.addEvent({ run: RUN_ID, instanceId: idOf(1), event: 'instance_silent', at: NOW, detail: {} });
  const leftover = { kind: 'instance', id: 'i-0', reason: 'denied', command: '' } as const;
  const old = madeRun({ id: '20261119-000000-aaaa', state: 'ended', endedAt: NOW - 1000, leftovers: [leftover] });
  runs.createRun(old, []);
  const live = new LiveAgents();
  live.update(idOf(1), { run: RUN_ID, connected: true, lastContactAt: NOW - 500, samplesStored: 147 });
  const values = new Float64Array(figures.length * TRACKED.length);
  for (const [row, one] of figures.entries()) packFigures({ ...FIGURES, ...one }, { values, row });
  const liveFigures = new LiveFigures();
  liveFigures.takeRows({ run: RUN_ID, instanceIds: figures.map((_, row) => idOf(row + 1)), values });
  return {
    runs,
    live,
    figures: liveFigures,
    meter: new Meter(),
    failedCriteria: () => new Map([[idOf(1), 2]]),
    storeBytes: () => 8192,
    storedBytes: () => 16_384,
    ingest: () => ({ connections: 1, queuedBytes: 4096 }),
    disk: () => ({ freeBytes: 10_000, totalBytes: 40_000, fullAt: NOW + 60_000 }),
    storeFailing: () => false,
    notifications: () => ({ delivered: 3, due: 1 }),
    version: '0.1.0',
    now: () => NOW,
    ...change,
  };
}

const asPlain = (runs: MetricsSources['runs']): MetricsSources['runs'] => ({
  runs: () => runs.runs(),
  instances: (run) => runs.instances(run),
  eventCounts: (run) => runs.eventCounts(run),
});
const SOME = { offsetLastNs: 50, offsetP99AbsNs: 900, phcSelected: 1, eventsError: 4, lastReceivedAtMs: NOW } as const;
const LABELS = `run="${RUN_ID}",instance_id="${idOf(1)}",instance_type="c7i.large"`;

describe('the metrics', () => {
  it('show each instance in base units', async () => {
    const lines = (await renderMetrics(made([SOME]))).split('\n');
    expect(lines).toContain(`ptp_tester_phc_offset_seconds{${LABELS}} 5e-8`);
    expect(lines).toContain(`ptp_tester_phc_offset_abs_p99_seconds{${LABELS}} 9e-7`);
    expect(lines).toContain(`ptp_tester_phc_selected{${LABELS}} 1`);
    expect(lines).toContain(`ptp_tester_agent_events_total{${LABELS},severity="error"} 4`);
    expect(lines).toContain(`ptp_tester_samples_stored_total{${LABELS}} 147`);
    expect(lines).toContain(`ptp_tester_agent_connected{${LABELS}} 1`);
    expect(lines).toContain(`ptp_tester_last_contact_timestamp_seconds{${LABELS}} ${(NOW - 500) / 1000}`);
    expect(lines).toContain(`ptp_tester_criteria_failed{${LABELS}} 2`);
    expect(lines).toContain(`ptp_tester_instance_measuring{${LABELS}} 1`);
  });

  it('say of a simulated clock that it is one, in every series of its instance', async () => {
    const sources = made([SOME]);
    const run = sources.runs.runs().find(({ state }) => state === 'soaking');
    const spec = madeSpec({ sources: { phc: { interval_ms: 1000, readings: 5, mode: 'simulated' } } });
    const runs = { ...asPlain(sources.runs), runs: () => (run === undefined ? [] : [{ ...run, spec }]) };
    const ofInstance = (await renderMetrics({ ...sources, runs })).split('\n').filter((line) => line.includes('i-0'));
    expect(ofInstance.length).toBeGreaterThan(10);
    expect(ofInstance.filter((line) => !line.includes('simulated="true"'))).toEqual([]);
    expect(await renderMetrics(sources)).not.toContain('simulated="true"');
  });

  it('leave out what is not known instead of showing a zero', async () => {
    const text = await renderMetrics(
      made([SOME], { failedCriteria: () => null, notifications: () => null, disk: () => null }),
    );
    expect(text).not.toMatch(/^ptp_tester_clock_error_bound_seconds\{/m);
    expect(text).not.toMatch(/^ptp_tester_criteria_failed\{/m);
    expect(text).not.toContain('ptp_tester_notifications');
    expect(text).not.toContain('ptp_tester_disk');
  });

  it('show runs, the store, the disk and what is left behind', async () => {
    const lines = (await renderMetrics(made([SOME]))).split('\n');
    expect(lines).toContain(`ptp_tester_agents_connected{run="${RUN_ID}"} 1`);
    expect(lines).toContain(`ptp_tester_run_store_bytes{run="${RUN_ID}"} 8192`);
    expect(lines).toContain(`ptp_tester_run_paused{run="${RUN_ID}"} 0`);
    expect(lines).toContain('ptp_tester_runs{state="ended"} 1');
    expect(lines).toContain('ptp_tester_run_leftovers{run="20261119-000000-aaaa"} 1');
    expect(lines).toContain(`ptp_tester_controller_events_total{run="${RUN_ID}",event="instance_silent"} 1`);
    expect(lines).toContain(`ptp_tester_disk_full_timestamp_seconds ${(NOW + 60_000) / 1000}`);
    expect(lines).toContain('ptp_tester_notifications{state="due"} 1');
  });

  it('count commits and calls of AWS over scrapes', async () => {
    const sources = made([SOME]);
    sources.meter.committed({ records: 2, samples: 60, bytes: 700, seconds: 0.06 });
    await renderMetrics(sources);
    sources.meter.committed({ records: 1, samples: 30, bytes: 350, seconds: 0.3 });
    sources.meter.called({ action: 'DescribeInstances', result: 'ok' });
    sources.meter.called({ action: 'RunInstances', result: 'InsufficientInstanceCapacity' });
    const lines = (await renderMetrics(sources)).split('\n');
    expect(lines).toContain('ptp_tester_ingest_samples_total 90');
    expect(lines).toContain('ptp_tester_ingest_commit_seconds_bucket{le="0.1"} 1');
    expect(lines).toContain('ptp_tester_ingest_commit_seconds_count 2');
    expect(lines).toContain(
      'ptp_tester_aws_calls_total{action="RunInstances",result="InsufficientInstanceCapacity"} 1',
    );
  });

  it('give five hundred instances series of their own and count the others', async () => {
    const text = await renderMetrics(made(Array.from({ length: 520 }, () => SOME)));
    expect(text.match(/^ptp_tester_phc_offset_seconds\{/gm)).toHaveLength(500);
    expect(text).toContain('\nptp_tester_instances_without_series 20\n');
  });

  it('please promtool', async ({ skip }) => {
    try {
      execFileSync('promtool', ['--version']);
    } catch {
      skip('promtool is not installed (Debian package prometheus)');
    }
    const input = await renderMetrics(made([SOME, SOME]));
    // It prints what it does not like, and exits with 3 or 1 then.
    expect(execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' })).toBe('');
  });
});

/** The live table: what it says, in which order, and that it never outgrows the terminal. */
import { describe, expect, it } from 'vitest';
import type { InstanceFigures } from '../../api/live-schemas.ts';
import type { RunSummary } from '../../api/schemas.ts';
import { LiveScreen } from './live-screen.ts';
import { type LiveView, renderLiveView } from './live-table.ts';

const NOW = Date.UTC(2026, 10, 21, 4, 0, 0);
const at = (s: number) => new Date(NOW + s * 1000).toISOString();

function figures(index: number, change: Partial<InstanceFigures> = {}): InstanceFigures {
  return {
    index,
    name: `c7i.large-${index}`,
    instance_type: 'c7i.large',
    instance_index: index,
    instance_id: `i-0123456789abcde${String(index).padStart(2, '0')}`,
    availability_zone_id: 'use1-az1',
    state: 'measuring',
    connected: true,
    last_contact_at: at(0),
    agent_version: '0.1.0',
    simulated: true,
    capability: 'supported',
    setup: 'locked',
    quality: 'pass',
    failing_criteria: [],
    failure: null,
    offset_last_ns: 100 + index,
    offset_samples: 2400,
    offset_p50_ns: 5,
    offset_p99_abs_ns: 200 + index,
    offset_max_abs_ns: 300 + index,
    clock_error_bound_ns: 25_000,
    phc_selected: true,
    gaps: 0,
    missed_ticks: 0,
    read_errors: 0,
    reads_refused: 0,
    events_warning: 0,
    events_error: 0,
    samples_per_second: 5.9,
    agent_cpu_ratio: 0.01,
    agent_rss_bytes: 50e6,
    spool_bytes: 0,
    ...change,
  };
}

const RUN: RunSummary = {
  id: '20261121-040000-aaaa',
  state: 'soaking',
  outcome: null,
  stop_reason: null,
  created_at: at(-3660),
  soak_started_at: at(-3600),
  soak_ends_at: at(10_800),
  ended_at: null,
  region: 'us-east-1',
  placement_group: null,
  planned_soak_seconds: 14_400,
  extended_by_seconds: 0,
  instance_types: [],
  instances_total: 3,
  agents_connected: 3,
  simulated: true,
  instances_by_state: { measuring: 3 },
  instances_failed: 0,
  instance_hours: 3.05,
  pause: null,
  keep_decision_by: null,
  verdict_so_far: null,
  samples_removed: null,
};

function view(instances: readonly InstanceFigures[], change: Partial<LiveView> = {}): LiveView {
  return { run: RUN, instances, now: NOW, hint: 'Ctrl-C detaches', stale: null, ...change };
}
const PLAIN = { columns: 160, rows: 24, colors: false };
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const COLORS = /\u001b\[[0-9;]*m/g;

describe('the live table', () => {
  it('says where the run stands, and that it is SIMULATED', () => {
    const lines = renderLiveView(view([figures(1), figures(2), figures(3)]), PLAIN);
    expect(lines[0]).toBe(
      'SIMULATED run 20261121-040000-aaaa  soaking [#####...............] 25 %  03:00:00 left  (01:01:00 since start)',
    );
    expect(lines[1]).toBe('3 instances: 3 measuring | 3 connected | 3.0 instance-hours | us-east-1');
    const [, alone] = renderLiveView(view([figures(1)], { run: { ...RUN, instances_total: 1 } }), PLAIN);
    expect(alone).toMatch(/^1 instance: /);
    expect(lines[2]).toBe('quality so far: not judged yet');
    expect(lines[4]).toMatch(
      /^# {2}name +instance +state +quality +samples\/s +system-PHC +p99 10m +max 10m +bound +lock +gaps +events$/,
    );
    expect(lines[5]).toMatch(
      /^3 {2}c7i\.large-3 +i-\w+ +measuring +pass +5\.9 +\+103 ns +203 ns +303 ns +25\.0 us +PHC +0 +0$/,
    );
    expect(lines.at(-1)).toBe('Ctrl-C detaches');
  });

  it('shows the worst first: failed, silent, with errors, not meeting the criteria, then by the 99th percentile', () => {
    const failure = { kind: 'agent_timeout', message: 'no samples' };
    const rows = [
      figures(1),
      figures(2, { offset_p99_abs_ns: 9999 }),
      figures(3, { events_error: 2, events_warning: 1 }),
      figures(4, { connected: false }),
      figures(5, { failure, state: 'terminating' }),
      figures(6, { quality: 'fail' }),
    ];
    const lines = renderLiveView(view(rows), PLAIN).slice(5, 11);
    expect(lines.map((line) => line[0])).toEqual(['5', '4', '3', '6', '2', '1']);
    expect(lines[0]).toContain('terminating: agent timeout');
    expect(lines[1]).toContain('measuring, silent');
    expect(lines[2]).toContain('2E 1W');
  });

  it('says by when it must be decided what is kept', () => {
    const run = { ...RUN, state: 'keeping', keep_decision_by: '2026-11-21T14:32:10.000Z' } as const;
    const lines = (now: string) =>
      renderLiveView(view([], { run, now: Date.parse(now) }), { columns: 120, rows: 20, colors: false });
    const rest = `otherwise none is kept: ptp-tester keep ${RUN.id} all, none, or 1,3`;
    expect(lines('2026-11-21T13:40:00Z')).toContain(`decide by 14:32 UTC, ${rest}`);
    expect(lines('2026-11-20T23:40:00Z')).toContain(`decide by 2026-11-21 14:32 UTC, ${rest}`);
  });

  it('names the criteria that fail so far', () => {
    const verdict = {
      quality: 'fail' as const,
      pass: 7,
      fail: 2,
      not_enough_data: 1,
      judged_at: at(-30),
      interim: true,
      pass_rests_on: null,
      left_to_report: [],
    };
    const run = { ...RUN, verdict_so_far: { ...verdict, failing: [{ criterion: 'offset_p99', instances: 2 }] } };
    const lines = renderLiveView(view([], { run }), PLAIN);
    expect(lines[2]).toBe('quality so far: 2 fail, 7 pass, 1 undecided (offset_p99 on 2)');
  });

  it.each([
    [200, 24, 80],
    [200, 10, 40],
    [2, 24, 20],
    [200, 5, 200],
    [200, 1, 10],
    [0, 24, 80],
  ])('fits %i instances into %i lines of %i characters, with colours or without', (count, rows, columns) => {
    const instances = Array.from({ length: count }, (_, index) => figures(index + 1));
    for (const colors of [false, true]) {
      const lines = renderLiveView(view(instances), { columns, rows, colors });
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(line.replaceAll(COLORS, '').length).toBeLessThanOrEqual(columns);
    }
  });

  it('says how many are left out, and nothing when all fit', () => {
    const instances = Array.from({ length: 200 }, (_, index) => figures(index + 1));
    expect(renderLiveView(view(instances), PLAIN).at(-2)).toBe(
      `and 183 more (183 measuring); all of them: ptp-tester status ${RUN.id}`,
    );
    const all = renderLiveView(view(instances.slice(0, 18)), PLAIN);
    expect(all).toHaveLength(24);
    expect(all.join('\n')).not.toContain('more');
  });

  it('drops the least important columns when the terminal is narrow', () => {
    const [, , , , head = ''] = renderLiveView(view([figures(1)]), { ...PLAIN, columns: 60 });
    expect(head).toContain('state');
    expect(head).toContain('system-PHC');
    expect(head).not.toContain('gaps');
    expect(head).not.toContain('lock');
  });

  it('keeps the time left when the terminal is narrow, and marks what is cut', () => {
    const verdict = { quality: 'fail' as const, pass: 0, fail: 167, not_enough_data: 33, judged_at: at(-30) };
    const rest = { interim: true, pass_rests_on: null, left_to_report: [] };
    const failing = [{ criterion: 'phc_unaccounted', instances: 167 }];
    const run = { ...RUN, verdict_so_far: { ...verdict, ...rest, failing } };
    const head = (columns: number) => renderLiveView(view([], { run }), { ...PLAIN, columns }).slice(0, 3);
    expect(head(80)).toEqual([
      'SIMULATED run 20261121-040000-aaaa  soaking [###.......] 25 %  03:00:00 left',
      '3 instances: 3 measuring | 3 connected | 3.0 instance-hours | us-east-1',
      'quality so far: 167 fail, 33 undecided (phc_unaccounted on 167)',
    ]);
    expect(head(60)).toEqual([
      'SIMULATED run 20261121-040000-aaaa  soaking, 03:00:00 left',
      '3 instances: 3 measuring | 3 connected | 3.0 instance-hours',
      'quality so far: 167 fail, 33 undecided',
    ]);
    expect(head(30)[0]).toBe('SIMULATED run 20261121-0400...');
  });

  it('says why a run is paused, and what ends that', () => {
    const pause = { since: at(-60), reason: 'the credentials have expired', remedy: 'renew them' };
    const lines = renderLiveView(view([], { run: { ...RUN, pause } }), PLAIN);
    expect(lines.slice(3, 5)).toEqual(['PAUSED: the credentials have expired', 'to go on: renew them']);
  });

  it('says instead of the hint why it may not be the present state', () => {
    expect(renderLiveView(view([], { stale: 'connection lost' }), PLAIN).at(-1)).toBe('connection lost');
  });
});

describe('the live screen', () => {
  it('draws anew when the size changes, and leaves the last state behind', () => {
    let written = '';
    let onResize = () => {};
    const stream = {
      columns: 80,
      rows: 24,
      write: (text: string) => {
        written += text;
        return true;
      },
      on: (_event: 'resize', listener: () => void) => {
        onResize = listener;
      },
      off: () => {
        onResize = () => {};
      },
    };
    let leftOpen = 0;
    const screen = new LiveScreen(stream, {
      atExit: () => {
        leftOpen += 1;
        return () => {
          leftOpen -= 1;
        };
      },
    });
    screen.show(({ columns, rows }) => [`${columns}x${rows}`]);
    expect([written.startsWith('\u001b[?1049h'), written.includes('80x24'), leftOpen]).toEqual([true, true, 1]);
    stream.rows = 10;
    written = '';
    onResize();
    expect(written).toContain('80x10');
    written = '';
    // A line of full width leaves the cursor on its last character: nothing after it may clear.
    screen.show(({ rows }) => Array.from({ length: rows }, () => 'x'.repeat(80)));
    expect(written.endsWith('x')).toBe(true);
    expect(written).not.toContain('x\u001b');
    written = '';
    screen.close(['the end']);
    expect(written).toBe('\u001b[?25h\u001b[?1049lthe end\n');
    expect(leftOpen).toBe(0);
    written = '';
    onResize();
    expect(written).toBe('');
  });
});

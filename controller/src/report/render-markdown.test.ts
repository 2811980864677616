import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatDuration, formatQuantity, formatShare } from './format-quantity.ts';
import { madeReport } from './made-report.fixture.ts';
import { kernelNote, plainNumber } from './plain-number.ts';
import { renderHtml } from './render-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { soakLength } from './soak-length.ts';
import { placementText } from './verdict-words.ts';
import { whatTheNumbersMean } from './what-the-numbers-mean.ts';
import { writeReport } from './write-report.ts';

it('begins with the verdict and goes on with what happened when, the types and the instances', () => {
  const headings = renderMarkdown(madeReport())
    .split('\n')
    .filter((line) => /^##? /.test(line));
  expect(headings).toEqual([
    '# PTP test report: run 20261120-231757-k3f9',
    '## Verdict',
    '## What happened when',
    '## Instance types',
    '## Instances',
    '## AWS API calls',
    '## Words',
  ]);
});

it('shows figures with their units and says what they are not', () => {
  const text = renderMarkdown(madeReport());
  expect(text).toContain("system - PHC is what is left after chrony's servo, not accuracy to UTC");
  expect(text).toContain('| **phc offset_ns** (system - PHC) | 120 | -30 ns | 50 ns | 50 ns | 10 ns |');
  expect(text).toContain('| phc read_delay_ns | 120 | 1.5 us |');
  expect(text).toContain('Too few samples for some percentiles: p99 needs 1000, p99.9 needs 10000.');
  expect(text).toContain('| raw | 30 | 27 | 90 % | 0 | 3 | 0 | 0 | 0 | 0 |');
  expect(text).toContain('| 2025-11-20T23:06:44.000Z | raw | 4 s | 3 | lost |');
  expect(text).toContain('error: spool full: The spool reached its limit');
});

it('says which clock nothing steers to the PHC, and names the placement group of each type', () => {
  const report = madeReport();
  const [first] = report.results;
  if (first?.ptp_status === null || first === undefined) throw new Error('the made report has an instance');
  const free = { ...first, ptp_status: { ...first.ptp_status, chrony_using_phc: false }, quality_criteria: [] };
  const alone = { ...free, verdict: { ...free.verdict, setup: { value: 'not_attempted' as const, reason: '' } } };
  expect(whatTheNumbersMean([alone])).toContain('nothing steers this system clock to the PHC');
  expect(whatTheNumbersMean([first])).toContain("what is left after chrony's servo");
  const other = { ...first, name: 'm7i.large-1', instance_type: 'm7i.large', placement_group: null };
  const { test_summary } = report;
  expect(placementText({ results: [first, other], test_summary })).toBe(
    'placement group my-cluster-pg (c7i.large), none (m7i.large)',
  );
  expect(placementText({ results: [first], test_summary })).toBe('placement group my-cluster-pg');
  expect(renderMarkdown(report)).toContain('- **offset_p99_9** not enough data: phc: p99.9 needs');
});

it('says numbers as people read them: counters of time in time, status bits by name, extended soaks as a sum', () => {
  const of = (column: string, unit: 'count' | 'ns' = 'count') => ({ stream: 'kernel' as const, column, unit });
  expect(plainNumber(8256, of('status'))).toBe('8256 (STA_UNSYNC, STA_NANO)');
  expect(plainNumber(300_978_892, { ...of('psi_cpu_some_us'), stream: 'host' })).toBe('301 s');
  expect(kernelNote(16e9)).toContain('no measured error');
  expect(kernelNote(15e9)).toBeNull();
  const { run } = madeReport();
  expect(soakLength({ ...run, planned_soak_seconds: 300, extended_by_seconds: 20 })).toBe('5 min + 20 s soak');
});

it('says beside the figures that a step lies within them', () => {
  const at = '2026-11-21T07:45:11.006000000Z';
  const report = madeReport();
  const [first] = report.results;
  if (first === undefined) throw new Error('the made report has an instance');
  const detail = { size_ns: 5010 };
  const items = first.events.items.map((event) => ({ ...event, event: 'offset_stepped' as const, at, detail }));
  const stepped = { ...first, events: { total: 1, items: items.slice(0, 1) } };
  const text = 'includes a step of 5.01 us at 2026-11-21T07:45:11.006Z: mean, frequency and TDEV describe both sides';
  expect(renderMarkdown({ ...report, results: [stepped] })).toContain(text);
  expect(renderHtml({ ...report, results: [stepped] }, { fleet: null, instances: new Map(), left: 0 })).toContain(text);
});

it('has a banner when the PHC was simulated and none when it was not', () => {
  expect(renderMarkdown(madeReport({ simulated: true }))).toContain('> **SIMULATED.**');
  expect(renderMarkdown(madeReport())).not.toContain('SIMULATED');
});

it('lets no text from outside break a table or become HTML', () => {
  const text = renderMarkdown(madeReport());
  expect(text).toContain('no &lt;c7i> \\| today');
  expect(text).not.toContain('<c7i>');
});

it.each([
  [12, 'ns', '12 ns'],
  [-24.56, 'ns', '-24.6 ns'],
  [1500, 'ns', '1.5 us'],
  [-3_200_000, 'ns', '-3.2 ms'],
  [30e9, 'ns', '30 s'],
  [0.0123, 'ppb', '0.0123 ppb'],
  [20_480.4, 'ppb', '20480 ppb'],
  [41_943_040, 'bytes', '40 MiB'],
  [7, 'count', '7'],
  [null, 'ns', '-'],
] as const)('writes %s %s as %s', (value, unit, text) => {
  expect(formatQuantity(value, unit)).toBe(text);
});

it('never rounds a share up and says durations in two parts', () => {
  expect([formatShare(0.99999), formatShare(1), formatShare(null)]).toEqual(['99.99 %', '100 %', '-']);
  expect([20, 185, 7800, 1_220_400].map(formatDuration)).toEqual(['20 s', '3 min 5 s', '2 h 10 min', '14 d 3 h']);
});

it('writes all files whole, readable by their owner only, over older ones', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-tester-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const directory = join(folder, 'out');
  const report = madeReport();
  await writeReport(directory, report);
  writeFileSync(join(directory, 'report.json.new'), 'left by a crash', { mode: 0o644 });
  const written = await writeReport(directory, report);
  expect(readdirSync(directory).sort()).toEqual(['report.html', 'report.json', 'report.junit.xml', 'report.md']);
  expect(Object.values(written).map((path) => statSync(path).mode & 0o777)).toEqual([0o600, 0o600, 0o600, 0o600]);
  expect(JSON.parse(readFileSync(written.json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(report)));
  expect(readFileSync(written.markdown, 'utf8')).toBe(renderMarkdown(report));
});

import { expect, it } from 'vitest';
import { madeStore } from '../analysis/made-store.fixture.ts';
import { madeReport, madeWrites } from './made-report.fixture.ts';
import { renderHtml } from './render-html.ts';
import { renderJunit } from './render-junit.ts';
import { drawCharts } from './report-charts.ts';
import type { Report } from './report-schema.ts';
import { whatToDo } from './what-to-do.ts';

const NO_CHARTS = { fleet: null, instances: new Map(), left: 0 };
const HOSTILE = `"><script>alert('x')</script><img src=x onerror=alert(1)>&]]>\u0000\u001b[31m`;

/** Every text of a report replaced by one that tries to break out. */
function hostile(report: Report): Report {
  const [first, ...others] = report.results;
  if (first === undefined) throw new Error('the made report has an instance');
  const poisoned = {
    ...first,
    instance_id: HOSTILE,
    name: HOSTILE,
    instance_type: HOSTILE,
    environment: { [HOSTILE]: HOSTILE },
    failure: { kind: HOSTILE, message: HOSTILE },
    verdict: { ...first.verdict, quality: { value: 'fail' as const, reason: HOSTILE } },
    quality_criteria: first.quality_criteria.map((one) => ({ ...one, name: HOSTILE, key: HOSTILE, reason: HOSTILE })),
    streams: first.streams.map((stream) => ({ ...stream, key: HOSTILE, problems: [HOSTILE] })),
    events: { total: 1, items: first.events.items.map((event) => ({ ...event, detail: { [HOSTILE]: HOSTILE } })) },
  };
  return { ...report, run: { ...report.run, stop_reason: HOSTILE, region: HOSTILE }, results: [poisoned, ...others] };
}

it('begins with the verdict and what to do, and loads nothing from outside', () => {
  const html = renderHtml(madeReport(), NO_CHARTS);
  const places = ['class="word"', 'What to do', 'The fleet, worst first', 'Instances, worst first'].map((text) =>
    html.indexOf(text),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBeGreaterThan(0);
  expect(html).toContain("default-src 'none'");
  expect(html).not.toMatch(/<(?:script|link|iframe|img)\b|https?:|url\(|@import/);
  expect(html).toContain('system - PHC is what is left after chrony&#39;s servo, not accuracy to UTC');
});

it('says SIMULATED in the title, in the banner and beside each instance, and nowhere when it was not', () => {
  const html = renderHtml(madeReport({ simulated: true }), NO_CHARTS);
  expect(html).toContain('<title>SIMULATED - ');
  expect(html).toContain('class="simulated"');
  expect(html).toContain('<span class="tag">SIMULATED PHC</span>');
  expect(renderHtml(madeReport(), NO_CHARTS)).not.toContain('SIMULATED');
});

it('lets no text from outside become markup, in the page, its pictures and the XML', async () => {
  const report = hostile(madeReport());
  for (const text of [renderHtml(report, await drawCharts(report, null)), renderJunit(report)]) {
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toMatch(/<script|<img|\]\]>|onerror=alert\(1\)>/);
    expect(text.includes('\u0000') || text.includes('\u001b')).toBe(false);
  }
});

it('draws the curves of the worst instance from the samples, with colours that follow the page', async () => {
  const report = madeReport();
  const reader = madeStore(madeWrites());
  const charts = await drawCharts(report, reader);
  const html = renderHtml(report, charts);
  reader.close();
  expect(charts.fleet?.wide).toContain('<svg role="img"');
  const titles = [...charts.instances.values()].flat().map(({ title }) => title.split(' of ')[0]);
  expect(titles).toContain('Offset over time');
  expect(titles).toContain('Histogram');
  expect(html).toContain('stroke="var(--chart-main)"');
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  expect(ids.length).toBeGreaterThan(0);
  expect(new Set(ids).size).toBe(ids.length);
});

it('is the same to the byte for the same report', async () => {
  const report = madeReport();
  const reader = madeStore(madeWrites());
  const draw = async () => renderHtml(report, await drawCharts(report, reader));
  expect(await draw()).toBe(await draw());
  reader.close();
});

it('has a test case for each criterion of each instance in JUnit XML, and one for an instance without any', () => {
  const report = madeReport();
  const xml = renderJunit(report);
  const expected = report.results.reduce((sum, { quality_criteria }) => sum + Math.max(1, quality_criteria.length), 0);
  expect(xml.match(/<testcase /g)?.length).toBe(expected);
  expect(xml).toContain(`<testsuites name="ptp-tester ${report.run.id}" tests="${expected}"`);
});

it('tells what to do for what failed, for what could not be tested and for too short a soak', () => {
  const advice = whatToDo(madeReport()).join('\n');
  expect(advice).toContain('capacity');
  expect(whatToDo(madeReport({ simulated: true })).join('\n')).toContain('a simulated PHC says nothing about hardware');
});

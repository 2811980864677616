/** What the dashboard costs, in real Chromium: its size, its first paint, two weeks of samples, five hundred live instances. Printed. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SimulatedAgentFleet } from '@ptp-tester/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundleWeb } from '../../controller/src/app/web-bundle.ts';
import { TOKEN as AGENT_TOKEN, instanceIdOf, RUN_ID } from '../integration/ingest-support.ts';
import { CHROMIUM, ChromiumPage, NEEDS_CHROMIUM } from './chromium-page.ts';
import { fillWeeks, TWO_WEEKS_S } from './fill-weeks.ts';
import { TOKEN, WebSite, type WebSiteOptions } from './web-site.ts';

const RUN = `/runs/${RUN_ID}`;
const LIVE_MS = 20_000;
/** Everything that a browser loads when it has seen each page, gzip. */
const MOST_BYTES = 600_000;

async function startSite(options: WebSiteOptions): Promise<{ site: WebSite; chromium: ChromiumPage }> {
  const site = new WebSite(options);
  await site.start();
  const chromium = await ChromiumPage.open(site.url);
  onTestFinished(async () => {
    await chromium.close();
    await site.close();
  });
  return { site, chromium };
}

it('is small', async () => {
  const { directory } = await bundleWeb();
  const assets = join(directory, 'assets');
  const sizes = readdirSync(assets)
    .filter((name) => /\.(js|css|svg)\.gz$/.test(name))
    .map((name) => ({ name, bytes: statSync(join(assets, name)).size }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const first = sizes.filter(({ name }) => /^(main|style)-/.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(`page size, gzip: ${total} bytes in all, ${first} bytes in files of the first page's name`);
  expect(total).toBeLessThan(MOST_BYTES);
});

describe.skipIf(CHROMIUM === null)(`in the browser${NEEDS_CHROMIUM}`, () => {
  it('opens two weeks at the default cadence', { timeout: 300_000 }, async () => {
    let samples = 0;
    const { chromium } = await startSite({
      instances: [{ truth: null }],
      historyS: TWO_WEEKS_S,
      fill: (writer) => {
        samples = fillWeeks(writer, instanceIdOf(1));
      },
    });
    const { page } = chromium;
    await chromium.signIn(TOKEN);
    const paint = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    await page.goto(`${RUN}/instances/${instanceIdOf(1)}`);
    const drawn = page.getByText(/each point .* of samples/);
    await drawn.waitFor();
    await page.goto('/');
    const startedAt = performance.now();
    await page.goto(`${RUN}/instances/${instanceIdOf(1)}`);
    await drawn.waitFor();
    const openMs = performance.now() - startedAt;
    const slowest = await page.evaluate<number>(
      "Math.max(...performance.getEntriesByType('resource').filter((e) => e.name.includes('/samples')).map((e) => e.duration))",
    );
    await chromium.screenshot('two-weeks');
    console.log(
      `first contentful paint ${paint.toFixed(0)} ms; ${samples} samples of two weeks: offset chart drawn ${openMs.toFixed(0)} ms after the address was entered, slowest request ${slowest.toFixed(0)} ms`,
    );
    expect(samples).toBeGreaterThan(6_000_000);
    expect(chromium.complaints).toEqual([]);
  });

  it('stays quick with five hundred live instances on the overview', { timeout: 300_000 }, async () => {
    const instances = Array.from({ length: 500 }, () => ({ truth: null }));
    const { site, chromium } = await startSite({ instances, historyS: 0 });
    const launches = instances.map((_, place) => ({
      run: RUN_ID,
      index: place + 1,
      attempt: 1,
      token: AGENT_TOKEN,
      instanceId: instanceIdOf(place + 1),
    }));
    const fleet = new SimulatedAgentFleet({
      url: site.agentUrl,
      launches,
      rowsPerBatch: 4,
      pace: { batchesPerSecond: 1 },
    });
    onTestFinished(() => fleet.close());
    await fleet.connect();
    fleet.start();
    const { page } = chromium;
    await page.addInitScript(
      'window.longTasks = []; new PerformanceObserver((list) => { for (const e of list.getEntries()) window.longTasks.push([e.startTime, e.duration]); }).observe({ type: "longtask", buffered: true });',
    );
    await chromium.signIn(TOKEN, RUN);
    await page.getByText('500 of 500').first().waitFor();
    await page
      .locator('.fleet')
      .getByText(/^[+-][\d.]+ [mun]?s$/)
      .first()
      .waitFor();
    const since = await page.evaluate<number>('performance.now()');
    await page.waitForTimeout(LIVE_MS);
    const tasks = await page.evaluate<[number, number][]>('window.longTasks');
    await chromium.screenshot('five-hundred');
    const live = tasks.filter(([at]) => at >= since).map(([, duration]) => duration);
    const opening = tasks.filter(([at]) => at < since).map(([, duration]) => duration);
    console.log(
      `500 live instances for ${LIVE_MS / 1000} s: ${live.length} tasks over 50 ms, longest ${longest(live)}; while opening: longest ${longest(opening)}`,
    );
    expect(await page.locator('.fleet tbody tr').count()).toBeLessThan(80);
    expect(chromium.complaints).toEqual([]);
  });
});

function longest(tasks: readonly number[]): string {
  return tasks.length === 0 ? 'under 50 ms' : `${Math.max(...tasks).toFixed(0)} ms`;
}

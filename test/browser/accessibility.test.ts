/** Every page and dialog against WCAG 2.1 AA, light and dark, by axe-core in real Chromium. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceIdOf, RUN_ID } from '../integration/ingest-support.ts';
import { accessibilityFaults } from './accessibility-faults.ts';
import { CHROMIUM, ChromiumPage, NEEDS_CHROMIUM } from './chromium-page.ts';
import { MADE_FLEET, MADE_VERDICT } from './made-fleet.ts';
import { TOKEN, WebSite } from './web-site.ts';

type Page = ChromiumPage['page'];

const RUN = `/runs/${RUN_ID}`;
const INSTANCE = `${RUN}/instances/${instanceIdOf(2)}`;
const OTHER = instanceIdOf(3);

interface Place {
  readonly name: string;
  readonly address: string;
  /** Until there is what the page is for. */
  ready(page: Page): Promise<unknown>;
}

const dialog = (button: string) => async (page: Page) => {
  await page.getByRole('button', { name: button }).first().click();
  await page.getByRole('dialog').waitFor();
};

const PLACES: readonly Place[] = [
  { name: 'runs', address: '/', ready: (page) => page.getByText('1 failed').waitFor() },
  { name: 'start', address: '/', ready: dialog('Start a run ...') },
  { name: 'run', address: RUN, ready: (page) => page.locator('.heat-canvas').waitFor() },
  {
    name: 'no instance left',
    address: `${RUN}?q=nothing`,
    ready: (page) => page.getByText('No instance is').waitFor(),
  },
  { name: 'stop', address: RUN, ready: dialog('Stop ...') },
  { name: 'extend', address: RUN, ready: dialog('Extend ...') },
  { name: 'instance', address: INSTANCE, ready: (page) => page.getByText('Criteria (').waitFor() },
  { name: 'terminate', address: INSTANCE, ready: dialog('Terminate ...') },
  {
    name: 'compare',
    address: `/compare?run=${RUN_ID}&of=${RUN_ID}.${instanceIdOf(2)}_${RUN_ID}.${OTHER}`,
    ready: (page) => page.getByRole('row').nth(2).waitFor(),
  },
  {
    name: 'compare types',
    address: `/compare?mode=types&run=${RUN_ID}`,
    ready: (page) => page.getByRole('row').nth(2).waitFor(),
  },
  {
    name: 'compare weeks',
    address: `/compare?mode=weeks&run=${RUN_ID}&of=${RUN_ID}.${OTHER}`,
    ready: (page) => page.getByRole('row').nth(1).waitFor(),
  },
  {
    name: 'unknown run',
    address: '/runs/20200101-000000-zzzz',
    ready: (page) => page.getByText('has no run').waitFor(),
  },
];

describe.skipIf(CHROMIUM === null)(`the dashboard${NEEDS_CHROMIUM} meets WCAG 2.1 AA`, () => {
  let site: WebSite;

  beforeAll(async () => {
    site = new WebSite({ instances: MADE_FLEET, historyS: 1200, verdict: MADE_VERDICT });
    await site.start();
  });

  afterAll(() => site.close());

  it.each(['light', 'dark'] as const)('on every page and in every dialog, %s', async (theme) => {
    const chromium = await ChromiumPage.open(site.url, { theme });
    const { page } = chromium;
    const faults: Record<string, string[]> = {};
    try {
      await page.goto('/');
      await page.getByLabel("Operators' token").fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
      faults['sign in'] = await accessibilityFaults(page);
      await chromium.signIn(TOKEN);
      for (const { name, address, ready } of PLACES) {
        await page.goto(address);
        await page.getByText('live', { exact: true }).waitFor();
        await ready(page);
        faults[name] = await accessibilityFaults(page);
      }
      await site.stopOperators();
      await page.getByText('This data is old:').waitFor();
      faults['controller lost'] = await accessibilityFaults(page);
    } finally {
      await chromium.close();
      await site.startOperators();
    }
    expect(Object.entries(faults).filter(([, found]) => found.length > 0)).toEqual([]);
    expect(Object.keys(faults)).toHaveLength(PLACES.length + 2);
  });
});

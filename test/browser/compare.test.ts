/** The page that compares instances, types and periods, in real Chromium. The clocks are SIMULATED. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { instanceIdOf, RUN_ID } from '../integration/ingest-support.ts';
import { CHROMIUM, ChromiumPage, NEEDS_CHROMIUM } from './chromium-page.ts';
import { MADE_FLEET, MADE_VERDICT } from './made-fleet.ts';
import { TOKEN, WebSite } from './web-site.ts';

const RUN = `/runs/${RUN_ID}`;
const of = (...numbers: number[]) => numbers.map((number) => `${RUN_ID}.${instanceIdOf(number)}`).join('_');

describe.skipIf(CHROMIUM === null)(`the comparison${NEEDS_CHROMIUM}`, () => {
  let site: WebSite;

  beforeAll(async () => {
    site = new WebSite({ instances: MADE_FLEET, historyS: 1200, verdict: MADE_VERDICT });
    await site.start();
  });

  afterAll(() => site.close());

  async function open(address: string): Promise<ChromiumPage> {
    const chromium = await ChromiumPage.open(site.url);
    onTestFinished(() => chromium.close());
    await chromium.signIn(TOKEN, address);
    return chromium;
  }

  it('has instances, types and periods on one axis', async () => {
    const chromium = await open(RUN);
    const { page } = chromium;
    await page.getByLabel('Select c7i.large-2').check();
    await page.getByLabel('Select c7i.large-3').check();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('row').filter({ hasText: 'c7i.large-3' }).waitFor();
    await page
      .getByRole('group', { name: /Offset \(system - PHC\)/ })
      .locator('canvas')
      .waitFor();
    await page.getByLabel('let all begin together').check();
    await page.getByRole('row').filter({ hasText: 'c7i.large-3' }).waitFor();
    expect(page.url()).toContain('align=start');
    await chromium.screenshot('compare');
    await page.getByRole('button', { name: 'Instance types' }).click();
    await page.getByRole('row').filter({ hasText: 'm7g.large' }).first().waitFor();
    await chromium.screenshot('compare-types');
    await page.getByRole('button', { name: 'Weeks, days, hours' }).click();
    await page.getByRole('row').filter({ hasText: '2026-11-18 11:' }).first().waitFor();
    await chromium.screenshot('compare-weeks');
    expect(chromium.complaints).toEqual([]);
  });

  it('says whose weeks it shows: the selector, the address, the chart and the table name the same instance', async () => {
    const { page, complaints } = await open(`/compare?run=${RUN_ID}&of=${of(4, 1, 2)}`);
    await page.getByRole('button', { name: 'Weeks, days, hours' }).click();
    const selector = page.getByLabel('Instance', { exact: true });
    const expectShown = async (number: number, name: string) => {
      const words = `${name}: Offset (system - PHC)`;
      await page.getByRole('table', { name: words }).waitFor();
      await page.locator(`[aria-label^="${words}"] canvas`).waitFor();
      expect(await selector.inputValue()).toBe(instanceIdOf(number));
      expect(new URL(page.url()).searchParams.get('of')).toBe(of(number));
    };
    await expectShown(4, 'm7g.large-1');
    await selector.selectOption(instanceIdOf(2));
    await expectShown(2, 'c7i.large-2');
    await page.goBack();
    await expectShown(4, 'm7g.large-1');
    await page.goto(`/compare?mode=weeks&run=${RUN_ID}&of=${of(5, 1)}`);
    await page.getByRole('table', { name: 'm7g.large-2: Offset' }).waitFor();
    expect(await selector.inputValue()).toBe(instanceIdOf(5));
    expect(complaints).toEqual([]);
  });
});

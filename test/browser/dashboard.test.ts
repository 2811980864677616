/** The dashboard in real Chromium against a live controller whose instances deliver SIMULATED clocks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instanceIdOf, RUN_ID } from '../integration/ingest-support.ts';
import { CHROMIUM, ChromiumPage, NEEDS_CHROMIUM } from './chromium-page.ts';
import { MADE_FLEET, MADE_VERDICT } from './made-fleet.ts';
import { TOKEN, WebSite } from './web-site.ts';

const RUN = `/runs/${RUN_ID}`;

describe.skipIf(CHROMIUM === null)(`the dashboard${NEEDS_CHROMIUM}`, () => {
  let site: WebSite;

  beforeAll(async () => {
    site = new WebSite({ instances: MADE_FLEET, historyS: 1200, verdict: MADE_VERDICT });
    await site.start();
  });

  afterAll(() => site.close());

  /** Whatever the browser complains about fails the test. */
  async function inBrowser(body: (chromium: ChromiumPage) => Promise<void>): Promise<void> {
    const chromium = await ChromiumPage.open(site.url);
    try {
      await body(chromium);
      expect(chromium.complaints).toEqual([]);
    } finally {
      await chromium.close();
    }
  }

  it('asks for the token once, says what is wrong with another one, and keeps none of it where scripts can read', async () => {
    await inBrowser(async ({ page, complaints }) => {
      await page.goto('/');
      await page.getByLabel("Operators' token").fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').getByText('not the token of this controller').waitFor();
      await page.getByLabel("Operators' token").fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'Runs' }).waitFor();
      const kept = await page.evaluate<string>(
        'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])',
      );
      expect(kept).not.toContain(TOKEN);
      expect(kept).not.toMatch(/[0-9a-f]{32}/);
      await page.reload();
      await page.getByRole('heading', { name: 'Runs' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel("Operators' token").waitFor();
      expect(complaints).toEqual([]);
    });
  });

  it('lists the runs with their state, and says SIMULATED where the PHC is', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN);
      const row = page.getByRole('row').filter({ hasText: RUN_ID });
      await row.getByText('SIMULATED').waitFor();
      await row.getByText('soaking').waitFor();
      await row.getByText('5 of 6 connected').waitFor();
      await row.getByText('1 failed').waitFor();
      await chromium.screenshot('runs');
    });
  });

  it('shows the fleet sorted by worst, live, and keeps filter and order in the address', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, RUN);
      const rows = page.locator('.fleet tbody tr');
      await rows.first().getByText('capacity').waitFor();
      await page
        .getByText(/[+-]\d+ ns/)
        .first()
        .waitFor();
      await page.getByLabel('Instance type').selectOption('c7i.large');
      await page.getByText('3 of 6 instances').waitFor();
      await page.getByRole('button', { name: 'Instance', exact: true }).click();
      expect(new URL(page.url()).search).toBe('?type=c7i.large&sort=instance');
      await page.reload();
      await page.getByText('3 of 6 instances').waitFor();
      expect(await rows.first().textContent()).toContain('c7i.large-3');
      await chromium.screenshot('overview');
    });
  });

  it('shows the error bound over time too, keeps that in the address, and reads the strip by keys', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, RUN);
      await page.getByLabel('What the strip shows').selectOption('Widest error bound');
      expect(new URL(page.url()).search).toBe('?heat=bound');
      await page.reload();
      const strip = page.getByRole('group', { name: /^Widest error bound of 5 instances/ });
      await strip.focus();
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowLeft');
      await page.getByText(/^\S+-\d at 2026-11-18 11:\d\d:\d\d UTC: [\d.]+ us$/).waitFor();
      await chromium.screenshot('heat-bound', { fullPage: false });
      await page.keyboard.press('Enter');
      await page.waitForURL('**/instances/i-*');
    });
  });

  it('draws an instance, zooms to single samples and back by the back button', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, `${RUN}/instances/${instanceIdOf(2)}`);
      await page.getByText(/each point .* of samples/).waitFor();
      await page
        .getByRole('group', { name: /Offset of the system clock/ })
        .locator('canvas')
        .waitFor();
      await page.getByText('Criteria (', { exact: false }).waitFor();
      await chromium.screenshot('instance');
      const chart = page.getByRole('group', { name: /Offset of the system clock/ });
      for (let step = 0; step < 6; step += 1) await chart.press('+');
      await page.getByText('each point a single sample').waitFor();
      expect(page.url()).toContain('from=');
      await chromium.screenshot('instance-zoomed');
      for (let step = 0; step < 6; step += 1) await page.goBack();
      await page.getByText(/each point .* of samples/).waitFor();
      expect(page.url()).not.toContain('from=');
    });
  });

  it('opens the report as a page with charts, and offers its other forms as files', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, RUN);
      const opened = page.waitForEvent('popup');
      await page.getByRole('link', { name: 'Report as of now' }).click();
      const report = await opened;
      const refused: string[] = [];
      report.on('console', (message) => refused.push(message.text()));
      await report.getByRole('heading', { name: /PTP report: run/ }).waitFor();
      expect(await report.locator('svg').count()).toBeGreaterThan(5);
      expect(refused).toEqual([]);
      await report.close();
      for (const [words, file] of [
        ['Markdown, to paste or to mail', `report-${RUN_ID}.md`],
        ['CSV, a line for each instance', `report-${RUN_ID}.csv`],
      ] as const) {
        await page.locator('summary', { hasText: 'Download' }).click();
        const download = page.waitForEvent('download');
        await page.getByRole('link', { name: words }).click();
        expect((await download).suggestedFilename()).toBe(file);
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: words }).waitFor({ state: 'hidden' });
      }
    });
  });

  it('says so at an address that is not there', async () => {
    await inBrowser(async ({ page, complaints }) => {
      await page.goto('/xyz');
      await page.getByLabel("Operators' token").fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('heading', { name: 'No such page' }).waitFor();
      expect(await page.title()).toBe('No such page - ptp-tester');
      await page.getByRole('link', { name: 'All runs' }).click();
      await page.getByRole('heading', { name: 'Runs' }).waitFor();
      // The status 404 is what is wanted; the browser writes it down as an error.
      complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('404')));
    });
  });

  it('asks before it stops, extends or terminates, and shows what the controller says', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, RUN);
      await page.getByRole('button', { name: 'Stop ...' }).click();
      await page.getByRole('dialog').getByText('all 6 instances are terminated').waitFor();
      await chromium.screenshot('stop', { fullPage: false });
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(site.asked).toEqual([]);
      await page.getByRole('button', { name: 'Stop ...' }).click();
      await page.getByLabel('Reason').fill('enough seen');
      await page.getByRole('button', { name: 'Stop the run' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Extend ...' }).click();
      await page.getByLabel('How much longer').fill('2d');
      await page.getByRole('button', { name: 'Extend the run' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.goto(`${RUN}/instances/${instanceIdOf(1)}`);
      await page.getByRole('button', { name: 'Terminate ...' }).click();
      await page.getByRole('button', { name: 'Terminate the instance' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      expect(site.asked).toEqual([
        { what: 'stop', detail: `${RUN_ID} enough seen` },
        { what: 'extend', detail: `${RUN_ID} 172800` },
        { what: 'terminate', detail: `${RUN_ID} ${instanceIdOf(1)}` },
      ]);
    });
  });

  it('starts a run from a configuration, and goes to it', async () => {
    await inBrowser(async (chromium) => {
      const { page, complaints } = chromium;
      await chromium.signIn(TOKEN);
      await page.getByRole('button', { name: 'Start a run ...' }).click();
      await chromium.screenshot('start', { fullPage: false });
      const dialog = page.getByRole('dialog');
      const text = dialog.getByRole('textbox');
      const good = await text.inputValue();
      await text.fill(good.replace('1h', 'never'));
      await dialog.getByRole('button', { name: 'Check' }).click();
      await dialog.getByRole('alert').getByRole('listitem').nth(1).waitFor();
      await text.fill(good);
      await dialog.getByRole('button', { name: 'Check' }).click();
      await dialog.getByText('2 x c7i.large in us-east-1 for 1 h: 2.00 instance-hours for the soak, 3.50').waitFor();
      expect(site.asked.filter(({ what }) => what === 'start')).toEqual([]);
      await chromium.screenshot('start-checked', { fullPage: false });
      await dialog.getByRole('button', { name: 'Launch the instances' }).click();
      await page.waitForURL(`**${RUN}`);
      expect(site.asked.at(-1)?.detail).toContain('instance_types:');
      // What is refused is answered with 400, which the browser writes down as an error.
      complaints.splice(0, complaints.length, ...complaints.filter((one) => !one.includes('400')));
    });
  });

  it('goes from an instance to the comparison, and back, without showing one by the address of the other', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.signIn(TOKEN, `${RUN}/instances/${instanceIdOf(2)}`);
      await page.getByText('Criteria (', { exact: false }).waitFor();
      await page.getByRole('navigation').getByRole('link', { name: 'Compare' }).click();
      await page.getByRole('heading', { name: 'Compare' }).waitFor();
      await page.goBack();
      await page.getByText('Criteria (', { exact: false }).waitFor();
    });
  });

  it('says that its data is old when the controller is gone, and comes back by itself', async () => {
    const chromium = await ChromiumPage.open(site.url);
    try {
      const { page } = chromium;
      await chromium.signIn(TOKEN, RUN);
      await page.getByText('live', { exact: true }).waitFor();
      await site.stopOperators();
      await page.getByText('This data is old:').waitFor();
      await chromium.screenshot('old', { fullPage: false });
      await site.startOperators();
      // Sessions live in the controller's memory: after its restart the token is asked for again.
      await page.getByLabel("Operators' token").fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('live', { exact: true }).waitFor();
      await page.getByText('This data is old:').waitFor({ state: 'detached' });
    } finally {
      await chromium.close();
    }
  });

  it('can be used on a telephone and in the dark', async () => {
    await inBrowser(async (chromium) => {
      const { page } = chromium;
      await chromium.look({ theme: 'dark', width: 390, height: 844 });
      await chromium.signIn(TOKEN);
      await chromium.screenshot('runs-narrow-dark');
      await page.goto(RUN);
      await page.locator('.fleet tbody tr').first().waitFor();
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBeLessThanOrEqual(0);
      await chromium.screenshot('overview-narrow-dark');
      await page.goto(`${RUN}/instances/${instanceIdOf(2)}`);
      await page.getByText('Criteria (', { exact: false }).waitFor();
      await chromium.screenshot('instance-narrow-dark');
      await chromium.look({ width: 1440, height: 900 });
      await page.goto(`${RUN}/instances/${instanceIdOf(2)}?last=60`);
      await page.getByText('Criteria (', { exact: false }).waitFor();
      await chromium.screenshot('instance-dark');
      await page.goto(RUN);
      await page.locator('.heat-canvas').waitFor();
      await chromium.screenshot('overview-dark');
    });
  });
});

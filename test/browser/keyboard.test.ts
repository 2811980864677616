/** A whole run by keyboard alone, against a whole controller: started, looked into, one instance ended, and what stays decided. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { CHROMIUM, NEEDS_CHROMIUM } from './chromium-page.ts';
import { Keyboard } from './keyboard.ts';
import { configurationOf, openLiveController } from './live-controller.ts';

const MEASURES_MS = 90_000;

describe.skipIf(CHROMIUM === null)(`by keyboard alone${NEEDS_CHROMIUM}`, () => {
  it('a run is started, looked into, cut by an instance, and two of its three instances are kept', {
    timeout: 240_000,
  }, async () => {
    const { spine, chromium, token } = await openLiveController(onTestFinished);
    const { page } = chromium;
    const keys = new Keyboard(page);

    await page.goto('/');
    await page.getByLabel("Operators' token").waitFor();
    // The field has the focus by itself.
    await page.keyboard.insertText(token);
    await keys.press('Enter');
    await page.getByRole('heading', { name: 'No run yet' }).waitFor();

    await keys.tabTo('Start a run ...');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await keys.focused()).toMatchObject({ tag: 'textarea', isInDialog: true });
    await keys.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await keys.focused()).toMatchObject({ words: 'Start a run ...' });
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keys.write(configurationOf({ subnetId: spine.subnetId, instances: 3, duration: '50s' }));
    // Round and round: nothing outside the dialog is reached.
    for (let stop = 0; stop < 8; stop += 1) {
      await keys.press('Tab');
      const focused = await keys.focused();
      expect(focused?.isInDialog ?? true).toBe(true);
    }
    await keys.tabTo('Check');
    await keys.press('Enter');
    await page.getByText(/^3 x c7i\.large in .* for 50 s$/).waitFor();
    await keys.tabTo('Launch the instances');
    await keys.press('Enter');
    await page.waitForURL(/\/runs\/[\d-]+-\w{4}$/);
    await page.waitForFunction("document.activeElement?.id === 'content'");
    expect(await page.title()).toMatch(/^Run .* - ptp-tester$/);

    await page.locator('.fleet tbody').getByText('measuring').nth(2).waitFor({ timeout: MEASURES_MS });
    await keys.tabTo(/^c7i\.large-2$/);
    await keys.press('Enter');
    await page.waitForURL(/\/instances\/i-/);
    await page.getByText(/each point/).waitFor();
    await keys.tabTo(/^Offset of the system clock/);
    await keys.press('+', '+');
    await page.waitForURL(/from=/);
    await keys.press('Shift+ArrowRight');
    await page.locator('.chart-cursor').first().waitFor();
    await keys.press('ArrowLeft', '0');
    await page.waitForURL((url) => url.search === '');

    await keys.tabTo('Terminate ...', 'Shift+Tab');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await keys.focused()).toMatchObject({ isInDialog: true });
    await keys.tabTo('Cancel');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await keys.focused()).toMatchObject({ words: 'Terminate ...' });
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    await keys.tabTo('Terminate the instance');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keys.tabTo(/^\d{8}-\d{6}-\w{4}$/, 'Shift+Tab');
    await keys.press('Enter');
    await page.waitForURL(/\/runs\/[\d-]+-\w{4}$/);
    await page.locator('.fleet tbody').getByText('terminated').waitFor();

    await page.getByRole('button', { name: 'Keep instances ...' }).waitFor({ timeout: MEASURES_MS });
    await keys.tabTo('Keep instances ...');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await keys.focused()).toMatchObject({ tag: 'input', isInDialog: true });
    await keys.write('1,2');
    await keys.press('Enter');
    await page.getByRole('alert').getByText('instance 2 (c7i.large) is not PTP-functional').waitFor();
    await keys.tabTo(/all, none/);
    await keys.write('1,3');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { instances } = await spine.untilEnded();
    expect(instances.map(({ state }) => state)).toEqual(['kept', 'terminated', 'kept']);
    await page
      .getByText(/^(completed|quality failed)$/)
      .first()
      .waitFor();
    expect(
      await page
        .locator('.fleet tbody')
        .getByTitle(/^It stayed after the run/)
        .count(),
    ).toBe(2);

    expect([...keys.unseen]).toEqual([]);
    expect(chromium.complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });
});

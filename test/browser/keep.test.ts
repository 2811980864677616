/** The question which instances stay, asked by the page of a whole controller. */
import { describe, it } from 'vitest';
import { waitUntil } from '../spine/wait-until.ts';
import { accessibilityFaults } from './accessibility-faults.ts';
import { CHROMIUM, NEEDS_CHROMIUM } from './chromium-page.ts';
import { configurationOf, openLiveController } from './live-controller.ts';

const ASKED_MS = 90_000;

describe.skipIf(CHROMIUM === null)(`keeping${NEEDS_CHROMIUM}`, () => {
  // Side by side: both mostly wait for their run.
  it.concurrent.for([
    { selection: 'all', states: ['kept', 'kept'] },
    { selection: 'none', states: ['terminated', 'terminated'] },
  ])(
    'takes $selection, after saying what is wrong with other words',
    { timeout: 240_000 },
    async ({ selection, states }, { expect, onTestFinished }) => {
      const { spine, chromium, token } = await openLiveController(onTestFinished);
      const { page } = chromium;
      await chromium.signIn(token);
      const configuration = configurationOf({ subnetId: spine.subnetId, instances: 2, duration: '3s' });
      const started = await page.request.post('/api/v1/runs', {
        headers: { authorization: `Bearer ${token}` },
        data: { format: 'yaml', configuration },
      });
      const { run } = (await started.json()) as { run: string };
      await page.goto(`/runs/${run}`);
      await page
        .getByText(/^Decide by .* UTC which instances stay .*, otherwise none is kept\.$/)
        .waitFor({ timeout: ASKED_MS });
      await page.getByLabel('Select c7i.large-2').check();
      await page.getByRole('button', { name: 'Keep instances ...' }).click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.getByRole('textbox').inputValue()).toBe('2');
      expect(await accessibilityFaults(page)).toEqual([]);
      await dialog.getByRole('textbox').fill('c7i.large-1');
      expect(await dialog.getByRole('checkbox', { name: /c7i\.large-1/ }).isChecked()).toBe(true);
      await dialog.getByRole('checkbox', { name: /c7i\.large-1/ }).uncheck();
      await dialog.getByRole('checkbox', { name: /c7i\.large-2/ }).check();
      expect(await dialog.getByRole('textbox').inputValue()).toBe('2');
      await chromium.screenshot(`keep-${selection}`, { fullPage: false });
      for (const [words, answer] of [
        ['some', '"some" is neither a number nor a range such as 5-7'],
        ['3', 'there is no instance 3'],
        ['2-1', '"2-1" ends before it begins'],
      ] as const) {
        await dialog.getByRole('textbox').fill(words);
        await dialog.getByRole('button', { name: 'Decide' }).click();
        await dialog.getByRole('alert').getByText(answer).waitFor();
      }
      expect(spine.look()?.run.keepDecision ?? null).toBeNull();
      await dialog.getByRole('textbox').fill(selection);
      await dialog.getByRole('button', { name: 'Decide' }).click();
      await dialog.waitFor({ state: 'detached' });
      const { instances } = await spine.untilEnded();
      expect(instances.map(({ state }) => state)).toEqual(states);
      await page
        .getByText(/^(completed|quality failed)$/)
        .first()
        .waitFor();
      await waitUntil('the page offers no decision any more', async () => {
        return (await page.getByRole('button', { name: 'Keep instances ...' }).count()) === 0;
      });
      // Refused words are answered with 400, which the browser writes down as an error.
      expect(chromium.complaints.filter((text) => !text.includes('400'))).toEqual([]);
    },
  );
});

/** Tests that have a `FleetSite` of their own. They mostly wait for instances of theirs: those of one file can run side by side. */
import { test } from 'vitest';
import { FleetSite } from './fleet-site.ts';

/** `it` with a site that closes with the test. */
export const fleetIt = test.extend<{ readonly site: FleetSite }>({
  site: async ({ onTestFinished }, use) => {
    const site = await FleetSite.open();
    onTestFinished(() => site.close());
    await use(site);
  },
});

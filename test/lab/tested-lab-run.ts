/** Lab runs that end with the test, or with the file, that started them. */
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import { healGuest } from './heal-guest.ts';
import { type LabRun, type LabRunOptions, openLabRun } from './lab-run.ts';

const LOCKED_MS = 900_000;
const HEALED_MS = 900_000;

/** Ends with the test. */
export async function startLabRun(options: LabRunOptions): Promise<LabRun> {
  const run = await openLabRun(options);
  onTestFinished(() => run.close());
  return run;
}

/**
 * One run for all tests of the file, in which they come one after the other: started and locked before the first of them. Before a test's
 * second try the guest is healed of the first.
 */
export function sharedLabRun(options: LabRunOptions): () => LabRun {
  let run: LabRun | null = null;
  beforeAll(async () => {
    run = await openLabRun(options);
    await run.untilLocked();
  }, LOCKED_MS);
  beforeEach(async ({ task }) => {
    if (run !== null && (task.result?.retryCount ?? 0) > 0) await healGuest(await run.guest());
  }, HEALED_MS);
  afterAll(async () => {
    await run?.close();
  });
  return () => {
    if (run === null) throw new Error('the run has not started');
    return run;
  };
}

/** Lab runs that end with the test, or with the file, that started them. */
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished } from 'vitest';
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
 * One run for all tests of the file, in which they come one after the other: started and locked before the first of them. After a test
 * that failed the guest is healed, for its second try as for the next test.
 */
export function sharedLabRun(options: LabRunOptions): () => LabRun {
  let run: LabRun | null = null;
  beforeAll(async () => {
    run = await openLabRun(options);
    await run.untilLocked();
  }, LOCKED_MS);
  let hasFailed = false;
  beforeEach(async () => {
    if (run !== null && hasFailed) await healGuest(await run.guest());
    hasFailed = false;
  }, HEALED_MS);
  afterEach(({ task }) => {
    hasFailed = task.result?.state === 'fail';
  });
  afterAll(async () => {
    await run?.close();
  });
  return () => {
    if (run === null) throw new Error('the run has not started');
    return run;
  };
}

/** Lab runs that end with the test, or with the file, that started them. */
import { afterAll, afterEach, beforeAll, beforeEach, onTestFinished, type RunnerTestCase as Test } from 'vitest';
import { healGuest } from './heal-guest.ts';
import { type LabRun, type LabRunOptions, openLabRun } from './lab-run.ts';
import { tell } from './observed.ts';

type Preparation = (run: LabRun) => Promise<unknown>;

/** Of a `beforeAll`: two guests one after the other. */
export const READY_MS = 1_500_000;
const HEALED_MS = 900_000;

/** Ends with the test. */
export async function startLabRun(options: LabRunOptions): Promise<LabRun> {
  const run = await openLabRun(options);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') tellFailure(task, run);
    await run.close();
  });
  return run;
}

/**
 * One run for all tests of the file, in which they come one after the other: started and locked before the first of them. After a test
 * that failed the guest is healed, for its second try as for the next test.
 */
export function sharedLabRun(options: LabRunOptions): () => LabRun {
  let run: LabRun | null = null;
  beforeAll(async () => {
    run = await openReadyRun(options, (opened) => opened.untilLocked());
  }, READY_MS);
  let hasFailed = false;
  beforeEach(async () => {
    if (run !== null && hasFailed) await healGuest(await run.guest());
    hasFailed = false;
  }, HEALED_MS);
  afterEach(({ task }) => {
    hasFailed = task.result?.state === 'fail';
    if (hasFailed && run !== null) tellFailure(task, run);
  });
  afterAll(async () => {
    await run?.close();
  });
  return () => {
    if (run === null) throw new Error('the run has not started');
    return run;
  };
}

/** At once: what vitest says of it comes when all is over, and the second try changes what can be seen. */
function tellFailure({ name, result }: Test, run: LabRun): void {
  tell(`FAILED: ${name}\n${result?.errors?.map(({ message }) => message).join('\n')}\n${run.describe()}`);
}

/**
 * A run that is ready, for a file's `beforeAll`, which has no second try of vitest's: unattended (vitest.config.ts) another guest is
 * built where the first one did not get there.
 */
export async function openReadyRun(options: LabRunOptions, becomeReady: Preparation): Promise<LabRun> {
  try {
    return await openOnce(options, becomeReady);
  } catch (error) {
    if (process.env['CI'] === undefined) throw error;
    tell(`SECOND TRY, with another guest, as the first did not become ready: ${String(error)}`);
    return await openOnce(options, becomeReady);
  }
}

async function openOnce(options: LabRunOptions, becomeReady: Preparation): Promise<LabRun> {
  const run = await openLabRun(options);
  try {
    await becomeReady(run);
    return run;
  } catch (error) {
    await run.close();
    throw error;
  }
}

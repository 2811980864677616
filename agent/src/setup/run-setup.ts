/** Goes through the steps of the setup, keeps their evidence, and puts chrony back when it does not end with the PHC in use. */
import { CHRONY_STEPS, rollBackChrony } from './chrony-steps.ts';
import { DEVICE_STEPS } from './device-steps.ts';
import type { SetupResult, SetupVerdict, StepResult } from './setup-result.ts';
import type { SetupContext, SetupStep, StepEnd } from './setup-step.ts';

const MAX_DETAIL = 4000;
const MAX_REASON = 1000;

const LOCKED: SetupVerdict = { value: 'locked', reason: 'chronyd was configured and follows the PHC.' };
const NOT_WANTED: SetupVerdict = {
  value: 'not_attempted',
  reason: 'The plan does not ask for chrony to be configured.',
};

/** Never rejects for what the machine does; the result says it. */
export async function runSetup(context: SetupContext, bootId: string): Promise<SetupResult> {
  const steps: StepResult[] = [];
  const table = context.plan.configure_chrony ? [...DEVICE_STEPS, ...CHRONY_STEPS] : DEVICE_STEPS;
  let setup: SetupVerdict = context.plan.configure_chrony ? LOCKED : NOT_WANTED;
  let noPhc: string | undefined;
  for (const step of table) {
    const { result, end } = await runStep(step, context);
    steps.push(result);
    noPhc ??= end.deviceHasNoPhc;
    if (end.stop !== undefined) setup = end.stop;
    else if (end.outcome === 'failed') setup = await endFailed(step, end, context);
    if (end.stop !== undefined || end.outcome === 'failed') break;
  }
  return {
    version: 1,
    boot_id: bootId,
    steps,
    setup: { ...setup, reason: setup.reason.slice(0, MAX_REASON) },
    ...(noPhc === undefined ? {} : { device_has_no_phc: noPhc.slice(0, MAX_DETAIL) }),
  };
}

async function runStep(step: SetupStep, context: SetupContext): Promise<{ result: StepResult; end: StepEnd }> {
  const startedAt = context.host.monotonicMs();
  const end = await step.run(context).catch((error: unknown): StepEnd => {
    // A read-only or full disk, a folder that is a file: what stands in the way is the result.
    return { outcome: 'failed', detail: error instanceof Error ? error.message : String(error) };
  });
  const tookMs = Math.round(context.host.monotonicMs() - startedAt);
  const { outcome, detail } = end;
  return { result: { name: step.name, outcome, detail: detail.slice(0, MAX_DETAIL), took_ms: tookMs }, end };
}

async function endFailed(step: SetupStep, end: StepEnd, context: SetupContext): Promise<SetupVerdict> {
  const why = `${step.name}: ${end.detail.split('\n', 1)[0]}`;
  if (!step.touchesChrony) return { value: 'failed', reason: why };
  const problem = await rollBackChrony(context).catch((error: unknown) => String(error));
  if (problem === null) {
    return { value: 'rolled_back', reason: `${why}. The previous configuration is back and chronyd is synchronised.` };
  }
  return { value: 'failed', reason: `${why}. Putting the previous configuration back: ${problem}.` };
}

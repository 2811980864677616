/** Pauses a run while AWS refuses the credentials: nothing is concluded from that, and nothing is given up. */
import type { RunId } from '../../runs/run.ts';
import type { RunRepository } from '../../runs/run-repository.ts';
import { adviceFor } from '../decide/explain-failure.ts';
import { type FailedCall, FleetError } from '../fleet-error.ts';

interface PauseDependencies {
  readonly repository: Pick<RunRepository, 'run' | 'updateRun' | 'addEvent'>;
  now(): number;
}

/** The failed call behind an error; anything else is thrown on. */
export function callOf(error: unknown): { readonly call: FailedCall; readonly message: string } {
  if (error instanceof FleetError && error.call !== null) return { call: error.call, message: error.message };
  throw error;
}

/** Whether the call failed for the credentials; the run is paused then. */
export function pauseIfCredentials(
  run: RunId,
  failed: { readonly call: FailedCall; readonly message: string },
  { repository, now }: PauseDependencies,
): boolean {
  if (failed.call.kind !== 'credentials') return false;
  const current = repository.run(run);
  if (current === null || current.state === 'ended' || current.pause != null) return true;
  const pause = { since: now(), reason: failed.message, remedy: adviceFor(failed.call) };
  repository.updateRun(run, { pause });
  const detail = { reason: pause.reason, remedy: pause.remedy };
  repository.addEvent({ run, instanceId: null, event: 'run_paused', at: now(), detail });
  return true;
}

/** AWS answers again. Returns whether the run was paused. */
export function resumeRun(run: RunId, { repository, now }: PauseDependencies): boolean {
  const pause = repository.run(run)?.pause ?? null;
  if (pause === null) return false;
  repository.updateRun(run, { pause: null });
  const detail = { paused_s: Math.round((now() - pause.since) / 1000) };
  repository.addEvent({ run, instanceId: null, event: 'run_resumed', at: now(), detail });
  return true;
}

/** The verdict of an instance whose agent never spoke (pure): not tested, and why. Never "unsupported". */
import type { Verdict } from '@ptp-tester/measurement';
import type { InstanceFailure } from '../../runs/run.ts';

/** Null as failure: the run ended before the agent could speak. */
export function verdictWithoutAgent(failure: InstanceFailure | null): Verdict {
  const why = failure === null ? 'the run ended before its agent spoke' : `${failure.kind}: ${failure.message}`;
  return {
    capability: { value: 'not_tested', reason: why },
    setup: { value: 'not_attempted', reason: why },
    quality: { value: 'not_enough_data', reason: why },
  };
}

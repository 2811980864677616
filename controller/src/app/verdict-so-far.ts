/** The newest interim judgement as the API says it (pure). */

import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { VerdictSoFar } from '../api/schemas.ts';
import type { FailedCriterion } from '../notify/situation.ts';
import type { Judgement } from './interim-judge.ts';

const MOST_NAMED = 10;

/** Null: not judged yet. */
export function verdictSoFar(judgement: Judgement | null): VerdictSoFar | null {
  if (judgement === null) return null;
  const { quality, counts, failed, judgedAt, passRestsOn, leftToReport } = judgement;
  return {
    quality,
    pass: counts.qualityPass,
    fail: counts.qualityFail,
    not_enough_data: counts.qualityNotEnoughData,
    failing: mostFailing(failed),
    pass_rests_on: passRestsOn,
    interim: true,
    left_to_report: [...leftToReport],
    judged_at: formatInstant(instantFromMs(judgedAt)),
  };
}

/** Criteria that fail, those of most instances first; the first ten. */
export function mostFailing(failed: readonly Pick<FailedCriterion, 'instanceId' | 'name'>[]): VerdictSoFar['failing'] {
  const byCriterion = Map.groupBy(failed, ({ name }) => name);
  const failing = [...byCriterion].map(([criterion, those]) => ({
    criterion,
    instances: new Set(those.map(({ instanceId }) => instanceId)).size,
  }));
  return failing.sort((a, b) => b.instances - a.instances).slice(0, MOST_NAMED);
}

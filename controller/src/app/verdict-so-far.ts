/** The newest interim judgement as the API says it (pure). */

import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { VerdictSoFar } from '../api/schemas.ts';
import type { Judgement } from './interim-judge.ts';

const MOST_NAMED = 10;

/** Null: not judged yet. */
export function verdictSoFar(judgement: Judgement | null): VerdictSoFar | null {
  if (judgement === null) return null;
  const { quality, counts, failed, judgedAt } = judgement;
  const byCriterion = Map.groupBy(failed, ({ name }) => name);
  const failing = [...byCriterion].map(([criterion, those]) => ({
    criterion,
    instances: new Set(those.map(({ instanceId }) => instanceId)).size,
  }));
  return {
    quality,
    pass: counts.qualityPass,
    fail: counts.qualityFail,
    not_enough_data: counts.qualityNotEnoughData,
    failing: failing.sort((a, b) => b.instances - a.instances).slice(0, MOST_NAMED),
    judged_at: formatInstant(instantFromMs(judgedAt)),
  };
}

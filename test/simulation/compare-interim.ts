/** Holds the interim judgement of a stored instance against the analysis of all its samples. */
import { expect } from 'vitest';
import type { InstanceAnalysis } from '../../controller/src/analysis/analyse-instance.ts';
import { PERCENTILE_ERROR } from '../../controller/src/analysis/interim/column-tally.ts';
import type { SavedInstance } from '../../controller/src/analysis/interim/follow-instance.ts';
import { type InterimInput, type InterimJudgement, judgeRun } from '../../controller/src/analysis/interim/judge-run.ts';
import type { JudgedCriterion } from '../../controller/src/analysis/quality.ts';
import { openRecordFollower } from '../../controller/src/store/follow-records.ts';

/** What is kept between judgements, as the program keeps it. */
export class KeptInstances {
  readonly #kept = new Map<string, SavedInstance>();

  load(instanceId: string): SavedInstance | null {
    return structuredClone(this.#kept.get(instanceId)) ?? null;
  }

  keep(instanceId: string, saved: SavedInstance): void {
    this.#kept.set(instanceId, structuredClone(saved));
  }
}

export function judgeSoFar(path: string, input: InterimInput, saved = new KeptInstances()): InterimJudgement {
  const reader = openRecordFollower(path);
  try {
    return judgeRun(input, { reader, saved });
  } finally {
    reader.close();
  }
}

/** Same verdict, same answer to each criterion, and values within what is stated. */
export function compareInterim(path: string, input: InterimInput, whole: InstanceAnalysis): void {
  compareJudgement(judgeSoFar(path, input), whole);
}

export function compareJudgement({ instances, leftToReport }: InterimJudgement, whole: InstanceAnalysis): void {
  const [interim] = instances;
  for (const [place, exact] of whole.quality.criteria.entries()) {
    if (leftToReport.includes(exact.name)) continue;
    expect(comparable(interim?.quality.criteria[place]), exact.name).toEqual(comparable(exact));
    const value = interim?.quality.criteria[place]?.value ?? null;
    if (exact.value === null || value === null) expect(value).toBe(exact.value);
    else expect(Math.abs(value - exact.value)).toBeLessThanOrEqual(Math.abs(exact.value) * PERCENTILE_ERROR + 1);
  }
  if (leftToReport.length === 0) expect(interim?.quality.value).toBe(whole.quality.value);
}

/** What has to be the same to the last digit. */
function comparable(criterion: JudgedCriterion | undefined) {
  if (criterion === undefined) return null;
  const { name, status, limit, samples, unit, key, place, consequence } = criterion;
  return { name, status, limit, samples, unit, key, place, consequence };
}

/** The verdicts of runs that have ended, from their final reports: each file is read once. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DecidedCriteria, decidedCriteria, leastDecided } from '../analysis/verdict.ts';
import type { VerdictSoFar } from '../api/schemas.ts';
import type { InstanceReport, Report } from '../report/report-schema.ts';
import type { RunId } from '../runs/run.ts';
import { mostFailing } from './verdict-so-far.ts';

export interface FinalVerdictsDependencies {
  runDirectory(run: RunId): string;
  /** A report that cannot be read: told once. */
  readonly onFailure: (run: RunId, error: unknown) => void;
}

export class FinalVerdicts {
  readonly #deps: FinalVerdictsDependencies;
  readonly #known = new Map<RunId, VerdictSoFar | null>();

  constructor(dependencies: FinalVerdictsDependencies) {
    this.#deps = dependencies;
  }

  /** Null: there is no final report, or it cannot be read. The file is there whole or not at all, and never changes. */
  of(run: RunId): VerdictSoFar | null {
    const known = this.#known.get(run);
    if (known !== undefined) return known;
    const path = join(this.#deps.runDirectory(run), 'report.json');
    if (!existsSync(path)) return null;
    const verdict = this.#read(run, path);
    this.#known.set(run, verdict);
    return verdict;
  }

  #read(run: RunId, path: string): VerdictSoFar | null {
    try {
      return finalVerdict(JSON.parse(readFileSync(path, 'utf8')) as Report);
    } catch (error) {
      this.#deps.onFailure(run, error);
      return null;
    }
  }
}

/** What the final report says, in the words of the API. */
export function finalVerdict({ verdict, results, generated_at }: Pick<Report, 'verdict' | 'results' | 'generated_at'>) {
  const failed = results.flatMap(({ instance_id: instanceId, quality_criteria: criteria }) =>
    criteria
      .filter(({ status, consequence }) => status === 'fail' && consequence === 'fail')
      .map(({ name }) => ({ instanceId: instanceId ?? '', name })),
  );
  return {
    quality: verdict.quality.value,
    ...verdict.quality_counts,
    failing: mostFailing(failed),
    pass_rests_on: leastDecided(results.filter(hasPassed).map(decidedOf)),
    interim: false,
    left_to_report: [],
    judged_at: generated_at,
  } satisfies VerdictSoFar;
}

function hasPassed({ verdict }: InstanceReport): boolean {
  return verdict.quality.value === 'pass';
}

/** Counted here: reports of older versions do not say it. */
function decidedOf({ quality_criteria: criteria }: InstanceReport): DecidedCriteria {
  return decidedCriteria(criteria);
}

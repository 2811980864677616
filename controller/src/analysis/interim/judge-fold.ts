/** An instance's quality so far from what was followed of it: the criteria of the report, but those that need all samples in order. */
import type { StreamName } from '@ptp-tester/measurement';
import type { SourcesPlan } from '@ptp-tester/wire';
import type { Measure } from '../../config/criteria.ts';
import type { ResolvedCriteria, ResolvedCriterion } from '../../config/resolve-criteria.ts';
import {
  type Found,
  type JudgedBooks,
  notApplicable,
  notEnough,
  streamProblem,
  transientProblem,
} from '../judged-data.ts';
import {
  type ColumnMeasure,
  codeOf,
  foundAbsPercentile,
  foundCodeShare,
  foundMaxAbs,
  tooFewFor,
} from '../measure-column.ts';
import { foundWitness } from '../measure-events.ts';
import { judgeFindings, measureBooks, type QualityJudgement } from '../quality.ts';
import type { ColumnTally } from './column-tally.ts';
import type { InstanceFold } from './instance-fold.ts';
import type { SeriesFold } from './series-fold.ts';

export interface FoldJudgementInput {
  readonly criteria: ResolvedCriteria;
  readonly sources: SourcesPlan;
  readonly simulated: boolean;
  readonly plannedSoakNs: number;
}

/** Says of an essential criterion that it is open, not that it holds. */
const LEFT = 'decided in the final report only: it needs all samples in order';

/** What is said before each reason. */
const INTERIM = 'interim';

/** Nothing was ever stored of the instance when the fold is empty. */
export function judgeFold(fold: InstanceFold, input: FoldJudgementInput): QualityJudgement {
  const { criteria, sources, simulated, plannedSoakNs } = input;
  const end = fold.end();
  const { events, unlisted } = fold.steps.steps();
  const books: JudgedBooks = {
    criteria,
    planned: new Set(Object.keys(sources) as StreamName[]),
    plannedSoakNs,
    simulated,
    series: fold.series.map((series) => series.judged(end)),
    transient: fold.start.transient(),
    clockEvents: events,
  };
  const judged = judgeFindings(books, (criterion) => findings(criterion, { fold, books, unlisted }));
  const said = judged.criteria.map((criterion) => ({ ...criterion, reason: `${INTERIM}: ${criterion.reason}` }));
  return { ...judged, reason: `${INTERIM}: ${judged.reason}`, criteria: said };
}

interface Known {
  readonly fold: InstanceFold;
  readonly books: JudgedBooks;
  /** Steps beyond those in the books. */
  readonly unlisted: number;
}

function findings({ measure, limit }: ResolvedCriterion, known: Known): Found[] {
  switch (measure.kind) {
    case 'max_abs':
      return perTally(measure, known, (series, tally) => foundMaxAbs(measure, series.id, tally.largest()));
    case 'abs_percentile':
      return perTally(measure, known, ({ id }, tally) => {
        const found = tally.percentile(measure.p, limit);
        return found === null
          ? tooFewFor(measure.p, id, tally.finite)
          : foundAbsPercentile({ ...measure, limit }, id, found);
      });
    case 'code_share':
      return perTally(measure, known, ({ id }, tally) => foundCodeShare(measure, id, tally.codeShare(codeOf(measure))));
    case 'witness_outside_share':
      return witnesses(known);
    case 'steps':
      return measureBooks(measure, limit, known.books).map((found) => withUnlisted(found, known.unlisted));
    case 'missing_share':
    case 'unaccounted_ticks':
    case 'soak_share':
    case 'read_error_share':
    case 'time_to_lock':
      return measureBooks(measure, limit, known.books);
    default:
      return leftOpen(measure, known.books);
  }
}

function perTally(
  wanted: ColumnMeasure,
  { fold, books }: Known,
  find: (series: SeriesFold, tally: ColumnTally) => Found,
): Found[] {
  const { stream, key, column } = wanted;
  const problem = streamProblem(books, stream);
  if (problem !== null) return [problem];
  return fold.series
    .filter(({ id, last }) => id.stream === stream && (key === undefined || id.key === key) && last !== null)
    .flatMap((series) => {
      const found = series.tallies.find(({ plan }) => plan.column === column);
      return found === undefined ? [] : [transientProblem(books) ?? find(series, found.tally)];
    });
}

function witnesses({ fold, books }: Known): Found[] {
  const problem = streamProblem(books, 'chrony_source') ?? streamProblem(books, 'chrony');
  if (problem !== null) return [problem];
  const found = fold.witnesses.found();
  if (found === null || found.size === 0) return [notEnough('chrony_source: no NTP source answered')];
  return [...found].map(
    ([key, tally]) => transientProblem(books) ?? foundWitness({ stream: 'chrony_source', key }, tally),
  );
}

function withUnlisted(found: Found, unlisted: number): Found {
  return 'value' in found ? { ...found, value: found.value + unlisted } : found;
}

function leftOpen(measure: Measure, { planned }: JudgedBooks): Found[] {
  const stream = 'stream' in measure ? measure.stream : 'phc';
  return [planned.has(stream) ? notEnough(LEFT) : notApplicable(`the plan does not measure ${stream}`)];
}

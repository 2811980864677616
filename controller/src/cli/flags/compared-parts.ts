/** What `compare` is asked to set side by side: two runs, or parts of one (pure). */
import type { RunId } from '../../runs/run.ts';
import { UsageError } from '../cli-error.ts';
import type { CompareFlags } from '../command-line.ts';
import { type NamedPeriod, parsePeriods } from './named-periods.ts';

export type ComparedParts =
  | { readonly runs: readonly [RunId, RunId] }
  /** Null: its weeks. */
  | { readonly run: RunId; readonly periods: readonly NamedPeriod[] | null };

const PARTS_OF_ONE = '--weeks, or two --period FROM..TO of this run';

/** Throws UsageError. */
export function comparedParts(ids: readonly RunId[], flags: Pick<CompareFlags, 'weeks' | 'period'>): ComparedParts {
  const periods = parsePeriods(flags.period ?? []);
  const [first, second, third] = ids;
  if (first === undefined) throw new UsageError('Which run? ptp-tester status lists them.');
  if (third !== undefined) throw new UsageError(`Two runs are compared at a time: ${third} is one too many.`);
  if (flags.weeks === true || periods.length > 0) {
    if (second !== undefined)
      throw new UsageError('--weeks and --period compare parts of one run: give one run, or two runs without them.');
    return { run: first, periods: flags.weeks === true ? null : several(periods) };
  }
  if (second === undefined) throw new UsageError(`Give a second run, or ${PARTS_OF_ONE}.`);
  if (second === first) throw new UsageError(`Both are the run ${first}: give another one, or ${PARTS_OF_ONE}.`);
  return { runs: [first, second] };
}

function several(periods: readonly NamedPeriod[]): readonly NamedPeriod[] {
  if (periods.length > 1) return periods;
  throw new UsageError('One --period has nothing to be compared with: give two or more.');
}

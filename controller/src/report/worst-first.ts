/** Which instance is the worst: what failed before what is undecided, then the larger p99 of |offset| where all have one, then its maximum. */
import type { DistributionFigures } from './figures-schema.ts';
import type { InstanceReport } from './report-schema.ts';

const QUALITY_ORDER = ['fail', 'not_enough_data', 'pass'] as const;
const OUTCOME_ORDER = ['setup_failed', 'supported', 'unsupported', 'not_tested'] as const;

export function worstFirst(results: readonly InstanceReport[]): InstanceReport[] {
  const measured = results.flatMap((result) => offsetFigures(result) ?? []);
  const p99 = measured.every(({ abs_quantiles }) => (abs_quantiles?.p99 ?? null) !== null) ? worstP99 : () => 0;
  return results.toSorted((a, b) => rank(a) - rank(b) || p99(b) - p99(a) || worstOffset(b) - worstOffset(a));
}

/** Instances that measured come first; what was never tested is not "worst", it is unknown. */
function rank({ verdict, outcome, streams }: InstanceReport): number {
  const measured = streams.length > 0 ? 0 : 100;
  return measured + QUALITY_ORDER.indexOf(verdict.quality.value) * 10 + OUTCOME_ORDER.indexOf(outcome);
}

function worstP99(result: InstanceReport): number {
  return offsetFigures(result)?.abs_quantiles?.p99 ?? -1;
}

function worstOffset(result: InstanceReport): number {
  return offsetFigures(result)?.summary?.max_abs ?? -1;
}

/** The figures of system - PHC, or null where the PHC was not measured. */
export function offsetFigures({ streams }: InstanceReport): DistributionFigures | null {
  const figures = streams.find(({ stream }) => stream === 'phc')?.figures.find(({ column }) => column === 'offset_ns');
  return figures?.kind === 'distribution' ? figures : null;
}

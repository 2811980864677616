/** The words of verdicts and of the place of a run, for people; the documents have the values (pure). */
import { decidedText } from '../analysis/verdict.ts';
import type { InstanceReport, Report } from './report-schema.ts';

/** `pass (10 of 19 criteria decided)`, `not enough data`. */
export function qualityWord(result: InstanceReport): string {
  const { value } = result.verdict.quality;
  return `${value.replaceAll('_', ' ')}${value === 'pass' ? decidedPart(result) : ''}`;
}

/** ` (10 of 19 criteria decided)`; empty when all were. */
export function decidedPart(result: InstanceReport): string {
  return decidedText([decidedOf(result)]);
}

/** The same for all instances that passed. */
export function decidedOfPassed(results: readonly InstanceReport[]): string {
  return decidedText(results.filter(({ verdict }) => verdict.quality.value === 'pass').map(decidedOf));
}

function decidedOf({ criteria_decided, quality_criteria }: InstanceReport) {
  return { decided: criteria_decided, total: quality_criteria.length };
}

/** `placement group a`, `placement group a (c7i.large), none (m7i.large)`, `no placement group`. */
export function placementText({ results, test_summary }: Pick<Report, 'results' | 'test_summary'>): string {
  const used = Map.groupBy(results, ({ placement_group }) => placement_group);
  const [only] = [...used.keys()];
  if (used.size <= 1) {
    const group = only ?? test_summary.placement_group;
    return group === null ? 'no placement group' : `placement group ${group}`;
  }
  const parts = [...used].map(([group, of]) => `${group ?? 'none'} (${whose(of, results)})`);
  return `placement group ${parts.join(', ')}`;
}

/** Types whose instances are all of them, else instances. */
function whose(some: readonly InstanceReport[], all: readonly InstanceReport[]): string {
  const byType = Map.groupBy(some, ({ instance_type }) => instance_type);
  const isWhole = ([type, of]: readonly [string, readonly InstanceReport[]]) =>
    of.length === all.filter(({ instance_type }) => instance_type === type).length;
  return [...byType].flatMap((one) => (isWhole(one) ? one[0] : one[1].map(({ name }) => name))).join(', ');
}

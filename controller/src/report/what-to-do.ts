/** What the operator of a run should do next, from its report; the gravest first (pure). */
import { formatDuration } from './format-quantity.ts';
import { shortAt } from './html-text.ts';
import { nameOf } from './render-instance.ts';
import type { InstanceReport, Report } from './report-schema.ts';
import { worstFirst } from './worst-first.ts';

/** Never empty. Plain text. */
export function whatToDo(report: Report): string[] {
  const { results, verdict } = report;
  const worst = worstFirst(results);
  const advice = [
    ...leftBehindAdvice(report),
    ...keptAdvice(results),
    ...worst.filter(({ verdict: { quality } }) => quality.value === 'fail').map(failedAdvice),
    ...failureAdvice(results),
    ...shortAdvice(report),
  ];
  if (report.simulated)
    advice.push('Repeat the run on EC2 (ptp-tester run): a simulated PHC says nothing about hardware.');
  if (advice.length > 0) return advice;
  if (verdict.quality.value === 'pass')
    return [
      'Nothing: every criterion that could be decided holds. Keep the criteria and repeat after a change of driver, kernel or chrony.',
    ];
  return ['Look at the instances below: none of them decides the run.'];
}

/** Also after the run: the outcome changes once it has been cleaned up. */
function leftBehindAdvice({ run, events }: Report): string[] {
  if (run.outcome !== 'left_behind') return [];
  const leftovers = events.items.findLast(({ event }) => event === 'left_behind')?.detail['leftovers'];
  const names = (Array.isArray(leftovers) ? leftovers : []).flatMap((one) =>
    typeof one === 'object' && one !== null && 'id' in one ? [String(one['id'])] : [],
  );
  const what = names.length === 0 ? 'what is left' : names.join(', ');
  return [
    `Remove ${what}: it may cost money. ptp-tester cleanup ${run.id} tries all of it again; the commands stand below.`,
  ];
}

function keptAdvice(results: readonly InstanceReport[]): string[] {
  const kept = results.filter(({ kept_running }) => kept_running);
  if (kept.length === 0) return [];
  return [`Terminate what is no longer needed: ${kept.map(nameOf).join(', ')} still runs and costs money.`];
}

/** The events of a failed instance say where to look; the gravest and most frequent kind speaks. */
function failedAdvice(result: InstanceReport): string {
  const reasons = result.quality_criteria.filter(
    ({ status, consequence }) => status === 'fail' && consequence === 'fail',
  );
  const first = reasons[0];
  const errors = result.events.items.filter(({ severity }) => severity === 'error');
  const said = errors[0] ?? result.events.items.find(({ severity }) => severity === 'warning');
  const where = first?.place == null ? '' : ` at ${shortAt(first.place.from_at)} UTC`;
  const look =
    first?.place == null ? 'Look at its charts and at the chrony log.' : 'Look at its charts around that time.';
  const hint = said === undefined ? look : `${said.explanation}`;
  return `${nameOf(result)} failed${where}: ${first?.reason ?? result.verdict.quality.reason}. ${hint}`;
}

function failureAdvice(results: readonly InstanceReport[]): string[] {
  const byKind = new Map<string, InstanceReport[]>();
  for (const result of results) {
    if (result.failure !== null) byKind.set(result.failure.kind, [...(byKind.get(result.failure.kind) ?? []), result]);
  }
  return [...byKind].map(([kind, failed]) => {
    const message = failed[0]?.failure?.message ?? '';
    return `${failed.map(nameOf).join(', ')}: not tested (${kind.replaceAll('_', ' ')}): ${message}`;
  });
}

function shortAdvice({ results, run }: Report): string[] {
  const open = results.filter(
    ({ verdict: { quality }, streams }) => quality.value === 'not_enough_data' && streams.length > 0,
  );
  const undecided = [
    ...new Set(
      results.flatMap(({ quality_criteria }) =>
        quality_criteria.filter(({ status }) => status === 'not_enough_data').map(({ name }) => name),
      ),
    ),
  ];
  if (open.length === 0 && undecided.length === 0) return [];
  const soak = formatDuration(run.planned_soak_seconds + run.extended_by_seconds);
  return [`Soak longer than ${soak}: there is not enough data yet for ${undecided.join(', ') || 'a verdict'}.`];
}

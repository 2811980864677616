/** What the operator of a run should do next, from its report; the gravest first (pure). */
import { formatDuration, formatQuantity } from './format-quantity.ts';
import { shortAt } from './html-text.ts';
import { nameOf } from './render-instance.ts';
import type { InstanceReport, Report } from './report-schema.ts';
import { worstFirst } from './worst-first.ts';

/** Failed instances that are told one by one. */
const MOST_FAILED = 6;

type Criterion = InstanceReport['quality_criteria'][number];

/** Never empty. Plain text. */
export function whatToDo(report: Report): string[] {
  const { results, verdict } = report;
  const worst = worstFirst(results);
  const advice = [
    ...leftBehindAdvice(report),
    ...keptAdvice(results),
    ...failedAdvices(worst.filter(({ verdict: { quality } }) => quality.value === 'fail')),
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

function failedAdvices(failed: readonly InstanceReport[]): string[] {
  const left = failed.length - MOST_FAILED;
  const more = left > 0 ? [`${left} more failed: they stand in the fleet below, worst first.`] : [];
  return [...failed.slice(0, MOST_FAILED).map(failedAdvice), ...more];
}

function failedAdvice(result: InstanceReport): string {
  const reasons = result.quality_criteria.filter(
    ({ status, consequence }) => status === 'fail' && consequence === 'fail',
  );
  const first = reasons[0];
  const where = first?.place == null ? '' : ` at ${shortAt(first.place.from_at)} UTC`;
  const why = first?.reason ?? result.verdict.quality.reason;
  return `${nameOf(result)} failed${where}: ${why}. ${hintOn(result, first)}`;
}

/** The events that can have caused it say where to look, errors before warnings; else the longest gap, or the charts. */
function hintOn(result: InstanceReport, broken: Criterion | undefined): string {
  const about = aboutOf(broken);
  const causes = result.events.items.filter(({ event, severity }) => severity !== 'info' && causesOf(event) === about);
  const said = causes.find(({ severity }) => severity === 'error') ?? causes[0];
  if (about === 'data') {
    const gaps = result.gaps.items.filter(({ stream }) => stream === broken?.stream);
    const longest = gaps.toSorted((a, b) => b.length_ns - a.length_ns)[0];
    const gap = longest === undefined ? '' : ` ${gapText(longest)}`;
    return `${said === undefined ? 'Look at its ticks below.' : said.explanation}${gap}`;
  }
  if (said !== undefined) return said.explanation;
  return broken?.place == null ? 'Look at its charts and at the chrony log.' : 'Look at its charts around that time.';
}

function gapText({ stream, from_at, length_ns, cause }: InstanceReport['gaps']['items'][number]): string {
  return `The longest gap: ${formatQuantity(length_ns, 'ns')} of ${stream} from ${shortAt(from_at)} UTC, ${cause.replaceAll('_', ' ')}.`;
}

/** What a criterion is about, and what an event can explain. */
type About = 'data' | 'reads' | 'clock';

const MEASURES: Readonly<Record<string, About>> = {
  soak_share: 'data',
  missing_share: 'data',
  unaccounted_ticks: 'data',
  read_error_share: 'reads',
};

function aboutOf(criterion: Criterion | undefined): About {
  return MEASURES[criterion?.measure ?? ''] ?? 'clock';
}

const DATA_EVENTS: ReadonlySet<string> = new Set([
  ...['spool_full', 'spool_failed', 'record_nacked', 'record_rejected', 'store_failed', 'agent_restarted'],
  ...['instance_silent', 'instance_lost', 'source_failed'],
]);
const READ_EVENTS: ReadonlySet<string> = new Set([
  ...['reads_blocked', 'phc_errors_counted', 'phc_other_readers', 'phc_reads_unexplained', 'device_gone'],
]);

function causesOf(event: string): About {
  if (DATA_EVENTS.has(event)) return 'data';
  return READ_EVENTS.has(event) ? 'reads' : 'clock';
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
  // Of an instance without samples a longer soak would decide nothing.
  const measured = results.filter(({ streams }) => streams.length > 0);
  const open = measured.filter(({ verdict: { quality } }) => quality.value === 'not_enough_data');
  const undecided = [
    ...new Set(
      measured.flatMap(({ quality_criteria }) =>
        quality_criteria.filter(({ status }) => status === 'not_enough_data').map(({ name }) => name),
      ),
    ),
  ];
  if (open.length === 0 && undecided.length === 0) return [];
  const what = `there is not enough data yet for ${undecided.join(', ') || 'a verdict'}`;
  const soak = formatDuration(run.planned_soak_seconds + run.extended_by_seconds);
  return [run.ended_at === null ? `Let the run go on: ${what}.` : `Soak longer than ${soak}: ${what}.`];
}

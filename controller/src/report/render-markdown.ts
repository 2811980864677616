/** The report as Markdown: the verdict first, then what happened when, then each type and each instance (pure). */
import { readableAt } from './format-moment.ts';
import { formatDuration, formatQuantity, formatShare } from './format-quantity.ts';
import { shortAt } from './html-text.ts';
import { inline, leftOut, table } from './markdown-table.ts';
import { quantileText } from './quantile-columns.ts';
import { nameOf, renderInstance } from './render-instance.ts';
import type { EventReport, InstanceReport, Report } from './report-schema.ts';
import { MORE_WORDS, REPORT_WORDS } from './report-words.ts';
import { soakEnd, soakLength } from './soak-length.ts';
import { decidedOfPassed, placementText, qualityWord } from './verdict-words.ts';

const SIMULATED = [
  '> **SIMULATED.** The PHC of this run is a simulation with known truth. Nothing here says anything about hardware.',
  '',
];

export function renderMarkdown(report: Report): string {
  return [
    `# PTP test report: run ${report.run.id}`,
    '',
    ...(report.simulated ? SIMULATED : []),
    ...renderVerdict(report),
    ...renderTimeline(report),
    ...renderTypes(report),
    '## Instances',
    '',
    ...report.results.flatMap(renderInstance),
    ...renderCalls(report),
    '## Words',
    '',
    ...table(
      ['word', 'meaning'],
      Object.entries(REPORT_WORDS).map((pair) => pair.map(inline)),
    ),
    MORE_WORDS,
    '',
    `Made by ptp-tester ${inline(report.tool.version)} at ${readableAt(report.generated_at)}.`,
    '',
  ].join('\n');
}

function renderVerdict(report: Report): string[] {
  const { run, verdict, results, test_summary, what_the_numbers_mean } = report;
  const soak = `${soakLength(run)}, ${formatDuration(test_summary.test_duration_seconds)} in all`;
  return [
    '## Verdict',
    '',
    `**${inline(verdict.sentence)}**`,
    '',
    `- worst quality: **${verdict.quality.value.replaceAll('_', ' ')}**${verdict.quality.value === 'pass' ? decidedOfPassed(results) : ''} - ${inline(verdict.quality.reason)}`,
    `- run: ${inline(run.outcome ?? run.state)}, ${soak}, ${inline(run.region)}, ${inline(placementText(report))}`,
    ...runNotes(run).map((note) => `- ${inline(note)}`),
    ...(run.stop_reason === null ? [] : [`- stopped before its time: ${inline(run.stop_reason)}`]),
    '',
    ...table(
      ['instance', 'capability', 'setup', 'quality', 'stored', 'n', 'max abs', 'rms', 'p99'],
      results.map(verdictRow),
    ),
    `max abs, rms and p99 are of the PHC offset: ${what_the_numbers_mean}`,
    '',
  ];
}

/** What stands in the way of the run now, and what was doubtful before it began. */
export function runNotes({ pause, warnings }: Report['run']): readonly string[] {
  const paused =
    pause === null ? [] : [`paused since ${shortAt(pause.since)} UTC: ${pause.reason}. To go on: ${pause.remedy}`];
  return [...paused, ...warnings.map((warning) => `warning before the launch: ${warning}`)];
}

function verdictRow(result: InstanceReport): string[] {
  const phc = result.streams.find(({ stream }) => stream === 'phc');
  const judged = phc ?? result.streams.find(({ stream }) => stream === 'raw');
  const offset = phc?.figures.find(({ column }) => column === 'offset_ns');
  const summary = offset?.kind === 'distribution' ? offset.summary : null;
  const p99 = offset?.kind === 'distribution' ? offset.quantiles.p99 : null;
  const { capability, setup } = result.verdict;
  return [
    inline(nameOf(result)),
    ...[capability.value, setup.value].map((value) => value.replaceAll('_', ' ')),
    qualityWord(result),
    judged === undefined ? 'nothing' : `${formatShare(judged.accounting.share_stored)} of ${judged.stream}`,
    String(summary?.count ?? 0),
    formatQuantity(summary?.max_abs ?? null, 'ns'),
    formatQuantity(summary?.rms ?? null, 'ns'),
    summary === null ? '-' : quantileText(p99, { unit: 'ns', p: 0.99 }),
  ];
}

interface Moment {
  readonly at: string;
  readonly who: string;
  readonly what: string;
}

/** Steps of the run, and warnings and errors of all instances. Instants are of equal length, so text order is time order. */
function renderTimeline({ run, results, events }: Report): string[] {
  const steps: readonly (readonly [string | null, string])[] = [
    [run.created_at, 'created'],
    [run.soak_started_at, 'soak began'],
    [run.soak_ends_at, soakEnd(run)],
    [run.ended_at, `ended: ${run.outcome ?? 'without outcome'}`],
  ];
  const moments: Moment[] = [
    ...steps.flatMap(([at, what]) => (at === null ? [] : [{ at, who: 'run', what }])),
    ...events.items.map((event) => momentOf(event, 'run')),
    ...results.flatMap((result) =>
      result.events.items.filter(({ severity }) => severity !== 'info').map((event) => momentOf(event, nameOf(result))),
    ),
  ].sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  const shown = { total: moments.length, items: moments.slice(0, 1000) };
  return [
    '## What happened when',
    '',
    ...table(
      ['at (UTC)', 'who', 'what'],
      shown.items.map(({ at, who, what }) => [readableAt(at), inline(who), inline(what)]),
    ),
    ...leftOut(shown),
    ...leftOut(events),
  ];
}

function momentOf(event: EventReport, who: string): Moment {
  const detail = Object.keys(event.detail).length === 0 ? '' : ` ${JSON.stringify(event.detail)}`;
  return {
    at: event.at,
    who,
    what: `${event.severity}: ${event.event.replaceAll('_', ' ')}: ${event.explanation}${detail}`,
  };
}

function renderTypes({ test_summary }: Report): string[] {
  const types = Object.values(test_summary.instance_type_summary);
  return [
    '## Instance types',
    '',
    ...types.flatMap(({ sentence, worst_quality }) => [
      `- **${inline(sentence)}**`,
      `  - worst: ${worst_quality.value.replaceAll('_', ' ')} - ${inline(worst_quality.reason)}`,
    ]),
    '',
  ];
}

function renderCalls({ aws_calls }: Report): string[] {
  if (aws_calls.length === 0) return [];
  const rows = aws_calls.map(({ action, calls, failed, attempts, longest_ms, errors }) => [
    inline(action),
    ...[calls, attempts, failed].map(String),
    `${Math.round(longest_ms)} ms`,
    inline(
      Object.entries(errors)
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
    ),
  ]);
  return ['## AWS API calls', '', ...table(['action', 'calls', 'attempts', 'failed', 'longest', 'errors'], rows)];
}

/** The report as one self-contained HTML page: the verdict, what to do, the fleet, then each instance, the worst first (pure). */
import type { DistributionFigures } from './figures-schema.ts';
import { fleetTimeline } from './fleet-timeline.ts';
import { readableAt } from './format-moment.ts';
import { formatDuration, formatQuantity, formatShare } from './format-quantity.ts';
import { htmlPage, SIMULATED_BANNER } from './html-page.ts';
import { escapeHtml, htmlTable, shortAt } from './html-text.ts';
import { quantileText } from './quantile-columns.ts';
import { nameOf } from './render-instance.ts';
import { eventText, factsText, renderInstanceHtml } from './render-instance-html.ts';
import { runNotes } from './render-markdown.ts';
import { renderPicture } from './render-picture.ts';
import { captionWithLinks, renderWords, wordLink } from './render-words.ts';
import type { ReportCharts } from './report-charts.ts';
import type { InstanceReport, Report } from './report-schema.ts';
import { soakEnd, soakLength } from './soak-length.ts';
import { decidedOfPassed, placementText } from './verdict-words.ts';
import { whatToDo } from './what-to-do.ts';
import { offsetFigures, worstFirst } from './worst-first.ts';

const WORDS = {
  pass: { word: 'PASS', tone: 'good' },
  fail: { word: 'FAIL', tone: 'bad' },
  not_enough_data: { word: 'NOT ENOUGH DATA', tone: 'open' },
} as const;

export function renderHtml(report: Report, charts: ReportCharts): string {
  const title = `PTP report: run ${report.run.id}`;
  const results = worstFirst(report.results);
  const body = `<h1>${escapeHtml(title)}</h1>
${report.simulated ? SIMULATED_BANNER : ''}
${renderVerdict(report)}
${renderAdvice(report)}
${renderTimeline(results)}
${renderFleet(report, results, charts)}
${renderRunEvents(report)}
<h2>Instances, worst first</h2>
${charts.left > 0 ? `<p class="soft">Charts of the ${charts.instances.size} worst instances; ${charts.left} more have none here to keep the page small.</p>` : ''}
${results.map((result) => renderInstanceHtml(result, charts.instances.get(result) ?? [])).join('\n')}
${renderCalls(report)}
${renderWords()}
<footer>Made by ptp-tester ${escapeHtml(report.tool.version)} at ${escapeHtml(readableAt(report.generated_at))}. Times are UTC. ${escapeHtml(report.what_the_numbers_mean)}</footer>`;
  return htmlPage({ title, simulated: report.simulated, body });
}

function renderVerdict(report: Report): string {
  const { run, verdict, test_summary, results, what_the_numbers_mean } = report;
  const { word, tone } = WORDS[verdict.quality.value];
  const isRunning = run.ended_at === null;
  const soak = `${soakLength(run)}, ${formatDuration(test_summary.test_duration_seconds)} ${isRunning ? 'so far' : 'in all'}`;
  const facts = [
    `run ${isRunning ? `is ${run.state}, this is an interim report` : (run.outcome ?? 'ended')}`,
    soak,
    run.region,
    placementText(report),
    `${shortAt(run.created_at)} to ${run.ended_at === null ? 'now' : shortAt(run.ended_at)} UTC`,
  ];
  const stopped =
    run.stop_reason === null ? '' : `<p class="bad">Stopped before its time: ${escapeHtml(run.stop_reason)}</p>`;
  const notes = runNotes(run).map((note) => `<p class="warn">${escapeHtml(note)}</p>`);
  return `<section class="card verdict ${tone}"><div class="word">${word}${verdict.quality.value === 'pass' ? `<small>${decidedOfPassed(results)}</small>` : ''}</div>
<p><b>${escapeHtml(verdict.sentence)}</b></p>
${renderWorst(results, verdict.quality.reason)}
${stopped}
${notes.join('')}
<p><b>How sure?</b> ${escapeHtml(howSure(results))} ${escapeHtml(what_the_numbers_mean)}</p>
<p class="soft">${facts.map(escapeHtml).join(' &middot; ')}</p></section>`;
}

/** The worst instance by name, with what it broke; without any breach the reason of the verdict. */
function renderWorst(results: readonly InstanceReport[], reason: string): string {
  const [worst] = worstFirst(results);
  const broken = (worst?.quality_criteria ?? []).filter(
    ({ status, consequence }) => status === 'fail' && consequence === 'fail',
  );
  if (worst === undefined || broken.length === 0) return `<p>${escapeHtml(reason)}</p>`;
  const lines = broken.map((criterion) => `<li>${escapeHtml(brokenText(criterion))}</li>`);
  return `<p><b>Worst: ${escapeHtml(nameOf(worst))}</b>, which broke ${broken.length} of its limits:</p><ul>${lines.join('')}</ul>`;
}

function brokenText({ name, value, limit, unit, clear, place }: InstanceReport['quality_criteria'][number]): string {
  const quantity = (number: number | null) =>
    unit === 'share' ? formatShareExactly(number) : formatQuantity(number, unit);
  const [from, to] = place === null ? [null, null] : [shortAt(place.from_at), shortAt(place.to_at)];
  const span = from === to ? `, at ${from}` : `, from ${from} to ${to}`;
  const when = from === null ? '' : span;
  const doubt = clear === false ? ' (the limit lies within the 95 % interval)' : '';
  return `${name}: ${quantity(value)}, limit ${quantity(limit)}${doubt}${when}`;
}

/** Not rounded down as a share that is stored is: 0.1 % is a limit. */
function formatShareExactly(share: number | null): string {
  return share === null ? '-' : `${Number((100 * share).toPrecision(3))} %`;
}

/** How much the verdict rests on. */
function howSure(results: readonly InstanceReport[]): string {
  const criteria = results.flatMap(({ quality_criteria }) => quality_criteria);
  const decided = criteria.filter(({ status }) => status === 'pass' || status === 'fail');
  const open = criteria.filter(({ status }) => status === 'not_enough_data').length;
  const close = [...new Set(decided.filter(({ clear }) => clear === false).map(({ name }) => name))];
  const samples = results.reduce((sum, result) => sum + (offsetFigures(result)?.summary?.count ?? 0), 0);
  const closeText =
    close.length === 0
      ? ''
      : `; where the limit lies within the confidence interval, another run might say otherwise: ${close.join(', ')}`;
  return `${samples.toLocaleString('en-US')} offset samples of ${results.length} instances; ${decided.length} criteria decided, ${open} undecided for want of data${closeText}.`;
}

function renderAdvice(report: Report): string {
  const lines = whatToDo(report).map((line) => `<li>${escapeHtml(line)}</li>`);
  return `<section class="card"><h2 style="margin-top:0">What to do</h2><ol>${lines.join('')}</ol></section>`;
}

function renderTimeline(results: readonly InstanceReport[]): string {
  const { entries, left } = fleetTimeline(results);
  const rows = entries.map(({ at, result, event, count, instances }) => [
    `<span class="nowrap">${shortAt(at)}</span>`,
    `<span class="nowrap">${escapeHtml(result.name)}</span>${instances > 1 ? `<br><span class="soft">first of ${instances}</span>` : ''}`,
    `<span class="${event.severity === 'error' ? 'bad' : 'warn'}">${event.severity}</span> ${escapeHtml(event.event.replaceAll('_', ' '))}${count > instances ? `, ${count} times` : ''}`,
    escapeHtml(factsText(event)),
  ]);
  const table = htmlTable(['first at (UTC)', 'instance', 'what', 'facts'], rows);
  const more = left > 0 ? `<p>${left} more kinds stand with their instances.</p>` : '';
  const none = '<p>No warning and no error on any instance.</p>';
  return `<section class="card"><h2 style="margin-top:0">What happened, when</h2>${rows.length === 0 ? none : table}${more}</section>`;
}

function renderFleet(report: Report, results: readonly InstanceReport[], charts: ReportCharts): string {
  const rows = results.map(fleetRow);
  const head = [
    ...['instance', wordLink('quality'), wordLink('max', 'max |offset|'), wordLink('p99'), wordLink('rms')],
    ...['samples', 'stored', wordLink('capability'), wordLink('setup')],
  ];
  const types = Object.values(report.test_summary.instance_type_summary).map(
    ({ sentence }) => `<li>${escapeHtml(sentence)}</li>`,
  );
  return `<h2>The fleet, worst first</h2><section class="card">${htmlTable(head, rows, 'num')}
${charts.fleet === null ? '' : renderPicture(charts.fleet, captionWithLinks)}<ul>${types.join('')}</ul></section>`;
}

function fleetRow(result: InstanceReport): string[] {
  const { capability, setup, quality } = result.verdict;
  const judged = result.streams.find(({ stream }) => stream === 'phc') ?? result.streams[0];
  const { word, tone } = WORDS[quality.value];
  return [
    `<span class="nowrap">${escapeHtml(result.name)}${result.simulated ? ' <span class="tag">SIMULATED</span>' : ''}</span><br><span class="id">${escapeHtml(result.instance_id ?? 'never launched')}</span>`,
    `<b class="${tone}">${word}</b>${quality.value === 'pass' ? decidedCell(result) : ''}`,
    ...offsetCells(offsetFigures(result)),
    judged === undefined ? 'nothing' : `${formatShare(judged.accounting.share_stored)}`,
    ...[capability, setup].map(({ value }) => escapeHtml(value.replaceAll('_', ' '))),
  ];
}

/** Below the word: the table has many columns. */
function decidedCell({ criteria_decided, quality_criteria }: InstanceReport): string {
  return `<br><span class="soft">${criteria_decided} of ${quality_criteria.length} decided</span>`;
}

function offsetCells(figures: DistributionFigures | null): string[] {
  if (figures === null || figures.summary === null) return ['-', '-', '-', '0'];
  const { max_abs, rms, count } = figures.summary;
  const p99 = figures.abs_quantiles?.p99 ?? null;
  return [
    formatQuantity(max_abs, 'ns'),
    quantileText(p99, { unit: 'ns', p: 0.99 }),
    formatQuantity(rms, 'ns'),
    String(count),
  ];
}

function renderRunEvents({ run, events }: Report): string {
  const steps: readonly (readonly [string | null, string])[] = [
    [run.created_at, 'run created'],
    [run.soak_started_at, 'soak began'],
    [run.soak_ends_at, soakEnd(run)],
    [run.ended_at, `run ended: ${run.outcome ?? 'without outcome'}`],
  ];
  const rows = [
    ...steps.flatMap(([at, what]) => (at === null ? [] : [[at, '', escapeHtml(what)]])),
    ...events.items.map((event) => [event.at, event.severity, eventText(event)]),
  ].sort(([a = ''], [b = '']) => (a < b ? -1 : Number(a > b)));
  const lines = rows.map(([at = '', severity = '', what = '']) => [
    `<span class="nowrap">${escapeHtml(shortAt(at))}</span>`,
    severity,
    what,
  ]);
  const left = events.total - events.items.length;
  return `<h2>The run</h2><section class="card">${htmlTable(['at (UTC)', 'severity', 'what happened'], lines)}
${left > 0 ? `<p>${left} more events are not listed.</p>` : ''}<p class="soft">What happened to an instance stands with it below.</p></section>`;
}

function renderCalls({ aws_calls }: Report): string {
  if (aws_calls.length === 0) return '';
  const rows = aws_calls.map(({ action, calls, failed, attempts, longest_ms, errors }) => [
    escapeHtml(action),
    ...[calls, attempts, failed].map(String),
    `${Math.round(longest_ms)} ms`,
    escapeHtml(
      Object.entries(errors)
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
    ),
  ]);
  const table = htmlTable(['action', 'calls', 'attempts', 'failed', 'longest', 'errors'], rows);
  return `<details class="card"><summary>AWS API calls</summary>${table}</details>`;
}

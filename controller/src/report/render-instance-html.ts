/** One instance in the HTML report: verdict, charts, events with explanations, criteria, figures, ticks, environment (pure). */

import type { Picture } from './draw-picture.ts';
import type { ColumnFigures, DistributionFigures } from './figures-schema.ts';
import { fleetLines } from './fleet-report.ts';
import { readableAt } from './format-moment.ts';
import { formatQuantity, formatShare } from './format-quantity.ts';
import { escapeHtml, htmlTable, shortAt } from './html-text.ts';
import { type QuantileColumns, quantileColumns } from './quantile-columns.ts';
import { criterionWord, figureNotes, nameOf } from './render-instance.ts';
import { renderPicture } from './render-picture.ts';
import { captionWithLinks, wordLink } from './render-words.ts';
import { numberedEvents } from './report-marks.ts';
import type { EventReport, InstanceReport, StreamReport } from './report-schema.ts';
import { stepNoteOf } from './step-note.ts';
import { decidedPart } from './verdict-words.ts';

export function renderInstanceHtml(result: InstanceReport, pictures: readonly Picture[]): string {
  const tag = result.simulated ? ' <span class="tag">SIMULATED PHC</span>' : '';
  const figures =
    pictures.length === 0
      ? ''
      : `<div class="charts">${pictures.map((picture) => renderPicture(picture, captionWithLinks)).join('\n')}</div>`;
  const step = stepNoteOf(result);
  return `<article class="card"><h3>${escapeHtml(nameOf(result))}${tag}</h3>
${renderAxes(result)}
${figures}${step === null ? '' : `<p class="warn">system - PHC ${escapeHtml(step)}.</p>`}
${result.streams.length === 0 ? '<p>No sample of this instance is stored.</p>' : ''}
${renderEvents(result)}
${renderCriteria(result)}
${renderFigures(result)}
${renderTicks(result)}
${renderEnvironment(result)}
${renderEvidence(result)}
</article>`;
}

/** An event in words: its name, what it means, and the facts of this one. */
export function eventText(of: EventReport): string {
  const { event, explanation } = of;
  const facts = factsText(of);
  const shown = event === 'epoch_started' || facts === '' ? '' : `<br><code>${escapeHtml(facts)}</code>`;
  return `<b>${escapeHtml(event.replaceAll('_', ' '))}</b>: ${escapeHtml(explanation)}${shown}`;
}

/** The details of an event on one line. */
export function factsText({ detail }: EventReport): string {
  return Object.entries(detail)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name.replace(/_ns$/, '').replaceAll('_', ' ')} ${plainValue(name, value)}`)
    .join('; ');
}

function plainValue(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('_ns')) return formatQuantity(value, 'ns');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const TONES: Readonly<Record<string, string>> = {
  pass: 'good',
  supported: 'good',
  locked: 'good',
  fail: 'bad',
  failed: 'bad',
  rolled_back: 'bad',
};

function renderAxes(result: InstanceReport): string {
  const { verdict, failure, kept_running, state, start_transient } = result;
  const axes = (['quality', 'setup', 'capability'] as const).map((axis) => {
    const { value, reason } = verdict[axis];
    const word = `<b class="${TONES[value] ?? 'soft'}">${escapeHtml(value.replaceAll('_', ' '))}</b>`;
    return [
      wordLink(axis),
      axis === 'quality' && value === 'pass' ? `${word}${decidedPart(result)}` : word,
      escapeHtml(reason),
    ];
  });
  const lock = start_transient.seconds === null ? '' : ` after ${formatQuantity(start_transient.seconds, 's')}`;
  return [
    htmlTable(['axis', 'verdict', 'why'], axes),
    failure === null ? '' : `<p class="bad">Failed: ${escapeHtml(failure.kind)}: ${escapeHtml(failure.message)}</p>`,
    ...fleetLines(result).map((line) => `<p class="warn">${escapeHtml(line)}</p>`),
    kept_running
      ? `<p class="warn"><b>Still running</b> (state ${escapeHtml(state)}): it costs money until it is terminated.</p>`
      : '',
    `<p class="soft">${wordLink('start-up', 'Start-up')}: ${escapeHtml(start_transient.state.replaceAll('_', ' '))}${lock} (${escapeHtml(start_transient.rule)}).</p>`,
  ].join('\n');
}

function renderEvents(result: InstanceReport): string {
  const numbered = new Map(numberedEvents(result).map(({ number, event }) => [event, number]));
  const { items, total } = result.events;
  const row = (event: EventReport) => [
    String(numbered.get(event) ?? ''),
    `<span class="nowrap">${escapeHtml(readableAt(event.at).replace('T', ' ').replace('Z', ''))}</span>`,
    `<span class="${severityTone(event)}">${event.severity}</span>`,
    eventText(event),
  ];
  const head = ['#', 'at (UTC)', 'severity', 'what happened, likely causes, what to look at'];
  const grave = items.filter(({ severity }) => severity !== 'info');
  const info = items.filter(({ severity }) => severity === 'info');
  const left =
    total > items.length ? `<p>${total - items.length} more events are not listed (${total} in all).</p>` : '';
  return [
    `<h4>What happened</h4>${grave.length === 0 ? '<p>No warning and no error.</p>' : htmlTable(head, grave.map(row))}${left}`,
    info.length === 0
      ? ''
      : `<details><summary>${info.length} events for information</summary>${htmlTable(head, info.map(row))}</details>`,
  ].join('\n');
}

function severityTone({ severity }: EventReport): string {
  return { info: 'soft', warning: 'warn', error: 'bad' }[severity];
}

function renderCriteria({ quality_criteria }: InstanceReport): string {
  if (quality_criteria.length === 0) return '';
  const rows = quality_criteria.map(criterionRow);
  const head = ['criterion', 'result', 'number and limit', 'where', 'rests on', 'confidence'];
  return `<details open><summary>Criteria</summary>${htmlTable(head, rows)}</details>`;
}

function criterionRow(criterion: InstanceReport['quality_criteria'][number]): string[] {
  const { name, status, consequence, reason, label, confidence, clear, samples, place } = criterion;
  const tone = status === 'fail' && consequence !== 'fail' ? 'warn' : (TONES[status] ?? 'soft');
  const sure = confidence === null ? '' : `${confidence.level * 100} %${clear === false ? ', limit within' : ''}`;
  return [
    escapeHtml(name),
    `<b class="${tone}">${escapeHtml(criterionWord(criterion))}</b>`,
    escapeHtml(label === '' ? reason : `${reason} (${label})`),
    place === null ? '' : `<span class="nowrap">${escapeHtml(shortAt(place.from_at))}</span>`,
    String(samples),
    escapeHtml(sure),
  ];
}

function renderFigures(result: InstanceReport): string {
  const all = result.streams.flatMap((stream) =>
    stream.figures.filter(isDistribution).map((figures) => ({ stream, figures })),
  );
  const ranks = quantileColumns(all.map(({ figures }) => figures));
  const rows = all.flatMap(({ stream, figures }) => figureRow(stream, { figures, ranks }));
  if (rows.length === 0) return '';
  const head = ['value', 'n', 'min', 'max', 'max abs', 'mean', 'rms', ...ranks.head];
  const notes = figureNotes(result, ranks).map((note) => `<p class="soft">${escapeHtml(note)}</p>`);
  return `<details><summary>Figures</summary>${htmlTable(head, rows, 'num')}${notes.join('')}</details>`;
}

function isDistribution(figures: ColumnFigures): figures is DistributionFigures {
  return figures.kind === 'distribution';
}

interface RowOf {
  readonly figures: DistributionFigures;
  readonly ranks: QuantileColumns;
}

function figureRow(stream: StreamReport, { figures, ranks }: RowOf): string[][] {
  const { column, unit, summary } = figures;
  if (summary === null) return [];
  const { min, max, max_abs, mean, rms } = summary;
  const values = [min, max, max_abs, mean, rms].map((value) => formatQuantity(value, unit));
  const name = escapeHtml(`${seriesName(stream)} ${column}`);
  return [[name, String(summary.count), ...values, ...ranks.cells(figures)]];
}

function seriesName({ stream, key }: { readonly stream: string; readonly key: string }): string {
  return key === '' ? stream : `${stream} ${key}`;
}

function renderTicks({ streams, gaps, losses, delivery }: InstanceReport): string {
  if (streams.length === 0) return '';
  const rows = streams.map(({ accounting: ticks, ...stream }) => [
    escapeHtml(seriesName(stream)),
    String(ticks.expected_ticks),
    String(ticks.stored_samples),
    formatShare(ticks.share_stored),
    ...[ticks.missed_ticks, ticks.lost_samples + ticks.missed_in_losses_ticks, ticks.nacked_ticks].map(String),
    ...[ticks.restart_ticks, ticks.ended_early_ticks + ticks.key_absent_ticks, ticks.unaccounted_ticks].map(String),
  ]);
  const head = [
    'stream',
    'expected',
    'stored',
    'share',
    'missed',
    'lost',
    'nacked',
    'restart',
    'ended early',
    'unaccounted',
  ];
  const gapRows = gaps.items.map((gap) => [
    escapeHtml(readableAt(gap.from_at)),
    escapeHtml(seriesName(gap)),
    formatQuantity(gap.length_ns, 'ns'),
    String(gap.missing_ticks),
    escapeHtml(gap.cause.replaceAll('_', ' ')),
  ]);
  const problems = streams.flatMap((stream) =>
    stream.problems.map((problem) => `<li class="bad">${escapeHtml(`${seriesName(stream)}: ${problem}`)}</li>`),
  );
  const summary = `Ticks: ${gaps.total === 0 ? 'no gaps' : `${gaps.total} gaps`}${losses.total === 0 ? '' : `, ${losses.total} losses`}`;
  return `<details><summary>${summary}</summary>${htmlTable(head, rows, 'num')}
${htmlTable(['gap from', 'stream', 'length', 'missing ticks', 'cause'], gapRows)}<ul>${problems.join('')}</ul>
<p>${delivery.records_stored} records stored, ${delivery.nacked_records} refused.</p></details>`;
}

function renderEvidence({ evidence }: InstanceReport): string {
  if (evidence.length === 0) return '';
  const texts = evidence.map((text) => `<pre>${escapeHtml(text)}</pre>`);
  return `<details><summary>Evidence</summary>${texts.join('\n')}</details>`;
}

function renderEnvironment({
  environment,
  ptp_status: status,
  availability_zone,
  agent_version,
  image_id,
  phc_prior,
}: InstanceReport): string {
  const own: readonly (readonly [string, unknown])[] = [
    ['availability zone', availability_zone],
    ['agent', agent_version],
    ['image', image_id],
    ['PHC, says the EC2 API', phc_prior.api],
    ...(status === null ? [] : Object.entries(statusFacts(status))),
    ...Object.entries(environment ?? {}),
  ];
  const rows = own
    .filter(([, value]) => value !== null)
    .map(([name, value]) => [
      escapeHtml(name.replaceAll('_', ' ')),
      `<code>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</code>`,
    ]);
  return `<details><summary>Environment</summary>${htmlTable(['fact', 'value'], rows)}</details>`;
}

/** A simulated PHC is supported by no driver. */
function statusFacts(status: NonNullable<InstanceReport['ptp_status']>): Readonly<Record<string, unknown>> {
  return status.simulated ? { ...status, supported: `${status.supported} (SIMULATED)` } : status;
}

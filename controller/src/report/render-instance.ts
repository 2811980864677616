/** One instance's part of the Markdown report. */
import { STREAMS, type StreamDeclaration } from '@ptp-tester/measurement';
import type { ColumnFigures, DistributionFigures, RateEstimate } from './figures-schema.ts';
import { fleetLines } from './fleet-report.ts';
import { readableAt } from './format-moment.ts';
import { formatQuantity, formatShare } from './format-quantity.ts';
import { inline, leftOut, table } from './markdown-table.ts';
import { kernelNote, plainNumber } from './plain-number.ts';
import { type QuantileColumns, quantileColumns } from './quantile-columns.ts';
import type { InstanceReport, StreamReport } from './report-schema.ts';
import { stepNoteOf } from './step-note.ts';
import { decidedPart } from './verdict-words.ts';

/** `c7i.large-2 (i-0123...)`. */
export function nameOf(result: InstanceReport): string {
  return `${result.name} (${result.instance_id ?? 'never launched'})`;
}

export function renderInstance(result: InstanceReport): string[] {
  return [
    `### ${inline(nameOf(result))}${result.simulated ? ' - SIMULATED PHC' : ''}`,
    '',
    ...renderVerdict(result),
    ...renderStatus(result),
    ...(result.streams.length > 0 ? renderSoak(result) : ['No sample of this instance is stored.', '']),
    ...renderGaps(result),
    ...renderEvents(result),
    ...renderEnvironment(result),
  ];
}

function renderVerdict(result: InstanceReport): string[] {
  const { verdict, failure, quality_criteria, kept_running, state } = result;
  const lines = fleetLines(result);
  const axes = (['capability', 'setup', 'quality'] as const).map((axis) => [
    axis,
    `**${verdict[axis].value.replaceAll('_', ' ')}**${axis === 'quality' && verdict.quality.value === 'pass' ? decidedPart(result) : ''}`,
    inline(verdict[axis].reason),
  ]);
  return [
    ...table(['axis', 'verdict', 'why'], axes),
    ...(failure === null ? [] : [`Failed: ${inline(failure.kind)}: ${inline(failure.message)}`, '']),
    ...lines.flatMap((line) => [inline(line), '']),
    ...(kept_running ? [`**Still running** (state ${inline(state)}): it costs money until it is terminated.`, ''] : []),
    ...(quality_criteria.length === 0
      ? []
      : quality_criteria.map(
          (c) =>
            `- **${inline(c.name)}** ${criterionWord(c)}: ${inline(c.reason)}${c.label === '' ? '' : ` (${inline(c.label)})`}`,
        )),
    '',
  ];
}

/** `FAIL` only where it decides the verdict. */
export function criterionWord({ status, consequence }: InstanceReport['quality_criteria'][number]): string {
  if (status !== 'fail') return status.replaceAll('_', ' ');
  if (consequence === 'fail') return 'FAIL';
  return consequence === 'warn' ? 'warning' : 'for information, exceeded';
}

function renderStatus(result: InstanceReport): string[] {
  const { ptp_status: status, availability_zone, agent_version } = result;
  if (status === null) return [];
  const rows: (readonly [string, string])[] = [
    ['availability zone', availability_zone ?? '-'],
    ['agent', agent_version ?? '-'],
    ['image', result.image_id ?? '-'],
    ['PHC, says the EC2 API', result.phc_prior.api ?? 'nothing'],
    ['device', `${status.clock_device ?? 'none'}${status.clock_name === null ? '' : ` (${status.clock_name})`}`],
    ['ENA driver', driverText(status)],
    [
      'chrony',
      `${status.chrony_using_phc ? 'uses the PHC' : 'does not use the PHC'}, ${status.synchronized ? 'synchronised' : 'not synchronised'}`,
    ],
    ...(status.error_message === null ? [] : [['problem', status.error_message] as const]),
  ];
  return table(
    ['fact', 'value'],
    rows.map(([name, value]) => [name, inline(value)]),
  );
}

function driverText({ ena_driver_version, ena_driver_compatible }: NonNullable<InstanceReport['ptp_status']>): string {
  if (ena_driver_version === null) return 'none';
  return ena_driver_compatible ? ena_driver_version : `${ena_driver_version} (2.10.0 or newer is needed)`;
}

function renderSoak(result: InstanceReport): string[] {
  const { streams } = result;
  const rates = streams.flatMap((stream) => stream.figures.flatMap((figures) => rateRow(stream, figures)));
  const others = streams.flatMap((stream) => stream.figures.flatMap((figures) => otherLine(stream, figures)));
  return [
    '**Soak**',
    '',
    ...renderDistributions(result),
    ...(rates.length === 0
      ? []
      : table(['rate', 'frequency', 'standard error', 'residual rms', 'residual max', 'over'], rates)),
    ...(others.length === 0 ? [] : [...others, '']),
    '**Ticks**',
    '',
    ...table(
      ['stream', 'expected', 'stored', 'share', 'missed', 'lost', 'nacked', 'restart', 'ended early', 'unaccounted'],
      streams.map(accountRow),
    ),
    ...streams.flatMap((stream) => stream.problems.map((problem) => `- **${seriesName(stream)}**: ${inline(problem)}`)),
    '',
  ];
}

function renderDistributions(result: InstanceReport): string[] {
  const all = result.streams.flatMap((stream) =>
    stream.figures.filter(isDistribution).map((figures) => ({ stream, figures })),
  );
  const ranks = quantileColumns(all.map(({ figures }) => figures));
  const notes = figureNotes(result, ranks);
  return [
    ...table(
      ['value', 'n', 'min', 'max', 'max abs', 'mean', 'rms', 'stddev', ...ranks.head],
      all.flatMap(({ stream, figures }) => distributionRow(stream, { figures, ranks })),
    ),
    ...notes.flatMap((note) => [inline(note), '']),
  ];
}

/** What must be known beside the figures. */
export function figureNotes(result: InstanceReport, ranks: QuantileColumns): readonly string[] {
  const kernel = result.streams.find(({ stream }) => stream === 'kernel');
  const error = kernel?.figures.filter(isDistribution).find(({ column }) => column === 'max_error_ns');
  const step = stepNoteOf(result);
  const notes = [step === null ? null : `phc offset_ns ${step}.`, kernelNote(error?.summary?.max ?? null), ranks.note];
  return notes.filter((note) => note !== null);
}

function isDistribution(figures: ColumnFigures): figures is DistributionFigures {
  return figures.kind === 'distribution';
}

function seriesName({ stream, key }: { readonly stream: string; readonly key: string }): string {
  return inline(key === '' ? stream : `${stream} ${key}`);
}

function valueName(stream: StreamReport, figures: ColumnFigures): string {
  const declaration: StreamDeclaration = STREAMS[stream.stream];
  const column = declaration.columns.find((candidate) => candidate.name === figures.column);
  const name = `${seriesName(stream)} ${inline(figures.column)}`;
  return column !== undefined && stream.stream === 'phc' && column.name === 'offset_ns'
    ? `**${name}** (system - PHC)`
    : name;
}

interface RowOf {
  readonly figures: DistributionFigures;
  readonly ranks: QuantileColumns;
}

function distributionRow(stream: StreamReport, { figures, ranks }: RowOf): string[][] {
  const { summary, unit } = figures;
  if (summary === null) return [];
  const { min, max, max_abs, mean, rms, stddev } = summary;
  const values = [min, max, max_abs, mean, rms, stddev].map((value) => formatQuantity(value, unit));
  return [[valueName(stream, figures), String(summary.count), ...values, ...ranks.cells(figures)]];
}

function rateRow(stream: StreamReport, figures: ColumnFigures): string[][] {
  const rate: RateEstimate | null = figures.kind === 'rate' || figures.kind === 'distribution' ? figures.rate : null;
  if (rate === null) return [];
  return [
    [
      valueName(stream, figures),
      formatQuantity(rate.frequency_ppb, 'ppb'),
      formatQuantity(rate.standard_error_ppb, 'ppb'),
      formatQuantity(rate.residual_rms_ns, 'ns'),
      formatQuantity(rate.residual_max_abs_ns, 'ns'),
      formatQuantity(rate.span_ns, 'ns'),
    ],
  ];
}

function otherLine(stream: StreamReport, figures: ColumnFigures): string[] {
  const name = `${seriesName(stream)} ${inline(figures.column)}`;
  const { column, unit } = figures;
  const plain = (value: number) => plainNumber(value, { stream: stream.stream, column, unit });
  switch (figures.kind) {
    case 'distribution':
    case 'rate':
      return [];
    case 'sum':
      return [`- ${name}: ${plain(figures.sum)} in all`];
    case 'last':
      return figures.last === null ? [] : [`- ${name}: last ${plain(figures.last)}`];
    case 'counter':
      return figures.last === null
        ? []
        : [
            `- ${name}: grew by ${plain(figures.grown)}${figures.falls > 0 ? `, began anew ${figures.falls} times` : ''}`,
          ];
    case 'shares': {
      const shares = Object.entries(figures.counts).map(
        ([label, count]) => `${inline(label)} ${formatShare(count / figures.total)}`,
      );
      return shares.length === 0 ? [] : [`- ${name}: ${shares.join(', ')}`];
    }
  }
}

function accountRow(stream: StreamReport): string[] {
  const { accounting } = stream;
  const { expected_ticks, stored_samples, missed_ticks, lost_samples, missed_in_losses_ticks } = accounting;
  const { nacked_ticks, restart_ticks, ended_early_ticks, key_absent_ticks, unaccounted_ticks } = accounting;
  const counts = [nacked_ticks, restart_ticks, ended_early_ticks + key_absent_ticks, unaccounted_ticks];
  return [
    seriesName(stream),
    ...[expected_ticks, stored_samples].map(String),
    formatShare(accounting.share_stored),
    String(missed_ticks),
    String(lost_samples + missed_in_losses_ticks),
    ...counts.map(String),
  ];
}

function renderGaps({ gaps, losses, delivery }: InstanceReport): string[] {
  const gapRows = gaps.items.map((gap) => [
    readableAt(gap.from_at),
    seriesName(gap),
    formatQuantity(gap.length_ns, 'ns'),
    String(gap.missing_ticks),
    gap.cause.replaceAll('_', ' '),
  ]);
  const lossRows = losses.items.map((loss) => [
    readableAt(loss.from_at),
    readableAt(loss.to_at),
    seriesName(loss),
    String(loss.samples),
    loss.reason.replaceAll('_', ' '),
  ]);
  return [
    ...(gapRows.length === 0
      ? ['No gaps.', '']
      : ['**Gaps**', '', ...table(['from', 'stream', 'length', 'missing ticks', 'cause'], gapRows), ...leftOut(gaps)]),
    ...(lossRows.length === 0
      ? []
      : [
          '**Dropped from the spool**',
          '',
          ...table(['from', 'to', 'stream', 'samples', 'why'], lossRows),
          ...leftOut(losses),
        ]),
    ...(delivery.nacked_records === 0 ? [] : [`Records refused by the controller: ${delivery.nacked_records}.`, '']),
  ];
}

function renderEvents({ events }: InstanceReport): string[] {
  if (events.items.length === 0) return [];
  const rows = events.items.map((event) => [
    readableAt(event.at),
    event.severity === 'info' ? 'info' : `**${event.severity}**`,
    inline(event.event),
    inline(event.event === 'epoch_started' ? 'see environment' : JSON.stringify(event.detail)),
  ]);
  return ['**Events**', '', ...table(['at', 'severity', 'event', 'detail'], rows), ...leftOut(events)];
}

function renderEnvironment({ environment, ptp_status, evidence }: InstanceReport): string[] {
  const facts = Object.entries(environment ?? {}).map(
    ([name, value]) => `- ${inline(name)}: ${inline(typeof value === 'string' ? value : JSON.stringify(value))}`,
  );
  const said = evidence.map((text, at) => [`evidence ${at + 1}`, text] as const);
  const outputs = [...said, ...Object.entries(ptp_status?.diagnostic_output ?? {})].flatMap(([command, output]) => [
    `<details><summary>${inline(command)}</summary>`,
    '',
    ...output.split('\n').map((line) => `    ${line}`),
    '',
    '</details>',
    '',
  ]);
  return [...(facts.length === 0 ? [] : ['**Environment**', '', ...facts, '']), ...outputs];
}

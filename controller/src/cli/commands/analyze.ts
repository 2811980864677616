/** `ptp-tester analyze FILE...`: the statistics of a log or CSV without any controller. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { analyseImported, type ImportedFigures } from '../../analysis/analyse-imported.ts';
import { importLog } from '../../analysis/import/import-log.ts';
import { ImportError, type ImportFormat } from '../../analysis/import/imported-log.ts';
import { isParquet, parseOffsetsParquet } from '../../analysis/import/parse-offsets-parquet.ts';
import { formatMoment } from '../../report/format-moment.ts';
import { formatDuration, formatQuantity } from '../../report/format-quantity.ts';
import { quantileText } from '../../report/quantile-columns.ts';
import { type AnalysedFile, renderImportedHtml } from '../../report/render-imported-html.ts';
import { importedStepNote } from '../../report/step-note.ts';
import { writeWhole } from '../../report/write-whole.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { AnalyzeFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { checkOutFile } from './out-file.ts';

export async function analyze(files: readonly string[], flags: AnalyzeFlags, context: CliContext): Promise<number> {
  const { stdout, stderr, version, now } = context;
  const analysed: AnalysedFile[] = [];
  const bridgeTicks = bridgeOf(flags.bridge);
  checkOutFile(flags.html, { flag: '--html', example: 'analysis.html' });
  for (const file of files) analysed.push(await analyseFile(file, { format: flags.format ?? null, bridgeTicks }));
  for (const { file, figures } of analysed) {
    for (const { name, warnings } of figures)
      for (const warning of warnings) stderr.write(`WARNING ${file}, ${name}: ${warning}\n`);
  }
  if (flags.html !== undefined) {
    const page = renderImportedHtml(analysed, { toolVersion: version, generatedAt: now() });
    await writeWhole(flags.html, page);
    stderr.write(`wrote ${flags.html}\n`);
  }
  const text =
    flags.json === true ? `${JSON.stringify(analysed.map(asJson), null, 2)}\n` : analysed.map(describe).join('\n');
  stdout.write(text);
  return EXIT.completed;
}

function bridgeOf(text: string | undefined): number {
  const ticks = Number(text ?? 0);
  if (Number.isInteger(ticks) && ticks >= 0) return ticks;
  throw new UsageError(`--bridge: "${text}" is not a number of samples; give for example 3.`);
}

interface FileOptions {
  readonly format: ImportFormat | null;
  readonly bridgeTicks: number;
}

async function analyseFile(file: string, { format, bridgeTicks }: FileOptions): Promise<AnalysedFile> {
  const bytes = await bytesOf(file);
  try {
    const log = isParquet(bytes) ? await parseOffsetsParquet(bytes) : importLog(bytes.toString('utf8'), format);
    return { file, log, figures: log.series.map((series) => analyseImported(series, { bridgeTicks })) };
  } catch (error) {
    if (error instanceof ImportError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EISDIR')) throw error;
    throw new UsageError(`${file} is a folder: name the files in it, for example ${join(file, '*.csv')}.`);
  }
}

function asJson({ file, log, figures }: AnalysedFile) {
  return {
    file,
    format: log.format,
    sign: log.sign,
    skipped_lines: log.skippedLines,
    series: figures.map((one) => ({
      name: one.name,
      samples: one.summary?.count ?? 0,
      min_ns: one.summary?.min ?? null,
      max_ns: one.summary?.max ?? null,
      max_abs_ns: one.summary?.maxAbs ?? null,
      mean_ns: one.summary?.mean ?? null,
      rms_ns: one.summary?.rms ?? null,
      stddev_ns: one.summary?.stddev ?? null,
      p50_ns: one.p50,
      abs_p99_ns: one.absP99,
      abs_p999_ns: one.absP999,
      frequency_ppb: one.frequency?.frequencyPpb ?? null,
      interval_ns: one.intervalNs,
      span_ns: one.spanNs,
      stretches: one.stretches,
      stability: one.stability === null ? null : stabilityJson(one.stability),
      problem: one.problem,
      warnings: one.warnings,
      events: {
        total: one.events.total,
        items: one.events.items.map(({ event, atNs, sizeNs, uncertaintyNs, explanation }) => ({
          event,
          at_ns: String(atNs),
          size_ns: sizeNs,
          uncertainty_ns: uncertaintyNs,
          explanation,
        })),
      },
    })),
  };
}

type Stability = NonNullable<ImportedFigures['stability']>;

function stabilityJson({ tau0S, missingTicks, bridgedTicks, mtieNs, tdevNs, oadevPpb }: Stability) {
  const point = ({ tau, value, terms }: Stability['mtieNs'][number]) => ({ tau_s: tau, value, terms });
  const confident = ({ confidence, ...rest }: Stability['tdevNs'][number]) => ({
    ...point(rest),
    confidence: confidence === null ? null : { level: confidence.level, low: confidence.low, high: confidence.high },
  });
  return {
    tau0_s: tau0S,
    missing_ticks: missingTicks,
    bridged_ticks: bridgedTicks,
    mtie_ns: mtieNs.map(point),
    tdev_ns: tdevNs.map(confident),
    oadev_ppb: oadevPpb.map(confident),
  };
}

function describe({ file, log, figures }: AnalysedFile): string {
  const skipped = log.skippedLines === 0 ? '' : `, ${log.skippedLines} lines are no samples`;
  return `${file}: ${log.format}${skipped}\noffset: ${log.sign}\n${figures.map(describeSeries).join('')}`;
}

function describeSeries({ name, summary, frequency, stability, ...rest }: ImportedFigures): string {
  if (summary === null) return `\n${name}: no value\n`;
  const ns = (value: number | null) => formatQuantity(value, 'ns');
  const rank = (value: number | null, p: number) => quantileText(value, { unit: 'ns', p });
  const { min, max, maxAbs, mean, rms, stddev, count } = summary;
  const step = importedStepNote(rest);
  const stretches = rest.stretches === 1 ? '' : ` in ${rest.stretches} stretches (time went back between them)`;
  return [
    '',
    `${name}: ${count} samples over ${formatDuration(rest.spanNs / 1e9)}, one each ${ns(rest.intervalNs)}${stretches}`,
    `  min ${ns(min)}, max ${ns(max)}, max abs ${ns(maxAbs)}, mean ${ns(mean)}, rms ${ns(rms)}, stddev ${ns(stddev)}`,
    `  median ${rank(rest.p50, 0.5)}; of |offset|: p99 ${rank(rest.absP99, 0.99)}, p99.9 ${rank(rest.absP999, 0.999)}`,
    ...(frequency === null
      ? []
      : [`  frequency ${formatQuantity(frequency.frequencyPpb, 'ppb')} (slope of the offset)`]),
    ...(step === null ? [] : [`  ${step}`]),
    ...(stability === null ? [`  no stability: ${rest.problem}`] : describeStability(stability)),
    ...describeEvents(rest.events),
    '',
  ].join('\n');
}

const EVENTS_PRINTED = 20;

function describeEvents({ total, items }: ImportedFigures['events']): string[] {
  if (total === 0) return ['  events: none'];
  const lines = items.slice(0, EVENTS_PRINTED).map(({ event, atNs, sizeNs, uncertaintyNs }) => {
    const doubt = uncertaintyNs === null ? '' : ` +- ${formatQuantity(uncertaintyNs, 'ns')}`;
    return `    after ${formatMoment(atNs)}: ${event.replaceAll('_', ' ')}, ${formatQuantity(sizeNs, 'ns')}${doubt}`;
  });
  const more = total - lines.length;
  return [`  events: ${total}`, ...lines, ...(more > 0 ? [`    ${more} more are not listed`] : [])];
}

function describeStability({
  tau0S,
  missingTicks,
  bridgedTicks,
  mtieNs,
  tdevNs,
  oadevPpb,
}: NonNullable<ImportedFigures['stability']>): string[] {
  const heading = `  stability, tau0 ${formatQuantity(tau0S, 's')}, ${missingTicks} ticks missing${bridgedTicks > 0 ? `, ${bridgedTicks} of them bridged by straight lines` : ''}`;
  const rows = mtieNs.map(({ tau, m, value }) => {
    const cells = [
      formatQuantity(value, 'ns'),
      ...confidentCells(tdevNs, m, 'ns'),
      ...confidentCells(oadevPpb, m, 'ppb'),
    ];
    return [formatQuantity(tau, 's'), ...cells];
  });
  return [heading, ...inColumns([['tau', 'MTIE', 'TDEV', '95 %', 'OADEV', '95 %'], ...rows])];
}

/** Each column as wide as its widest cell, to the right. */
function inColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `    ${line(row)}`.trimEnd());
}

function confidentCells(points: Stability['tdevNs'], m: number, unit: 'ns' | 'ppb'): [string, string] {
  const point = points.find((one) => one.m === m);
  if (point === undefined) return ['-', ''];
  const { value, confidence } = point;
  const bound = (end: number) => formatQuantity(end, unit);
  const interval = confidence === null ? '' : `${bound(confidence.low)} to ${bound(confidence.high)}`;
  return [formatQuantity(value, unit), interval];
}

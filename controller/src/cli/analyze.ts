/** `ptp-tester analyze FILE...`: the statistics of a log or CSV without any controller. */
import { readFileSync } from 'node:fs';
import { analyseImported, type ImportedFigures } from '../analysis/analyse-imported.ts';
import { importLog } from '../analysis/import/import-log.ts';
import { ImportError, type ImportedLog, type ImportFormat } from '../analysis/import/imported-log.ts';
import { formatDuration, formatQuantity } from '../report/format-quantity.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import type { AnalyzeFlags } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

interface AnalysedFile {
  readonly file: string;
  readonly log: ImportedLog;
  readonly figures: readonly ImportedFigures[];
}

export async function analyze(files: readonly string[], flags: AnalyzeFlags, { stdout }: CliContext): Promise<number> {
  const analysed = files.map((file) => analyseFile(file, flags.format ?? null));
  const text =
    flags.json === true ? `${JSON.stringify(analysed.map(asJson), null, 2)}\n` : analysed.map(describe).join('\n');
  stdout.write(text);
  return await Promise.resolve(EXIT.completed);
}

function analyseFile(file: string, format: ImportFormat | null): AnalysedFile {
  const bytes = readFileSync(file);
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1')
    throw new UsageError(
      `${file}: Parquet cannot be read here; write CSV with "report RUN --out DIR --csv" and analyze that.`,
    );
  try {
    const log = importLog(bytes.toString('utf8'), format);
    return { file, log, figures: log.series.map(analyseImported) };
  } catch (error) {
    if (error instanceof ImportError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
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
      stability: one.stability,
      problem: one.problem,
    })),
  };
}

function describe({ file, log, figures }: AnalysedFile): string {
  const skipped = log.skippedLines === 0 ? '' : `, ${log.skippedLines} lines are no samples`;
  return `${file}: ${log.format}${skipped}\noffset: ${log.sign}\n${figures.map(describeSeries).join('')}`;
}

function describeSeries({ name, summary, frequency, stability, ...rest }: ImportedFigures): string {
  if (summary === null) return `\n${name}: no value\n`;
  const ns = (value: number | null) => (value === null ? 'n too small' : formatQuantity(value, 'ns'));
  const { min, max, maxAbs, mean, rms, stddev, count } = summary;
  const stretches = rest.stretches === 1 ? '' : ` in ${rest.stretches} stretches (time went back between them)`;
  return [
    '',
    `${name}: ${count} samples over ${formatDuration(rest.spanNs / 1e9)}, one each ${ns(rest.intervalNs)}${stretches}`,
    `  min ${ns(min)}, max ${ns(max)}, max abs ${ns(maxAbs)}, mean ${ns(mean)}, rms ${ns(rms)}, stddev ${ns(stddev)}`,
    `  median ${ns(rest.p50)}; of |offset|: p99 ${ns(rest.absP99)}, p99.9 ${ns(rest.absP999)}`,
    ...(frequency === null
      ? []
      : [`  frequency ${formatQuantity(frequency.frequencyPpb, 'ppb')} (slope of the offset)`]),
    ...(stability === null ? [`  no stability: ${rest.problem}`] : describeStability(stability)),
    '',
  ].join('\n');
}

function describeStability({
  tau0S,
  missingTicks,
  mtieNs,
  tdevNs,
  oadevPpb,
}: NonNullable<ImportedFigures['stability']>): string[] {
  const heading = `  stability, tau0 ${formatQuantity(tau0S, 's')}, ${missingTicks} ticks missing`;
  const rows = mtieNs.map(({ tau, m, value }) => {
    const at = (points: typeof tdevNs) => points.find((point) => point.m === m)?.value ?? null;
    const cells = [formatQuantity(value, 'ns'), formatQuantity(at(tdevNs), 'ns'), formatQuantity(at(oadevPpb), 'ppb')];
    return `  ${[formatQuantity(tau, 's'), ...cells].map((cell) => cell.padStart(12)).join('')}`;
  });
  return [heading, `  ${['tau', 'MTIE', 'TDEV', 'OADEV'].map((cell) => cell.padStart(12)).join('')}`, ...rows];
}

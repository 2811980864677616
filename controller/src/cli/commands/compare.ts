/** `ptp-tester compare`: two runs, or weeks or other periods of one run, with their differences and how sure they are. */
import { join } from 'node:path';
import type { RunAnalysis } from '../../analysis/analyse-run.ts';
import { type ComparedSide, compareSides } from '../../analysis/compare/compare-sides.ts';
import { readSide } from '../../analysis/compare/read-side.ts';
import type { Period } from '../../analysis/compare/slice-series.ts';
import { analysisOf, openRunReader } from '../../app/run-reports.ts';
import { buildComparison } from '../../report/compare/build-comparison.ts';
import type { ComparisonReport } from '../../report/compare/comparison-schema.ts';
import { renderComparisonHtml } from '../../report/compare/render-comparison-html.ts';
import { renderComparisonText } from '../../report/compare/render-comparison-text.ts';
import { writeWhole } from '../../report/write-whole.ts';
import { makeDirectory } from '../../runs/make-directory.ts';
import type { RunId } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { CompareFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { type ComparedParts, comparedParts } from '../flags/compared-parts.ts';
import { type NamedPeriod, weeksOf } from '../flags/named-periods.ts';
import { openStoredData, type StoredData } from '../stored-data.ts';
import { analysisProgressText, createWorkProgress, type WorkProgress } from '../text/work-progress.ts';
import { withOutDirectory } from './out-directory.ts';

export async function compare(ids: readonly RunId[], flags: CompareFlags, context: CliContext): Promise<number> {
  const parts = comparedParts(ids, flags);
  const data = openStoredData(flags.data);
  const progress = createWorkProgress(context.stderr, context.now);
  const loader = { data, progress, context };
  try {
    return await withOutDirectory(flags.out, async () => {
      const sides = 'runs' in parts ? await readRuns(parts.runs, loader) : await readPeriods(parts, loader);
      progress.done();
      const pairs = compareSides(sides, { sameInstances: 'run' in parts });
      const comparison = buildComparison({ sides, pairs, toolVersion: context.version, generatedAt: context.now() });
      await tell(comparison, flags, context);
      return EXIT.completed;
    });
  } finally {
    progress.done();
    data.repository.close();
  }
}

interface Loader {
  readonly data: StoredData;
  readonly progress: WorkProgress;
  readonly context: CliContext;
}

async function analysed(id: RunId, { data, progress, context }: Loader): Promise<RunAnalysis> {
  const { version, now } = context;
  return await analysisOf(data.run(id), {
    repository: data.repository,
    options: { version, samplesDatabase: data.samplesDatabase },
    now: now(),
    onProgress: (done) => progress.show(analysisProgressText(done)),
  });
}

async function readRuns(ids: readonly RunId[], loader: Loader): Promise<ComparedSide[]> {
  const sides: ComparedSide[] = [];
  for (const id of ids) sides.push(await sideOf(await analysed(id, loader), { name: id, period: null }, loader));
  return sides;
}

type PartsOfOne = Extract<ComparedParts, { readonly run: RunId }>;

async function readPeriods({ run, periods: given }: PartsOfOne, loader: Loader): Promise<ComparedSide[]> {
  const analysis = await analysed(run, loader);
  const soak = soakOf(analysis, loader.context.now());
  const periods = given ?? weeksOf(soak);
  if (periods.length < 2)
    throw new UsageError(`--weeks: the soak of ${run} is shorter than two weeks; compare parts of it with --period.`);
  for (const period of periods) requireWithin(soak, period);
  const sides: ComparedSide[] = [];
  for (const period of periods) sides.push(await sideOf(analysis, period, loader));
  return sides;
}

function requireWithin(soak: Period, { name, period }: NamedPeriod): void {
  if (period.toAt > soak.fromAt && period.fromAt < soak.toAt) return;
  const [from, to] = [soak.fromAt, soak.toAt].map((at) => new Date(Number(at / 1_000_000n)).toISOString());
  throw new UsageError(`--period ${name}: nothing was measured then; the soak is from ${from} to ${to}.`);
}

async function sideOf(
  analysis: RunAnalysis,
  { name, period }: { readonly name: string; readonly period: Period | null },
  { data, progress }: Loader,
): Promise<ComparedSide> {
  const reader = openRunReader(data.samplesDatabase(analysis.run.id));
  const total = analysis.instances.length;
  let place = 0;
  const onInstance = (instance: string) => {
    place += 1;
    progress.show(`compare: ${name}, instance ${place} of ${total} (${instance}), phc`);
  };
  try {
    return await readSide(analysis, reader, { label: name, period, onInstance });
  } finally {
    reader?.close();
  }
}

/** From its beginning to its end, or to now. */
function soakOf({ run }: RunAnalysis, now: number): Period {
  const ms = (value: number) => BigInt(Math.round(value)) * 1_000_000n;
  return {
    fromAt: ms(run.soakStartedAt ?? run.createdAt),
    toAt: ms(Math.min(run.endedAt ?? now, run.soakEndsAt ?? now)),
  };
}

async function tell(comparison: ComparisonReport, flags: CompareFlags, { stdout }: CliContext): Promise<void> {
  const json = `${JSON.stringify(comparison, null, 2)}\n`;
  if (flags.out === undefined) {
    stdout.write(flags.json === true ? json : renderComparisonText(comparison));
    return;
  }
  makeDirectory(flags.out);
  const paths = { html: join(flags.out, 'comparison.html'), json: join(flags.out, 'comparison.json') };
  await writeWhole(paths.html, renderComparisonHtml(comparison));
  await writeWhole(paths.json, json);
  if (flags.json === true) {
    stdout.write(`${JSON.stringify(paths)}\n`);
    return;
  }
  for (const { sentence, warnings } of comparison.pairs)
    stdout.write(`${[sentence, ...warnings.map((warning) => `NOTE ${warning}`)].join('\n')}\n`);
  stdout.write(`${paths.html}\n${paths.json}\n`);
}

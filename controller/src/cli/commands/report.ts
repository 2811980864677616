/** `ptp-tester report RUN`: the report as things stand, printed or written to a directory. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { AnalysisProgress } from '../../analysis/analyse-run-in-workers.ts';
import { finalReportFiles, openRunReader, reportOfRun, requireSamples } from '../../app/run-reports.ts';
import { renderHtml } from '../../report/render-html.ts';
import { renderJunit } from '../../report/render-junit.ts';
import { renderMarkdown } from '../../report/render-markdown.ts';
import { drawCharts } from '../../report/report-charts.ts';
import { copyReport, type WrittenReport, writeReport } from '../../report/write-report.ts';
import { writeStreams } from '../../report/write-streams.ts';
import type { Run, RunId } from '../../runs/run.ts';
import type { CliContext } from '../cli-context.ts';
import { UsageError } from '../cli-error.ts';
import type { ReportFlags } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { openStoredData, type StoredData } from '../stored-data.ts';
import { analysisProgressText, createWorkProgress } from '../text/work-progress.ts';
import { withOutDirectory } from './out-directory.ts';
import { identifiersOf, publicParts, type ReportParts } from './public-parts.ts';

export async function report(id: RunId, flags: ReportFlags, context: CliContext): Promise<number> {
  const data = openStoredData(flags.data);
  try {
    const run = data.run(id);
    return await withOutDirectory(flags.out, () => reportOn(run, data, { flags, context }));
  } finally {
    data.repository.close();
  }
}

interface Asked {
  readonly flags: ReportFlags;
  readonly context: CliContext;
}

async function reportOn(run: Run, data: StoredData, { flags, context }: Asked): Promise<number> {
  const { stdout, stderr, version, now } = context;
  const options = { version, samplesDatabase: data.samplesDatabase };
  if (flags.csv === true || flags.parquet === true) requireSamples(run);
  if (run.samplesRemoved != null && flags.public !== true) {
    await showFinal(finalReportFiles(run.id, options), flags, context);
    return EXIT.completed;
  }
  const progress = createWorkProgress(stderr, now);
  const onProgress = (done: AnalysisProgress) => progress.show(analysisProgressText(done));
  const { repository } = data;
  const document = await reportOfRun(run, { repository, options, now: now(), onProgress });
  progress.done();
  const reader = openRunReader(data.samplesDatabase(run.id));
  try {
    const parts = { document, reader };
    const shown = flags.public === true ? publicParts(parts, identifiersOf(run.id, data, context)) : parts;
    if (flags.out === undefined) stdout.write(await renderAs(shown, flags));
    else await writeAll({ directory: flags.out, ...shown, flags }, context);
  } finally {
    reader?.close();
  }
  return EXIT.completed;
}

/** The files as they were written at the end: of a run whose samples were removed nothing can be made anew. */
async function showFinal(files: WrittenReport, { out, json, format }: ReportFlags, { stdout }: CliContext) {
  if (out === undefined) {
    stdout.write(await readFile(files[json === true ? 'json' : format], 'utf8'));
    return;
  }
  const copied = await copyReport(out, files);
  stdout.write(
    json === true || format === 'json' ? `${JSON.stringify(copied)}\n` : `${Object.values(copied).join('\n')}\n`,
  );
}

async function renderAs({ document, reader }: ReportParts, flags: ReportFlags): Promise<string> {
  if (flags.csv === true || flags.parquet === true)
    throw new UsageError('--csv and --parquet write files: say where with --out DIR.');
  if (flags.json === true) return `${JSON.stringify(document, null, 2)}\n`;
  switch (flags.format) {
    case 'json':
      return `${JSON.stringify(document, null, 2)}\n`;
    case 'html':
      return renderHtml(document, await drawCharts(document, reader));
    case 'junit':
      return renderJunit(document);
    case 'markdown':
      return renderMarkdown(document);
  }
}

interface ToWrite extends ReportParts {
  readonly directory: string;
  readonly flags: ReportFlags;
}

async function writeAll(
  { directory, document, reader, flags }: ToWrite,
  { stdout, stderr, now }: CliContext,
): Promise<void> {
  const files = await writeReport(directory, document, { reader });
  const formats = (['csv', 'parquet'] as const).filter((format) => flags[format] === true);
  const progress = createWorkProgress(stderr, now);
  const onFile = (path: string, { done, total }: AnalysisProgress) =>
    progress.show(`export: ${done} of ${total} files, ${relative(directory, path)}`);
  const streams = reader === null ? [] : await writeStreams(directory, { reader, formats, onFile });
  progress.done();
  const json = flags.json === true || flags.format === 'json';
  const paths = [...Object.values(files), ...streams];
  stdout.write(json ? `${JSON.stringify({ ...files, streams })}\n` : `${paths.join('\n')}\n`);
}

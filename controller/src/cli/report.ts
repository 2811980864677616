/** `ptp-tester report RUN`: the report as things stand, printed or written to a directory. */
import { openRunReader, type RunReader, reportOfRun } from '../app/run-reports.ts';
import { renderHtml } from '../report/render-html.ts';
import { renderJunit } from '../report/render-junit.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { drawCharts } from '../report/report-charts.ts';
import type { Report } from '../report/report-schema.ts';
import { writeReport } from '../report/write-report.ts';
import { writeStreams } from '../report/write-streams.ts';
import type { RunId } from '../runs/run.ts';
import type { CliContext } from './cli-context.ts';
import { UsageError } from './cli-error.ts';
import type { ReportFlags } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import { openStoredData } from './stored-data.ts';

export async function report(id: RunId, flags: ReportFlags, context: CliContext): Promise<number> {
  const { stdout, version, now } = context;
  const data = openStoredData(flags.data);
  try {
    const options = { version, samplesDatabase: data.samplesDatabase };
    const document = await reportOfRun(data.run(id), { repository: data.repository, options, now: now() });
    const reader = openRunReader(data.samplesDatabase(id));
    try {
      if (flags.out === undefined) stdout.write(renderAs(document, { flags, reader }));
      else await writeAll({ directory: flags.out, document, reader, flags }, context);
    } finally {
      reader?.close();
    }
    return EXIT.completed;
  } finally {
    data.repository.close();
  }
}

function renderAs(document: Report, { flags, reader }: { flags: ReportFlags; reader: RunReader | null }): string {
  if (flags.csv === true || flags.parquet === true)
    throw new UsageError('--csv and --parquet write files: say where with --out DIR.');
  if (flags.json === true) return `${JSON.stringify(document, null, 2)}\n`;
  switch (flags.format) {
    case 'json':
      return `${JSON.stringify(document, null, 2)}\n`;
    case 'html':
      return renderHtml(document, drawCharts(document, reader));
    case 'junit':
      return renderJunit(document);
    case 'markdown':
      return renderMarkdown(document);
  }
}

interface ToWrite {
  readonly directory: string;
  readonly document: Report;
  readonly reader: RunReader | null;
  readonly flags: ReportFlags;
}

async function writeAll(
  { directory, document, reader, flags }: ToWrite,
  { stdout, stderr }: CliContext,
): Promise<void> {
  const files = await writeReport(directory, document, { reader });
  const formats = (['csv', 'parquet'] as const).filter((format) => flags[format] === true);
  const onFile = (path: string) => stderr.write(`wrote ${path}\n`);
  const streams = reader === null ? [] : await writeStreams(directory, { reader, formats, onFile });
  const json = flags.json === true || flags.format === 'json';
  const paths = [...Object.values(files), ...streams];
  stdout.write(json ? `${JSON.stringify({ ...files, streams })}\n` : `${paths.join('\n')}\n`);
}

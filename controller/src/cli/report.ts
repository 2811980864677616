/** `ptp-tester report RUN`: the report as things stand, printed or written to a directory. */
import { reportOfRun } from '../app/run-reports.ts';
import { renderMarkdown } from '../report/render-markdown.ts';
import { writeReport } from '../report/write-report.ts';
import type { RunId } from '../runs/run.ts';
import type { CliContext } from './cli-context.ts';
import type { RunReferenceFlags } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import { openStoredData } from './stored-data.ts';

export interface ReportFlags extends RunReferenceFlags {
  readonly out?: string;
  readonly format: 'json' | 'markdown';
}

export async function report(id: RunId, flags: ReportFlags, context: CliContext): Promise<number> {
  const { stdout, version, now } = context;
  const data = openStoredData(flags.data);
  try {
    const options = { version, samplesDatabase: data.samplesDatabase };
    const document = reportOfRun(data.run(id), { repository: data.repository, options, now: now() });
    const json = flags.json === true || flags.format === 'json';
    if (flags.out !== undefined) {
      const files = await writeReport(flags.out, document);
      stdout.write(json ? `${JSON.stringify(files)}\n` : `${files.json}\n${files.markdown}\n`);
    } else {
      stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : renderMarkdown(document));
    }
    return EXIT.completed;
  } finally {
    data.repository.close();
  }
}

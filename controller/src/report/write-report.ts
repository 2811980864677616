/** Writes report.json and report.md. Thin: everything is decided before. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { renderMarkdown } from './render-markdown.ts';
import type { Report } from './report-schema.ts';

export interface WrittenReport {
  readonly json: string;
  readonly markdown: string;
}

/** Both files are readable by their owner only and appear whole or not at all; an older report is replaced. */
export async function writeReport(directory: string, report: Report): Promise<WrittenReport> {
  await mkdir(directory, { recursive: true });
  const json = join(directory, 'report.json');
  const markdown = join(directory, 'report.md');
  await writeWhole(json, `${JSON.stringify(report, null, 2)}\n`);
  await writeWhole(markdown, renderMarkdown(report));
  return { json, markdown };
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  // A left-over of a crash may have other rights; `wx` then makes the file with ours.
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** Writes report.json, report.md, report.html and report.junit.xml. Thin: everything is decided before. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeDirectory } from '../runs/make-directory.ts';
import type { SampleReader } from '../store/sample-store.ts';
import { jsonPieces } from './json-pieces.ts';
import { renderJunit } from './render-junit.ts';
import { renderMarkdown } from './render-markdown.ts';
import type { Report } from './report-schema.ts';
import { writeWhole } from './write-whole.ts';

export interface WrittenReport {
  readonly json: string;
  readonly markdown: string;
  readonly html: string;
  readonly junit: string;
}

export interface ReportSamples {
  /** For the charts over time; null or absent where nothing is stored. Stays open. */
  readonly reader?: Pick<SampleReader, 'envelope' | 'series'> | null;
}

/** All files are readable by their owner only and appear whole or not at all; an older report is replaced. */
export async function writeReport(
  directory: string,
  report: Report,
  { reader = null }: ReportSamples = {},
): Promise<WrittenReport> {
  makeDirectory(directory);
  const files = reportFilesIn(directory);
  // Loaded when first needed: the charts' library takes a good part of a controller's start.
  const [{ renderHtml }, { drawCharts }] = await Promise.all([
    import('./render-html.ts'),
    import('./report-charts.ts'),
  ]);
  await writeWhole(files.markdown, renderMarkdown(report));
  await writeWhole(files.html, renderHtml(report, await drawCharts(report, reader)));
  await writeWhole(files.junit, renderJunit(report));
  // Last: who finds it finds the others.
  await writeWhole(files.json, jsonLines(report));
  return files;
}

function* jsonLines(report: Report): Generator<string> {
  yield* jsonPieces(report);
  yield '\n';
}

/** The same files in another directory. */
export async function copyReport(directory: string, written: WrittenReport): Promise<WrittenReport> {
  makeDirectory(directory);
  const files = reportFilesIn(directory);
  for (const format of ['markdown', 'html', 'junit', 'json'] as const) {
    if (resolve(files[format]) !== resolve(written[format]))
      await writeWhole(files[format], await readFile(written[format]));
  }
  return files;
}

/** Where the files of a report lie in a directory. */
export function reportFilesIn(directory: string): WrittenReport {
  return {
    json: join(directory, 'report.json'),
    markdown: join(directory, 'report.md'),
    html: join(directory, 'report.html'),
    junit: join(directory, 'report.junit.xml'),
  };
}

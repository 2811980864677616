/** The samples of a run as CSV or Parquet, one file for each series, one batch in memory at a time. */
import { join } from 'node:path';
import { makeDirectory } from '../runs/make-directory.ts';
import type { SampleReader, SeriesInfo } from '../store/sample-store.ts';
import { writeCsv } from './write-csv.ts';
import { writeParquet } from './write-parquet.ts';

export type StreamFormat = 'csv' | 'parquet';

export interface StreamFiles {
  readonly reader: Pick<SampleReader, 'series' | 'batches'>;
  readonly formats: readonly StreamFormat[];
  /** Called when a file is complete, with how many there are by now and will be. */
  onFile?(path: string, progress: { readonly done: number; readonly total: number }): void;
}

/** Writes `streams/<instance>/<stream>[-<key>].<format>`; the paths in the order of the series. */
export async function writeStreams(directory: string, { reader, formats, onFile }: StreamFiles): Promise<string[]> {
  const paths: string[] = [];
  if (formats.length === 0) return paths;
  const all = reader.series();
  const total = all.length * formats.length;
  for (const series of all) {
    const folder = join(directory, 'streams', safeName(series.instanceId));
    makeDirectory(folder);
    for (const format of formats) {
      const path = join(folder, `${fileName(series)}.${format}`);
      if (format === 'csv') await writeCsv(path, { reader, series });
      else await writeParquet(path, { reader, series });
      paths.push(path);
      onFile?.(path, { done: paths.length, total });
    }
  }
  return paths;
}

function fileName({ stream, key }: SeriesInfo): string {
  return key === '' ? stream : `${stream}-${safeName(key)}`;
}

/** Keys come from instances. Percent-encoding keeps different names different. */
function safeName(name: string): string {
  return encodeURIComponent(name).replaceAll('.', '%2E').replaceAll('*', '%2A').slice(0, 150);
}

/** What a parser of foreign logs gives: offsets with our sign, and what was done to get there. */

export const IMPORT_FORMATS = [
  'csv',
  'chrony-refclocks',
  'chrony-tracking',
  'chrony-statistics',
  'phc2sys',
  'ptp4l',
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportedSample {
  /** ns, on whatever clock the log has. */
  readonly timeNs: bigint;
  /** ns; positive = subject ahead of reference. */
  readonly offsetNs: number;
}

export interface ImportedSeries {
  /** Source, clock or instance the samples belong to. */
  readonly name: string;
  readonly samples: ImportedSample[];
}

export interface ImportedLog {
  readonly format: ImportFormat | 'parquet';
  /** What the offset is of, and whether its sign was turned. */
  readonly sign: string;
  readonly series: readonly ImportedSeries[];
  /** Lines that are no sample: banners, other messages, filtered rows. */
  readonly skippedLines: number;
}

export type ImportErrorCode = 'format_unknown' | 'file_damaged' | 'line_invalid' | 'no_samples' | 'column_missing';

/** `line` counts from 1; null where no single line is to blame. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly code: ImportErrorCode;
  readonly line: number | null;

  constructor(code: ImportErrorCode, message: string, line: number | null = null) {
    super(line === null ? message : `line ${line}: ${message}`);
    this.code = code;
    this.line = line;
  }
}

/** Samples by the name of their series, in the order of first appearance. */
export class SeriesCollector {
  readonly #byName = new Map<string, ImportedSeries>();

  add(name: string, sample: ImportedSample): void {
    const series = this.#byName.get(name) ?? { name, samples: [] };
    if (series.samples.length === 0) this.#byName.set(name, series);
    series.samples.push(sample);
  }

  /** Throws `no_samples`. */
  finish(what: string): ImportedSeries[] {
    if (this.#byName.size === 0) throw new ImportError('no_samples', `there is no sample of ${what} in it`);
    return [...this.#byName.values()];
  }
}

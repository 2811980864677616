/** What is tracked of each instance while its records come in, and how it travels between threads: one row of numbers each (pure). */

/** Order of the numbers in a row. NaN in a row is null outside. */
export const TRACKED = [
  'lastReceivedAtMs',
  'offsetLastNs',
  'offsetSamples',
  'offsetP50Ns',
  'offsetP99AbsNs',
  'offsetMaxAbsNs',
  'clockErrorBoundNs',
  'phcSelected',
  'gaps',
  'missedTicks',
  'readErrors',
  'readsRefused',
  'eventsWarning',
  'eventsError',
  'samplesPerSecond',
  'agentCpuRatio',
  'agentRssBytes',
  'spoolBytes',
] as const;

export type TrackedName = (typeof TRACKED)[number];

/**
 * Offsets: system clock - PHC, positive = system clock ahead; the window is the last ten minutes by the instance's clock. Counts
 * begin with the run. `phcSelected`: 1 or 0. Null: not known.
 */
export type TrackedFigures = Readonly<Record<TrackedName, number | null>>;

/** Rows of many instances at once: `values` holds `TRACKED.length` numbers for each of `instanceIds`. */
export interface TrackedRows {
  readonly run: string;
  readonly instanceIds: readonly string[];
  readonly values: Float64Array;
}

export function packFigures(figures: TrackedFigures, { values, row }: { values: Float64Array; row: number }): void {
  for (const [place, name] of TRACKED.entries()) values[row * TRACKED.length + place] = figures[name] ?? Number.NaN;
}

export function unpackFigures(values: Float64Array, row: number): TrackedFigures {
  const entries = TRACKED.map((name, place) => {
    const value = values[row * TRACKED.length + place] ?? Number.NaN;
    return [name, Number.isNaN(value) ? null : value] as const;
  });
  return Object.fromEntries(entries) as TrackedFigures;
}

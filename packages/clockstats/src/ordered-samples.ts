/** Offsets in the order of monotonic time, as the detectors and the time to lock need them. */
import { ClockstatsError } from './clockstats-error.ts';
import type { TimedValues } from './grid.ts';

/** Throws `time_not_increasing`, naming the row, unless every sample is later than the one before; `columns_differ` for unequal lengths. */
export function checkOrdered({ timeNs, values }: TimedValues): void {
  if (timeNs.length !== values.length) {
    throw new ClockstatsError('columns_differ', `${timeNs.length} times for ${values.length} values`);
  }
  for (let row = 1; row < timeNs.length; row += 1) {
    if ((timeNs[row] as number) > (timeNs[row - 1] as number)) continue;
    throw new ClockstatsError('time_not_increasing', `row ${row} is not later than the one before: ${timeNs[row]} ns`);
  }
}

/** Only the samples that have a value, with their original rows. The same arrays when none is missing. */
export function presentSamples(samples: TimedValues): TimedValues & { readonly rows: Uint32Array | null } {
  checkOrdered(samples);
  if (samples.values.every(Number.isFinite)) return { ...samples, rows: null };
  const rows = new Uint32Array(samples.values.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0));
  let next = 0;
  for (let row = 0; row < samples.values.length; row += 1) {
    if (!Number.isFinite(samples.values[row])) continue;
    rows[next] = row;
    next += 1;
  }
  return {
    rows,
    timeNs: Float64Array.from(rows, (row) => samples.timeNs[row] as number),
    values: Float64Array.from(rows, (row) => samples.values[row] as number),
  };
}

/** When the data directory's disk will be full, from how its free space went (pure). */
import type { DiskForecast } from './situation.ts';

interface DiskReading {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * Shorter histories say nothing about days: for its first quarter of an hour a run takes three times the room, until the summaries of its
 * series fill their first pages.
 */
const SHORTEST_MS = 60 * 60_000;
const WINDOW_MS = 6 * 3_600_000;
const READINGS = 360;

/** The history with one more reading: at most six hours of it, at most one reading a minute; a clock that went back starts it anew. */
export function withReading(history: readonly DiskReading[], reading: DiskReading): readonly DiskReading[] {
  const last = history.at(-1);
  if (last !== undefined && reading.at < last.at) return [reading];
  if (last !== undefined && reading.at - last.at < WINDOW_MS / READINGS) return history;
  return [...history.filter(({ at }) => reading.at - at < WINDOW_MS), reading];
}

/** Least squares on the free bytes. Null without any reading; `fullAt` is null while the history is short or the disk does not fill. */
export function forecastDisk(history: readonly DiskReading[]): DiskForecast | null {
  const [first] = history;
  const last = history.at(-1);
  if (first === undefined || last === undefined) return null;
  const { freeBytes, totalBytes } = last;
  const slope = last.at - first.at < SHORTEST_MS ? 0 : bytesPerMs(history);
  return { freeBytes, totalBytes, fullAt: slope < 0 ? Math.round(last.at - freeBytes / slope) : null };
}

function bytesPerMs(history: readonly DiskReading[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanAt = mean(history.map(({ at }) => at));
  const meanFree = mean(history.map(({ freeBytes }) => freeBytes));
  let [above, below] = [0, 0];
  for (const { at, freeBytes } of history) {
    above += (at - meanAt) * (freeBytes - meanFree);
    below += (at - meanAt) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

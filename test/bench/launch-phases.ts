/** Phases of many launches from the moments that each of them reached: how long each phase took, and when it ended. */
import type { BenchResult } from './bench-result.ts';

/** When one instance reached what, in ms of one clock; what it did not reach is missing. */
export type LaunchMarks = Readonly<Record<string, number>>;

export interface LaunchPhase {
  readonly phase: string;
  /** The mark that ends it. */
  readonly until: string;
}

/**
 * One result per phase: each begins where the one before it ended, the first at the mark `beginning`. Value: the median over
 * the instances; the note has the slowest and the time since the beginning.
 */
export function phaseResults(
  beginning: string,
  phases: readonly LaunchPhase[],
  instances: readonly LaunchMarks[],
): BenchResult[] {
  return phases.map(({ phase, until }, index) => {
    const previous = phases[index - 1]?.until ?? beginning;
    const lengths = differences(instances, previous, until);
    const since = differences(instances, beginning, until);
    const missing = instances.length - lengths.length;
    const notes = [
      `slowest ${Math.round(lengths.at(-1) ?? 0)} ms`,
      `since ${beginning}: median ${Math.round(median(since))} ms, last ${Math.round(since.at(-1) ?? 0)} ms`,
      ...(missing === 0 ? [] : [`${missing} of ${instances.length} never got there`]),
    ];
    return { name: `${phase} (until ${until}), median`, value: median(lengths), unit: 'ms', note: notes.join('; ') };
  });
}

/** Sorted differences of the instances that reached both. */
function differences(instances: readonly LaunchMarks[], from: string, to: string): number[] {
  const found = instances.flatMap((marks) => {
    const [start, end] = [marks[from], marks[to]];
    return start === undefined || end === undefined ? [] : [end - start];
  });
  return found.sort((a, b) => a - b);
}

function median(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

/** How many threads the analysis of a run is worth: a thread that has little to do costs more than it saves. */
import { statSync } from 'node:fs';

export interface AnalysisWork {
  /** Of the stored samples: the analysis takes about 1 s of CPU for 5 MB. */
  readonly bytes: number;
  readonly instances: number;
  readonly cores: number;
}

const MOST_THREADS = 4;
/** 2 s of work. Each thread loads 831 modules, 681 of them typebox, and compiles hot code anew: 1.2 to 1.6 s of CPU in all. */
const BYTES_PER_THREAD = 10e6;
/** 0.3 s of work: as long as the caller may be held up at a time. */
const BYTES_AT_ONCE = 1.6e6;

/** 0: on the caller's own thread, one instance at a time. */
export function threadsForWork({ bytes, instances, cores }: AnalysisWork): number {
  if (instances === 0) return 0;
  if (bytes < BYTES_PER_THREAD && bytes / instances <= BYTES_AT_ONCE) return 0;
  const worth = Math.max(1, Math.floor(bytes / BYTES_PER_THREAD));
  return Math.min(worth, instances, cores, MOST_THREADS);
}

/** Size of a sample database with what is not yet in its main file; 0 where there is none. */
export function storedBytes(samplesDatabase: string | null): number {
  if (samplesDatabase === null) return 0;
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf(samplesDatabase) + sizeOf(`${samplesDatabase}-wal`);
}

/** Stored samples of the stream `self`: what the agent says of its own cost. */
import { STREAMS } from '@ptp-tester/measurement';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';

export interface SelfSample {
  readonly monoRawNs: bigint;
  /** Since the agent started. */
  readonly cpuNs: number;
  readonly missedTicks: number;
  readonly rssBytes: number;
  readonly rssAnonBytes: number;
}

/** By instance, in order of arrival. */
export function readSelfSamples(dataDirectory: string, run: string): ReadonlyMap<string, readonly SelfSample[]> {
  const reader = openSampleReader(sampleDatabasePath(dataDirectory, run));
  const samples = new Map<string, SelfSample[]>();
  try {
    for (const series of reader.series().filter(({ stream }) => stream === 'self')) {
      const own = [...reader.batches(series)].flatMap(({ batch }) =>
        Array.from({ length: batch.rows }, (_, row) => sampleOf(batch.columns, row)),
      );
      samples.set(series.instanceId, [...(samples.get(series.instanceId) ?? []), ...own]);
    }
    return samples;
  } finally {
    reader.close();
  }
}

function sampleOf(columns: readonly ArrayLike<number | bigint>[], row: number): SelfSample {
  const cell = (name: string) => columns[STREAMS.self.columns.findIndex((one) => one.name === name)]?.[row] ?? 0;
  return {
    monoRawNs: BigInt(cell('mono_raw_ns')),
    cpuNs: Number(cell('cpu_ns')),
    missedTicks: Number(cell('missed_ticks')),
    rssBytes: Number(cell('rss_bytes')),
    rssAnonBytes: Number(cell('rss_anon_bytes')),
  };
}

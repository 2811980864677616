/** What a controller's data directory says of its newest run, read beside the running controller. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { InstanceRecord, Run } from '../../controller/src/runs/run.ts';
import type { ControllerEvent, RunRepository } from '../../controller/src/runs/run-repository.ts';
import { readRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import type { EpochInfo, StoredEvent } from '../../controller/src/store/sample-store.ts';

export interface StoredRun {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  /** Raised by the controller. */
  readonly events: readonly ControllerEvent[];
  /** Raised by the agents. */
  readonly agentEvents: readonly StoredEvent[];
  readonly epochs: readonly EpochInfo[];
  /** Samples stored, by instance. */
  readonly samples: ReadonlyMap<string, number>;
}

/** The newest run; null before there is one, or while its database is being made. */
export function readStoredRun(dataDirectory: string): StoredRun | null {
  const path = join(dataDirectory, 'control.db');
  if (!existsSync(path)) return null;
  let repository: RunRepository | null = null;
  try {
    repository = readRunRepository(path);
    const run = repository.runs()[0];
    if (run === undefined) return null;
    const { instances, events } = { instances: repository.instances(run.id), events: repository.events(run.id) };
    return { run, instances, events, ...readSamples(sampleDatabasePath(dataDirectory, run.id)) };
  } catch {
    // The tables are just being made, or a killed controller's journal waits for the next writer.
    return null;
  } finally {
    repository?.close();
  }
}

function readSamples(path: string): Pick<StoredRun, 'agentEvents' | 'epochs' | 'samples'> {
  if (!existsSync(path)) return { agentEvents: [], epochs: [], samples: new Map() };
  const reader = openSampleReader(path);
  try {
    const samples = new Map<string, number>();
    for (const series of reader.series()) {
      samples.set(series.instanceId, (samples.get(series.instanceId) ?? 0) + series.samples);
    }
    return { agentEvents: [...reader.events()], epochs: [...reader.epochs()], samples };
  } finally {
    reader.close();
  }
}

/** Where the interim judgement keeps what it has followed, and what a judgement of a run asks for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InterimRequest } from '../analysis/interim/interim-worker.ts';
import type { DataDirectory } from '../runs/data-directory.ts';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

type Directories = Pick<DataDirectory, 'runDirectory' | 'samplesDatabase'>;

export interface InterimSource {
  readonly repository: Pick<RunRepository, 'instances' | 'runs'>;
  readonly data: Directories;
}

export function interimRequest(run: Run, { repository, data }: InterimSource): InterimRequest {
  const soaking = repository.runs().filter(({ state }) => state === 'soaking');
  return {
    run,
    instances: repository.instances(run.id),
    samplesDatabase: data.samplesDatabase(run.id),
    statesFile: statesFile(data, run.id),
    going: soaking.map(({ id }) => id),
  };
}

/** Of a run that has ended: the report says everything. */
export function removeInterim(data: Directories, run: RunId): void {
  const path = statesFile(data, run);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
}

function statesFile(data: Directories, run: RunId): string {
  return join(data.runDirectory(run), 'interim.db');
}

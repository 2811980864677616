/** Reads a data directory without holding it, so that it works while a controller runs on it. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import { RunsError } from '../runs/runs-error.ts';
import { readRunRepository } from '../runs/sqlite-run-repository.ts';
import { sampleDatabasePath } from '../store/sample-database.ts';
import { UsageError } from './cli-error.ts';

export interface StoredData {
  readonly repository: RunRepository;
  /** Throws RunsError `run_unknown`, with the runs there are. */
  run(id: RunId): Run;
  samplesDatabase(run: RunId): string;
}

/** Throws UsageError where no controller has ever kept its data. */
export function requireData(directory: string): void {
  const path = resolve(directory);
  if (existsSync(join(path, 'control.db'))) return;
  const why = existsSync(path) ? 'it has no control.db' : 'it does not exist';
  throw new UsageError(
    `--data: ${path} is not a data directory of ptp-tester (${why}). Name that of your controller; run, serve and demo make one.`,
  );
}

/** Opens for reading. Throws UsageError where there is no data directory. The caller closes the repository. */
export function openStoredData(directory: string): StoredData {
  const path = resolve(directory);
  const database = join(path, 'control.db');
  requireData(path);
  const repository = readRunRepository(database);
  return {
    repository,
    run(id) {
      const run = repository.run(id);
      if (run !== null) return run;
      const known = repository.runs().map((it) => it.id);
      throw new RunsError(
        'run_unknown',
        `There is no run ${id} in ${path}. ${known.length === 0 ? 'It has no runs.' : `Its runs: ${known.join(', ')}`}`,
      );
    },
    samplesDatabase: (run) => sampleDatabasePath(path, run),
  };
}

/** A data directory with a run that soaks and whose instances have enrolled, for a real controller to take up. SIMULATED; no EC2 takes part. */
import { hashSecret } from '../../controller/src/ingest/enrolment.ts';
import { openDataDirectory } from '../../controller/src/runs/data-directory.ts';
import type { Run } from '../../controller/src/runs/run.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { instanceIdOf, RUN_ID, secretOf } from '../integration/ingest-support.ts';
import { simulatedInstance } from './analyse-truth.ts';

export interface SoakingData {
  readonly run: Run;
  readonly instances: number;
  /** ms since 1970. */
  readonly enrolledAt: number;
}

/** Makes it; the operators' token. The agents are `instanceIdOf(1)` and on, with `secretOf` the same. */
export function makeSoakingData(path: string, { run, instances, enrolledAt }: SoakingData): string {
  const data = openDataDirectory(path);
  const repository = openRunRepository(data.controlDatabase, { now: Date.now });
  const indexes = Array.from({ length: instances }, (_, place) => place + 1);
  repository.createRun(
    { ...run, id: RUN_ID, state: 'soaking', endedAt: null, outcome: null },
    indexes.map((index) => ({
      ...simulatedInstance(instanceIdOf(index)),
      run: RUN_ID,
      index,
      typeIndex: index,
      state: 'measuring',
      failure: null,
    })),
  );
  for (const index of indexes) {
    const enrolment = { secretSha256: hashSecret(secretOf(index)), enrolledAt };
    repository.saveEnrolment({ run: RUN_ID, index, attempt: 1, instanceId: instanceIdOf(index), ...enrolment });
  }
  repository.close();
  data.close();
  return data.operatorToken;
}

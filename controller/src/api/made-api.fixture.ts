/** The API on a real control database and a real sample store with a made run in them, for tests. */
import Fastify, { type FastifyInstance } from 'fastify';
import { analyseRun } from '../analysis/analyse-run.ts';
import { INSTANCE_ID, madeInstance, madeRun, RUN_ID } from '../analysis/made-run.fixture.ts';
import { madeStorePath } from '../analysis/made-store.fixture.ts';
import { LiveFigures } from '../live/live-figures.ts';
import { buildReport } from '../report/build-report.ts';
import { GENERATED_AT, madeWrites } from '../report/made-report.fixture.ts';
import { LiveAgents } from '../runs/live-agents.ts';
import type { Run } from '../runs/run.ts';
import { openRunRepository } from '../runs/sqlite-run-repository.ts';
import { openSampleReader } from '../store/open-sample-reader.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import { registerApi } from './register-api.ts';

export const TOKEN = 'f'.repeat(64);
export const EMPTY_RUN_ID = '20261121-000000-aaaa';

export interface MadeApi {
  readonly app: FastifyInstance;
  readonly deps: ApiDependencies;
  /** What `stop` was called with. */
  readonly stopped: readonly string[];
  close(): Promise<void>;
}

/** What most tests do not ask for. */
const QUIET = {
  prepareFigures: () => Promise.resolve(),
  verdictSoFar: () => null,
  judged: () => null,
  keep: () => [],
  extend: () => 0,
  terminate: () => undefined,
  prune: () => Promise.resolve({ pruned: [], kept: [], storedBytes: 0 }),
  startRun: () => Promise.resolve(EMPTY_RUN_ID),
  checkRun: () => Promise.reject(new Error('not asked for')),
};

const MADE_BY = { toolVersion: '0.1.0', generatedAt: GENERATED_AT, preparation: null };

/** One soaking run with an instance and its samples, and one that never stored anything. */
export async function madeApi(change: Partial<ApiDependencies> = {}, run: Partial<Run> = {}): Promise<MadeApi> {
  const path = madeStorePath(madeWrites());
  const runs = openRunRepository(':memory:', { now: () => GENERATED_AT });
  const soaking = madeRun({ state: 'soaking', outcome: null, endedAt: null, ...run });
  runs.createRun(soaking, [madeInstance({ state: 'measuring' })]);
  runs.createRun(madeRun({ id: EMPTY_RUN_ID, createdAt: soaking.createdAt + 1000, state: 'ended' }), []);
  runs.addEvent({
    run: RUN_ID,
    instanceId: INSTANCE_ID,
    event: 'instance_silent',
    at: 1_763_680_705_000,
    detail: { for_s: 31 },
  });
  const live = new LiveAgents();
  live.update(INSTANCE_ID, {
    run: RUN_ID,
    connected: true,
    lastContactAt: GENERATED_AT - 500,
    samplesStored: 147,
    recordsStored: 3,
  });
  const stopped: string[] = [];
  const openReader = (id: string) => (id === RUN_ID ? openSampleReader(path) : null);
  const deps: ApiDependencies = {
    ...QUIET,
    runs,
    live,
    figures: new LiveFigures(),
    openReader,
    report: (id) => {
      const reader = id === RUN_ID ? openSampleReader(path) : null;
      const known = runs.run(id) ?? soaking;
      const input = {
        run: known,
        instances: runs.instances(id),
        controllerEvents: runs.events(id),
        awsCalls: [],
        reader,
      };
      const report = buildReport(analyseRun(input), MADE_BY);
      reader?.close();
      return Promise.resolve(report);
    },
    stop: (id, reason) => stopped.push(`${id} ${reason}`),
    metrics: () => Promise.resolve('# HELP ptp_tester_info Always 1\n'),
    health: () => ({ store: 'ok', storeReason: null, disk: { freeBytes: 10_000, totalBytes: 40_000 } }),
    token: TOKEN,
    version: '0.1.0',
    now: () => GENERATED_AT,
    ...change,
  };
  const app = Fastify({ forceCloseConnections: true });
  await registerApi(app, deps);
  const close = () => app.close().then(() => runs.close());
  return { app, deps, stopped, close };
}

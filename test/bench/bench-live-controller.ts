/** The measured side of the live benchmark: ingest, store and the operators' API with its live socket. */
import type { ApiDependencies } from '../../controller/src/api/api-dependencies.ts';
import { type OperatorServer, startOperatorServer } from '../../controller/src/app/operator-server.ts';
import { LiveFigures } from '../../controller/src/live/live-figures.ts';
import { IngestSite, TOKEN } from '../integration/ingest-support.ts';
import { answerRequests } from './measured-process.ts';

interface StartRequest {
  readonly do: 'start';
  readonly instances: number;
}

let operators: OperatorServer | null = null;
let site: IngestSite | null = null;

function apiOf(made: IngestSite, figures: LiveFigures): ApiDependencies {
  const never = () => {
    throw new Error('not asked for here');
  };
  return {
    runs: made.repository,
    live: made.liveAgents,
    figures,
    prepareFigures: () => Promise.resolve(),
    judged: () => null,
    verdictSoFar: () => null,
    openReader: () => made.reader(),
    report: never,
    stop: never,
    keep: never,
    extend: never,
    terminate: never,
    prune: never,
    startRun: never,
    checkRun: never,
    metrics: never,
    token: TOKEN,
    version: 'bench',
    now: Date.now,
  };
}

answerRequests(async (request: StartRequest | { readonly do: 'stop' }) => {
  if (request.do === 'stop') {
    await operators?.close();
    await site?.close();
    return {};
  }
  const figures = new LiveFigures();
  site = new IngestSite({
    instances: request.instances,
    controlDatabase: ':memory:',
    dependencies: { liveFigures: figures },
  });
  await site.start();
  operators = await startOperatorServer({ host: '127.0.0.1', port: 0 }, apiOf(site, figures));
  return { port: site.port, api: operators.url };
});

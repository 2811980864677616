/** The measured side of the ingest benchmarks: ingest and store of the controller, with a run of many instances. */
import { IngestSite } from '../integration/ingest-support.ts';
import { answerRequests } from './measured-process.ts';

interface StartRequest {
  readonly do: 'start';
  readonly instances: number;
  readonly tls?: { readonly key: string; readonly cert: string };
}

interface StopRequest {
  readonly do: 'stop';
}

let site: IngestSite | null = null;

answerRequests(async (request: StartRequest | StopRequest) => {
  if (request.do === 'stop') {
    const stored = site?.reader().series() ?? [];
    await site?.close();
    return { samples: stored.reduce((sum, { samples }) => sum + samples, 0) };
  }
  const { instances, tls } = request;
  // The control database is in memory: enrolling ten thousand agents is not what is measured here.
  site = new IngestSite({ instances, controlDatabase: ':memory:', ...(tls === undefined ? {} : { tls }) });
  await site.start();
  return { port: site.port };
});

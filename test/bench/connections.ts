/** Many connected agents at 1 Hz with batches of 5 s: what the controller costs, without and with TLS, against an empty WebSocket server. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BenchResult, compared } from './bench-result.ts';
import { makeCertificate } from './make-certificate.ts';
import { MeasuredProcess, splitCores } from './measured-process.ts';

const ROWS = 5;
const BATCHES_PER_SECOND = 1 / 5;
const MEASURE_MS = 10_000;
/** Every agent has sent its second batch by then, and what connecting left behind is collected. */
const SETTLE_MS = 11_000;
const GOAL_AGENTS = 10_000;
const GOAL_CORE = 0.3;
const GOAL_MB = 600;

interface Load {
  readonly cores: number;
  readonly megabytes: number;
  readonly ackedSamplesPerS: number;
}

interface Setting {
  readonly agents: number;
  readonly server: 'bench-controller.ts' | 'bench-echo.ts';
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** Controller, controller with TLS, empty server: about 30 s each with 10,000 agents; fewer leave room for the three side by side. */
export async function benchConnections(agents = GOAL_AGENTS): Promise<BenchResult[]> {
  const atGoalSize = agents >= GOAL_AGENTS;
  const settings: readonly Setting[] = [
    { agents, server: 'bench-echo.ts' },
    { agents, server: 'bench-controller.ts' },
    { agents, server: 'bench-controller.ts', tls: await makeCertificate() },
  ];
  const [empty, plain, tls] = atGoalSize ? await inTurn(settings) : await Promise.all(settings.map(measure));
  if (empty === undefined || plain === undefined || tls === undefined) throw new Error('not everything was measured');
  return [
    ...figures(`${agents} agents`, { load: plain, empty, judged: atGoalSize }),
    ...figures(`${agents} agents with TLS`, { load: tls, empty, judged: false }),
  ];
}

async function inTurn(settings: readonly Setting[]): Promise<Load[]> {
  const loads: Load[] = [];
  for (const setting of settings) loads.push(await measure(setting));
  return loads;
}

function figures(name: string, { load, empty, judged }: { load: Load; empty: Load; judged: boolean }): BenchResult[] {
  const note = `${Math.round(load.ackedSamplesPerS)} samples/s acknowledged; the baseline keeps the same connections and reads the same frames`;
  const cpu = { name: `${name}: controller CPU`, value: load.cores * 100, unit: '% of a core', note };
  const memory = { name: `${name}: controller memory`, value: load.megabytes, unit: 'MB' };
  const cpuGoal = judged ? { goal: `< ${GOAL_CORE * 100} % of a core`, met: load.cores < GOAL_CORE } : {};
  const memoryGoal = judged ? { goal: `< ${GOAL_MB} MB`, met: load.megabytes < GOAL_MB } : {};
  return [
    { ...compared(cpu, { name: 'empty ws server', value: empty.cores * 100, unit: '% of a core' }), ...cpuGoal },
    { ...compared(memory, { name: 'empty ws server', value: empty.megabytes, unit: 'MB' }), ...memoryGoal },
  ];
}

async function measure({ agents, server, tls }: Setting): Promise<Load> {
  const cores = splitCores(cpus().length);
  const controller = new MeasuredProcess({ script: join(import.meta.dirname, server), cores: cores?.measured });
  const fleet = new MeasuredProcess({ script: join(import.meta.dirname, 'bench-fleet.ts'), cores: cores?.load });
  try {
    const { port } = await controller.ask<{ port: number }>({ do: 'start', instances: agents, tls });
    const url = `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}/v1/agent`;
    const authority = tls === undefined ? {} : { caPem: tls.cert };
    const load = { rowsPerBatch: ROWS, pace: { batchesPerSecond: BATCHES_PER_SECOND }, stream: 'raw' };
    await fleet.ask({ do: 'connect', agents, url, ...authority, ...load });
    await fleet.ask({ do: 'start' });
    await sleep(SETTLE_MS);
    const before = await fleet.ask<{ ackedSamples: number }>({ do: 'figures' });
    const used = controller.cpuSeconds;
    const startedAt = performance.now();
    await sleep(MEASURE_MS);
    const seconds = (performance.now() - startedAt) / 1000;
    const usedCores = (controller.cpuSeconds - used) / seconds;
    const megabytes = controller.rssBytes / 1e6;
    const after = await fleet.ask<{ ackedSamples: number }>({ do: 'figures' });
    return { cores: usedCores, megabytes, ackedSamplesPerS: (after.ackedSamples - before.ackedSamples) / seconds };
  } finally {
    await fleet.end();
    await controller.ask({ do: 'stop' }).catch(() => undefined);
    await controller.end();
  }
}

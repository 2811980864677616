/**
 * A real controller (`serve`) takes in 500 agents with SIMULATED clocks over real sockets while a real browser shows the run's overview: after
 * the warm-up neither the controller nor the page grows. No EC2 takes part: its endpoint cannot be reached, which never reads as "gone".
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, type TestContext } from 'vitest';
import { MeasuredProcess } from '../bench/measured-process.ts';
import { CHROMIUM, ChromiumPage, NEEDS_CHROMIUM } from '../browser/chromium-page.ts';
import { RUN_ID } from '../integration/ingest-support.ts';
import { simulatedRun } from '../simulation/analyse-truth.ts';
import { makeSoakingData } from '../simulation/soaking-data.ts';
import { freePort } from '../spine/free-port.ts';
import { Program } from '../spine/program.ts';
import { nodeWords } from '../spine/spine-harness.ts';
import { unreachableAws } from '../spine/unreachable-aws.ts';
import { InspectedHeaps } from './inspected-heaps.ts';
import { floorsOf, type Sampled, slopeOf } from './memory-slope.ts';

const AGENTS = 500;
/** After the warm-up. */
const MINUTES = Number(process.env['PTP_TESTER_MEMORY_MINUTES'] ?? 30);
/**
 * What fills up and then stays: the ten minutes of offsets kept for each instance and the writer's page cache of 64 MB. The agents begin with
 * half an hour that they had spooled, which fills both at once; the rest of the warm-up is for the allocator to settle.
 */
const BACKLOG_S = 1800;
const WARM_UP_MINUTES = 10;
/**
 * The memory of a process is a sawtooth of garbage, of up to 100 MB here: a slope of it means nothing below 100 MB an hour. What stays is seen once
 * every thread has collected its own, which is asked for this often.
 */
const EVERY_S = 15;
/** The run is judged every minute or two, which takes up to some 100 MB for a while: the least of each stretch is looked at. */
const STRETCH_S = 60;
const PRINT_EVERY_S = 300;
/**
 * What the upper end of each slope's 95 % interval must stay below, bytes an hour. 500 agents deliver 300 records a second, 1.08 million an hour:
 * whatever keeps 10 bytes for each in a heap, or 20 outside, is found; the page takes 1.8 million changed rows an hour, of which one byte each
 * would be found.
 */
const MOST_PER_HOUR: Readonly<Record<Series, number>> = { resident: 20e6, heaps: 10e6, page: 2e6 };
/** The slope of less says nothing: it is printed and not judged. */
const FEWEST_MINUTES = 20;
const MEGABYTE = 1e6;

type Cleanup = TestContext['onTestFinished'];
type Series = 'resident' | 'heaps' | 'page';

/** `most`: the most that was resident, garbage and all, bytes. */
type Memory = Readonly<Record<Series, readonly Sampled[]>> & { readonly most: number };

it.skipIf(CHROMIUM === null)(
  `the controller's memory does not grow under ${AGENTS} agents with the dashboard open${NEEDS_CHROMIUM}`,
  async ({ onTestFinished }) => {
    const directory = mkdtempSync(join(tmpdir(), 'ptp-memory-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const site = await startSite(directory, onTestFinished);
    const load = new MeasuredProcess({ script: join(import.meta.dirname, 'steady-load.ts') });
    onTestFinished(() => load.end());
    const startedAt = performance.now();
    const elapsedS = () => (performance.now() - startedAt) / 1000;
    const { records: backlog } = await load.ask<{ records: number }>({
      do: 'start',
      url: site.agents,
      agents: AGENTS,
      backlogS: BACKLOG_S,
    });
    const backlogTookS = elapsedS();
    tell(`${backlog} spooled records were delivered in ${backlogTookS.toFixed(0)} s`);
    const chromium = await openOverview(site, onTestFinished);
    const pageHeap = await pageHeapOf(chromium);

    const memory = await sample({ site, pageHeap, elapsedS });
    const { records } = await load.ask<{ records: number }>({ do: 'records' });

    const rate = Math.round((records - backlog) / (elapsedS() - backlogTookS));
    tell(`${MINUTES} min after ${WARM_UP_MINUTES} min of warm-up, ${rate} records/s:`);
    tell(`the most that was resident, garbage and all: ${mb(memory.most)}`);
    const least = (name: Series) => floorsOf(memory[name], STRETCH_S);
    for (const [name, title] of TITLES) tell(describe(title, least(name)));
    expect(chromium.complaints).toEqual([]);
    if (MINUTES < FEWEST_MINUTES) return;
    for (const [name, title] of TITLES) {
      expect(slopeOf(least(name)).high, describe(title, least(name))).toBeLessThan(MOST_PER_HOUR[name]);
    }
  },
  (WARM_UP_MINUTES + MINUTES + 10) * 60_000,
);

interface Sampling {
  readonly site: MemorySite;
  readonly pageHeap: () => Promise<number>;
  readonly elapsedS: () => number;
}

async function sample({ site, pageHeap, elapsedS }: Sampling): Promise<Memory> {
  const series: Record<Series, Sampled[]> = { resident: [], heaps: [], page: [] };
  let most = 0;
  let printAtS = 0;
  const endS = (WARM_UP_MINUTES + MINUTES) * 60;
  for (let next = elapsedS(); elapsedS() < endS; next += EVERY_S) {
    await sleep(Math.max(0, (next - elapsedS()) * 1000));
    const atS = elapsedS();
    const before = rssOf(site.pid);
    const now = { heaps: await site.heaps.liveBytes(), resident: rssOf(site.pid), page: await pageHeap() };
    if (atS >= printAtS) {
      printAtS = atS + PRINT_EVERY_S;
      const texts = TITLES.map(([name, title]) => `${title} ${mb(now[name])}`);
      tell(`${atS.toFixed(0)} s, ${site.heaps.threads} threads: ${texts.join(', ')}; before: ${mb(before)}`);
    }
    if (atS < WARM_UP_MINUTES * 60) continue;
    most = Math.max(most, before);
    for (const [name] of TITLES) series[name].push({ atS, value: now[name] });
  }
  return { ...series, most };
}

const TITLES = [
  ['resident', 'resident memory of the controller, collected'],
  ['heaps', 'live heaps of its threads'],
  ['page', 'live heap of the page'],
] as const satisfies readonly (readonly [Series, string])[];

/** For who waits; also the figures of a test that passed. */
function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

function describe(title: string, samples: readonly Sampled[]): string {
  const values = samples.map(({ value }) => value);
  const { perHour, low, high } = slopeOf(samples);
  const range = `${mb(values[0] ?? 0)} at first, ${mb(values.at(-1) ?? 0)} at last, ${mb(Math.min(...values))} to ${mb(Math.max(...values))}`;
  return `${title}: ${range}; slope ${mb(perHour)}/h (95 %: ${mb(low)}/h to ${mb(high)}/h, ${values.length} samples)`;
}

function mb(bytes: number): string {
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

function rssOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

interface MemorySite {
  readonly agents: string;
  readonly origin: string;
  readonly token: string;
  readonly pid: number;
  readonly heaps: InspectedHeaps;
}

async function startSite(directory: string, onTestFinished: Cleanup): Promise<MemorySite> {
  const path = join(directory, 'data');
  const token = makeRun(path);
  const [operators, agents, closed, inspector] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  writeFileSync(join(directory, 'notify.yaml'), `webhooks: [{ url: "http://127.0.0.1:${closed}/" }]\n`, {
    mode: 0o600,
  });
  const listen = ['--listen', `127.0.0.1:${operators}`, '--agent-listen', `127.0.0.1:${agents}`];
  const flags = ['--data', path, '--notify', join(directory, 'notify.yaml'), ...listen, '--json'];
  const environment = { ...unreachableAws(directory, closed), NODE_OPTIONS: `--inspect=127.0.0.1:${inspector}` };
  const serve = new Program({
    words: nodeWords('controller/src/main.ts', ['serve', ...flags]),
    environment,
    directory,
  });
  onTestFinished(async () => void (await serve.stop()));
  await serve.line(/"resumed"/);
  const heaps = await InspectedHeaps.connect(inspector);
  onTestFinished(() => heaps.close());
  return {
    agents: `ws://127.0.0.1:${agents}/v1/agent`,
    origin: `http://127.0.0.1:${operators}`,
    token,
    pid: serve.pid,
    heaps,
  };
}

/** It soaks since the backlog began. */
function makeRun(path: string): string {
  const { spec, ...rest } = simulatedRun({ durationS: 86_400, mode: 'simulated' });
  const startedAt = Date.now() - BACKLOG_S * 1000;
  const times = { createdAt: startedAt - 60_000, soakStartedAt: startedAt, soakEndsAt: startedAt + 86_400_000 };
  const fleet = { ...spec, instanceTypes: [{ type: 'c7i.large', quantity: AGENTS }] };
  return makeSoakingData(path, { run: { ...rest, ...times, spec: fleet }, instances: AGENTS, enrolledAt: startedAt });
}

async function openOverview(site: MemorySite, onTestFinished: Cleanup): Promise<ChromiumPage> {
  const chromium = await ChromiumPage.open(site.origin);
  onTestFinished(() => chromium.close());
  await chromium.signIn(site.token, `/runs/${RUN_ID}`);
  await chromium.page.locator('.heat-canvas').waitFor();
  await chromium.page.getByText('live', { exact: true }).waitFor();
  return chromium;
}

/** The page's JavaScript heap in bytes, after a full collection. */
async function pageHeapOf({ page }: ChromiumPage): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
}

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
import { InspectedHeap } from './inspected-heap.ts';
import { floorsOf, type Sampled, slopeOf } from './memory-slope.ts';

const AGENTS = 500;
const MINUTES = Number(process.env['PTP_TESTER_MEMORY_MINUTES'] ?? 30);
/**
 * What fills up and then stays: the ten minutes of offsets kept for each instance and the writer's page cache of 64 MB. The agents begin with
 * half an hour that they had spooled, which fills both at once; the rest of the warm-up is for the heaps and the allocator to settle.
 */
const BACKLOG_S = Math.min(1800, MINUTES * 60);
const WARM_UP_MINUTES = (MINUTES * 8) / 30;
const EVERY_MS = 10_000;
/**
 * The heap as such is a sawtooth of garbage; what lives on is seen after a full collection, which is asked for this often. It still comes and
 * goes with each judgement: of twenty collections in 40 minutes the slope was only known to 25 MB an hour.
 */
const COLLECT_EVERY_S = (MINUTES * 60) / 100;
const PRINT_EVERY_S = 300;
/** The run is judged every minute or two, which takes up to some 100 MB for a while: the resident memory's least of each stretch is looked at. */
const STRETCH_S = 120;
/**
 * What the upper end of each slope's 95 % interval must stay below, bytes an hour. 500 agents deliver 300 records a second, 1.08 million an hour:
 * whatever keeps 93 bytes for each (a small object and its place in a map) is found in all threads together, 10 bytes in the main thread; the
 * page takes 1.8 million changed rows an hour, of which one byte each would be found.
 */
const MOST_PER_HOUR: Readonly<Record<Series, number>> = { rss: 100e6, heap: 10e6, page: 2e6 };
/** The slope of less says nothing: it is printed and not judged. */
const FEWEST_MINUTES = 20;
const MEGABYTE = 1e6;

type Cleanup = TestContext['onTestFinished'];
type Series = 'rss' | 'heap' | 'page';
type Memory = Readonly<Record<Series, readonly Sampled[]>>;

it.skipIf(CHROMIUM === null)(
  `the controller's memory does not grow under ${AGENTS} agents with the dashboard open${NEEDS_CHROMIUM}`,
  async ({ onTestFinished, annotate }) => {
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
    await annotate(`${backlog} spooled records were delivered in ${backlogTookS.toFixed(0)} s`);
    const chromium = await openOverview(site, onTestFinished);
    const pageHeap = await pageHeapOf(chromium);

    const series = await sample({ site, pageHeap, elapsedS });
    const { records } = await load.ask<{ records: number }>({ do: 'records' });

    const rate = Math.round((records - backlog) / (elapsedS() - backlogTookS));
    await annotate(`${MINUTES} min, ${rate} records/s; after ${WARM_UP_MINUTES} min:`);
    const after = (name: Series) => series[name].filter(({ atS }) => atS >= WARM_UP_MINUTES * 60);
    const warm = (name: Series) => (name === 'rss' ? floorsOf(after(name), STRETCH_S) : after(name));
    await annotate(`the most that was resident: ${mb(Math.max(...after('rss').map(({ value }) => value)))}`);
    for (const [name, title] of TITLES) await annotate(describe(title, warm(name)));
    expect(chromium.complaints).toEqual([]);
    if (MINUTES < FEWEST_MINUTES) return;
    for (const [name, title] of TITLES) {
      expect(slopeOf(warm(name)).high, describe(title, warm(name))).toBeLessThan(MOST_PER_HOUR[name]);
    }
  },
  (MINUTES + 10) * 60_000,
);

interface Sampling {
  readonly site: MemorySite;
  readonly pageHeap: () => Promise<number>;
  readonly elapsedS: () => number;
}

async function sample({ site, pageHeap, elapsedS }: Sampling): Promise<Memory> {
  const series: Record<Series, Sampled[]> = { rss: [], heap: [], page: [] };
  let collectAtS = 0;
  let printAtS = 0;
  for (let next = elapsedS(); elapsedS() < MINUTES * 60; next += EVERY_MS / 1000) {
    await sleep(Math.max(0, (next - elapsedS()) * 1000));
    const atS = elapsedS();
    series.rss.push({ atS, value: rssOf(site.pid) });
    series.page.push({ atS, value: await pageHeap() });
    if (atS < collectAtS) continue;
    collectAtS = atS + COLLECT_EVERY_S;
    series.heap.push({ atS, value: await site.heap.liveBytes() });
    if (atS < printAtS) continue;
    printAtS = atS + PRINT_EVERY_S;
    print(series);
  }
  return series;
}

/** For who waits. */
function print(series: Memory): void {
  const texts = TITLES.map(([name, title]) => `${title} ${mb(series[name].at(-1)?.value ?? 0)}`);
  process.stdout.write(`${series.rss.at(-1)?.atS.toFixed(0)} s: ${texts.join(', ')}\n`);
}

const TITLES = [
  ['rss', "controller's resident memory, least of each two minutes"],
  ['heap', "controller's live heap (main thread)"],
  ['page', "page's live heap"],
] as const satisfies readonly (readonly [Series, string])[];

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
  readonly heap: InspectedHeap;
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
  const heap = await InspectedHeap.connect(inspector);
  onTestFinished(() => heap.close());
  return {
    agents: `ws://127.0.0.1:${agents}/v1/agent`,
    origin: `http://127.0.0.1:${operators}`,
    token,
    pid: serve.pid,
    heap,
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

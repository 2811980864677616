/**
 * Six hours of fifty SIMULATED instances, fed in a minute, five of which have a fault each in their last minutes: a real controller shows each
 * fault in its figures and metrics, a real Prometheus sees it, and each is told by one webhook. No EC2 takes part.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, it, type TestContext } from 'vitest';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { HandAgent, instanceIdOf, RUN_ID } from '../integration/ingest-support.ts';
import { simulatedRun } from '../simulation/analyse-truth.ts';
import { simulateRecords } from '../simulation/simulate-records.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import { makeSoakingData } from '../simulation/soaking-data.ts';
import { freePort } from '../spine/free-port.ts';
import { Program } from '../spine/program.ts';
import { nodeWords } from '../spine/spine-harness.ts';
import { unreachableAws } from '../spine/unreachable-aws.ts';
import { waitUntil } from '../spine/wait-until.ts';

const INSTANCES = 50;
const SIX_HOURS = 6 * 3600;
/** Each fault begins here: within the last ten minutes, which the live figures show. */
const FAULT_S = SIX_HOURS - 500;
/** As from a device: of a PHC that is marked as simulated chronyd's state would not be judged. */
const HEALTHY: SimulatedTruth = { durationS: SIX_HOURS, everyStream: true, phcIntervalS: 1 };
const after = (t: number, value: number) => (t > FAULT_S ? value : 0);

/** By instance. The last one delivers and is then not heard of any more. */
const FAULTS: Readonly<
  Record<number, { readonly name: string; readonly truth: SimulatedTruth; readonly alert: string }>
> = {
  1: { name: 'step', truth: { ...HEALTHY, systemNs: (t) => after(t, 250_000) }, alert: 'PtpClockStepped' },
  2: {
    name: 'noise',
    truth: { ...HEALTHY, systemNs: (t) => after(t, 6000 * Math.sin(t * 7)) },
    alert: 'PtpOffsetHigh',
  },
  3: {
    name: 'reference lost',
    truth: { ...HEALTHY, chrony: { selected: (t) => t < FAULT_S } },
    alert: 'PtpReferenceLost',
  },
  4: {
    name: 'error bound',
    truth: { ...HEALTHY, chrony: { boundNs: (t) => 8000 + after(t, 400_000) } },
    alert: 'PtpClockErrorBoundHigh',
  },
  5: { name: 'silent', truth: HEALTHY, alert: 'PtpAgentSilent' },
};

type Cleanup = TestContext['onTestFinished'];

it('each of five faults among fifty instances is seen in figures, metrics and Prometheus, and told by one webhook', async ({
  onTestFinished,
  annotate,
}) => {
  const directory = mkdtempSync(join(tmpdir(), 'ptp-soak-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const webhooks = await startReceiver(onTestFinished);
  const site = await makeSite(directory, webhooks.url);
  const first = await site.serve(onTestFinished);

  const startedAt = performance.now();
  const delivered = await feed(site.agents, onTestFinished);
  const records = [...delivered.values()].reduce((sum, count) => sum + count, 0);
  await annotate(
    `${records} records of ${INSTANCES} instances, six hours each, were stored in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`,
  );
  // What is shown from here on was read back from the store. Only now does the run soak, so that all of it is judged at once.
  await first.kill();
  site.beginSoak();
  await site.serve(onTestFinished);
  await comeBack(site.agents, delivered, onTestFinished);

  const faulty = Object.keys(FAULTS).map((index) => instanceIdOf(Number(index)));
  await waitUntil(
    'a webhook for each faulty instance',
    () => new Set(webhooks.bodies.map((body) => body['instance_id'])).size >= 5 || null,
    {
      timeoutMs: 300_000,
      explain: () => JSON.stringify(webhooks.bodies, null, 1),
    },
  );
  const told = webhooks.bodies.map(({ kind, instance_id }) => `${kind} ${instance_id}`).sort();
  expect(told).toEqual([...faulty.slice(0, 4).map((id) => `criterion_failed ${id}`), `instance_silent ${faulty[4]}`]);

  const rows = (await site.get(`/api/v1/runs/${RUN_ID}/overview`))['instances'] as readonly Record<string, unknown>[];
  const row = (index: number) => rows.find((one) => one['index'] === index) ?? {};
  expect(rows).toHaveLength(INSTANCES);
  expect(row(1)['offset_max_abs_ns']).toBeGreaterThan(249_000);
  expect(row(2)['offset_p99_abs_ns']).toBeGreaterThan(5000);
  expect(row(3)['phc_selected']).toBe(false);
  expect(row(4)['clock_error_bound_ns']).toBeGreaterThan(400_000);
  expect(row(5)['connected']).toBe(false);
  for (const healthy of rows.slice(5)) {
    expect(healthy).toMatchObject({ connected: true, phc_selected: true, gaps: 0 });
    expect(healthy['offset_max_abs_ns']).toBeLessThan(1000);
  }

  const metrics = await site.text('/metrics');
  for (const index of [1, 2, 3, 4]) {
    expect(metrics).toMatch(new RegExp(`^ptp_tester_criteria_failed\\{.*${instanceIdOf(index)}.*\\} [1-9]`, 'm'));
  }
  expect(metrics.match(/^ptp_tester_criteria_failed\{.*\} 0$/gm)).toHaveLength(INSTANCES - 4);

  const run = (await site.get(`/api/v1/runs/${RUN_ID}`)) as { verdict_so_far: { quality: string; fail: number } };
  expect(run.verdict_so_far).toMatchObject({ quality: 'fail', fail: 4 });
  await expectPrometheus({ directory, operators: site.operators, token: site.token }, onTestFinished, annotate);
}, 600_000);

async function startReceiver(onTestFinished: Cleanup) {
  const bodies: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(JSON.parse(text));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

/** A data directory with the run in it, and `serve` on it. EC2 cannot be reached, which never reads as "gone". */
async function makeSite(directory: string, webhook: string) {
  const path = join(directory, 'data');
  const token = makeRun(path);
  // Long enough for all to come in; the one that stays away is told soon after the restart.
  const notify = (silentAfter: string) =>
    writeFileSync(join(directory, 'notify.yaml'), `webhooks: [{ url: "${webhook}" }]\nsilent_after: ${silentAfter}\n`, {
      mode: 0o600,
    });
  notify('1h');
  const [operators, agents, closed] = [await freePort(), await freePort(), await freePort()];
  const listen = ['--listen', `127.0.0.1:${operators}`, '--agent-listen', `127.0.0.1:${agents}`];
  const flags = ['--data', path, '--notify', join(directory, 'notify.yaml'), ...listen, '--json'];
  const environment = unreachableAws(directory, closed);
  const ask = async (address: string) => {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetch(`http://127.0.0.1:${operators}${address}`, { headers });
    expect(reply.status, address).toBe(200);
    return reply;
  };
  return {
    agents: `ws://127.0.0.1:${agents}/v1/agent`,
    operators,
    token,
    async serve(onTestFinished: Cleanup): Promise<Program> {
      const words = nodeWords('controller/src/main.ts', ['serve', ...flags]);
      const serve = new Program({ words, environment, directory });
      onTestFinished(async () => void (await serve.stop()));
      await serve.line(/"resumed"/);
      return serve;
    },
    beginSoak: () => {
      const repository = openRunRepository(join(path, 'control.db'), { now: Date.now });
      repository.updateRun(RUN_ID, { soakStartedAt: Date.now() - 60_000 });
      repository.close();
      notify('20s');
    },
    get: async (address: string) => (await ask(address)).json() as Promise<Record<string, unknown>>,
    text: async (address: string) => (await ask(address)).text(),
  };
}

/** Its soak begins later, so that nothing is judged while it is fed. */
function makeRun(path: string): string {
  const later = Date.now() + 3_600_000;
  const run = { ...simulatedRun(HEALTHY), soakStartedAt: later, soakEndsAt: later };
  return makeSoakingData(path, { run, instances: INSTANCES, enrolledAt: Date.now() });
}

const epochOf = (index: number) => index.toString(16).padStart(16, '0');

/** Connected and greeted; `held`: how many records it has delivered already. */
async function connect(url: string, index: number, held: number): Promise<HandAgent> {
  const agent = await HandAgent.connect({ url }, index);
  agent.hello([{ epoch: epochOf(index), first: held + 1, next: held + 1 }]);
  await agent.next('enrolled');
  return agent;
}

/** After the restart all are back but the silent one. */
async function comeBack(url: string, delivered: ReadonlyMap<number, number>, onTestFinished: Cleanup): Promise<void> {
  for (const [index, held] of delivered) {
    if (FAULTS[index]?.name === 'silent') continue;
    const agent = await connect(url, index, held);
    onTestFinished(() => agent.close());
  }
}

/** All records of all instances over real sockets. The healthy ones tell the same six hours, each under an epoch of its own. */
async function feed(url: string, onTestFinished: Cleanup): Promise<ReadonlyMap<number, number>> {
  const healthy = recordsOf(HEALTHY);
  const delivered = new Map<number, number>();
  const waiting = Array.from({ length: INSTANCES }, (_, place) => place + 1);
  const deliver = async (index: number) => {
    const { truth = HEALTHY } = FAULTS[index] ?? {};
    const own = truth === HEALTHY ? healthy : recordsOf(truth);
    const agent = await connect(url, index, 0);
    onTestFinished(() => agent.close());
    const stamped = own.map((bytes) => underEpoch(bytes, epochOf(index)));
    for (let from = 0; from < own.length; from += 200) {
      agent.sendRecords(...stamped.slice(from, from + 200));
      // What is on its way stays bounded.
      if (from % 2000 === 0 && from > 0) await agent.ackedThrough(from - 2000, epochOf(index));
    }
    await agent.ackedThrough(own.length, epochOf(index));
    await agent.close();
    delivered.set(index, own.length);
  };
  const next = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await deliver(index);
  };
  await Promise.all(Array.from({ length: 10 }, next));
  return delivered;
}

function recordsOf(truth: SimulatedTruth): readonly Uint8Array[] {
  return simulateRecords(instanceIdOf(1), truth).flatMap((write) => ('bytes' in write ? [write.bytes] : []));
}

/** The record of another epoch (docs/protocol.md): eight bytes at 4, and the checksum at the end. */
function underEpoch(bytes: Uint8Array, epoch: string): Uint8Array {
  const copy = bytes.slice();
  copy.set(Buffer.from(epoch, 'hex'), 4);
  new DataView(copy.buffer).setUint32(copy.length - 4, crc32(copy.subarray(0, -4)), true);
  return copy;
}

interface Found {
  readonly metric: Record<string, string>;
  readonly value: [number, string];
}

/** A real Prometheus scrapes the controller, and the expression of each alert names the instance with that fault and no other. */
async function expectPrometheus(
  site: { readonly directory: string; readonly operators: number; readonly token: string },
  onTestFinished: Cleanup,
  annotate: TestContext['annotate'],
): Promise<void> {
  try {
    execFileSync('prometheus', ['--version'], { stdio: 'pipe' });
  } catch {
    await annotate('Prometheus is not installed (Debian package prometheus): that it sees the faults was not tested');
    return;
  }
  const monitoring = join(import.meta.dirname, '../../deploy/monitoring');
  const { directory, operators, token } = site;
  const config = `global: { scrape_interval: 1s }
rule_files: ["${join(monitoring, 'alerts.yml')}"]
scrape_configs:
  - job_name: ptp-tester
    authorization: { credentials_file: "${join(directory, 'prometheus.token')}" }
    static_configs: [{ targets: ["127.0.0.1:${operators}"] }]
`;
  writeFileSync(join(directory, 'prometheus.token'), token, { mode: 0o600 });
  writeFileSync(join(directory, 'prometheus.yml'), config);
  const port = await freePort();
  const words = [
    'prometheus',
    `--config.file=${join(directory, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(directory, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port}`,
  ];
  const prometheus = new Program({ words, environment: { PATH: process.env['PATH'] ?? '' }, directory });
  onTestFinished(async () => void (await prometheus.stop()));
  const query = async (expr: string): Promise<readonly Found[]> => {
    const reply = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`).catch(
      () => null,
    );
    return reply?.ok ? ((await reply.json()) as { data: { result: Found[] } }).data.result : [];
  };
  const isUp = async () => ((await query('up{job="ptp-tester"}'))[0]?.value[1] === '1' ? true : null);
  await waitUntil('Prometheus has scraped the controller', isUp, {
    timeoutMs: 60_000,
    explain: () => prometheus.describe(),
  });
  const rules = readFileSync(join(monitoring, 'alerts.yml'), 'utf8');
  for (const [index, { alert }] of Object.entries(FAULTS)) {
    const expr = new RegExp(`- alert: ${alert}\\n +expr: (.*)`).exec(rules)?.[1] ?? '';
    const found = (await query(expr)).map(({ metric }) => metric['instance_id']);
    expect(found, `${alert}: ${expr}`).toContain(instanceIdOf(Number(index)));
    expect(
      found.filter(
        (id) =>
          !Object.keys(FAULTS)
            .map(Number)
            .map(instanceIdOf)
            .includes(id ?? ''),
      ),
    ).toEqual([]);
  }
}

import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleAgent } from '@ptp-tester/agent';
import { ControllerDouble, type ControllerDoubleOptions, zstdCodec } from '@ptp-tester/testkit';
import { decodeRecord, type Plan } from '@ptp-tester/wire';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeCertificate } from '../bench/make-certificate.ts';
import { AgentProcess } from './agent-process/agent-process.ts';

const PLAN: Plan = {
  generation: 1,
  phase: 'measure',
  sources: { raw: { interval_ms: 50 }, host: { interval_ms: 500 } },
  batch: { max_samples: 60, max_age_ms: 300 },
  spool_max_bytes: 1_048_576,
};
const FINISH: Plan = { ...PLAN, generation: 2, phase: 'finish' };
const LEASE = { orphan_s: 600, ends_in_s: 600 };

let ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends) await end();
  ends = [];
});

async function setUp(options: Partial<ControllerDoubleOptions> = {}, caPem?: string) {
  const controller = new ControllerDouble({ plan: PLAN, lease: LEASE, ...options });
  const agent = new AgentProcess();
  ends.push(
    () => agent.remove(),
    () => controller.close(),
  );
  const controllerUrl = await controller.start();
  await agent.configure({ controllerUrl, ...(caPem === undefined ? {} : { caPem }) });
  await agent.start();
  return { controller, agent };
}

function eventsOf(controller: ControllerDouble): string[] {
  return controller.arrived
    .filter(({ header }) => header.kind === 'event')
    .map(({ record }) => decodeRecord(record, zstdCodec).content)
    .map((content) => (content.kind === 'event' ? content.event : ''));
}

function sequencesByEpoch(controller: ControllerDouble): number[][] {
  return [...Map.groupBy(controller.arrived, ({ header }) => header.epoch).values()].map((records) =>
    records.map(({ header }) => header.sequence),
  );
}

const batches = (controller: ControllerDouble) =>
  controller.arrived.filter(({ header }) => header.kind === 'batch').length;

describe('a run', () => {
  test('enrols once, measures, delivers everything, says goodbye, and leaves an empty spool', async () => {
    const { controller, agent } = await setUp();
    await controller.until(() => batches(controller) >= 10);
    controller.setPlan(FINISH);
    expect(await agent.exited()).toBe(0);
    const types = controller.messages.map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['enrol', 'hello']);
    expect(types.at(-1)).toBe('goodbye');
    expect(controller.status).toMatchObject({ phase: 'finished', generation: 2, spool_records: 0 });
    const [sequences = []] = sequencesByEpoch(controller);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(eventsOf(controller)[0]).toBe('epoch_started');
    expect(eventsOf(controller).at(-1)).toBe('measuring_finished');
    expect(agent.segments).toEqual([]);
    expect(agent.ledger.epochs).toEqual([
      { epoch: controller.status?.epoch, through: sequences.length, acked: sequences.length },
    ]);
    expect(statSync(join(agent.folder, 'state', 'identity.json')).mode & 0o777).toBe(0o600);
  });

  test('kill -9 and a cut connection lose nothing that was spooled: every epoch arrives whole and once', async () => {
    const { controller, agent } = await setUp();
    for (const held of [false, true, false]) {
      controller.holdsAcks = held;
      const before = batches(controller);
      await controller.until(() => batches(controller) >= before + 5);
      expect(await agent.end('SIGKILL')).toBe('SIGKILL');
      await agent.start();
    }
    const before = batches(controller);
    await controller.until(() => batches(controller) >= before + 3);
    controller.cut();
    await controller.until(() => batches(controller) >= before + 6);
    controller.setPlan(FINISH);
    expect(await agent.exited()).toBe(0);
    const epochs = sequencesByEpoch(controller);
    expect(epochs.length).toBe(4);
    for (const sequences of epochs) expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expect(agent.ledger.epochs.map(({ through, acked }) => through - acked)).toEqual([0, 0, 0, 0]);
    expect(controller.messages.filter(({ type }) => type === 'enrol').length).toBe(1);
  });

  test('goes on measuring by the last plan while the controller is away, and delivers later', async () => {
    const { controller, agent } = await setUp();
    await controller.until(() => batches(controller) >= 2);
    await agent.end('SIGKILL');
    controller.refuses = true;
    await agent.start();
    await controller.until(() => controller.refused >= 2);
    controller.refuses = false;
    await controller.until(() => controller.arrived.filter(({ header }) => header.sequence === 1).length === 2);
    const [, second = []] = sequencesByEpoch(controller);
    await controller.until(() => (sequencesByEpoch(controller)[1]?.length ?? 0) > second.length + 3);
    expect(eventsOf(controller).filter((event) => event === 'plan_reached').length).toBe(2);
  });

  test('SIGTERM ends it in order, with what is open in the spool', async () => {
    const { controller, agent } = await setUp();
    await controller.until(() => batches(controller) >= 2);
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(controller.messages.at(-1)).toEqual({ type: 'goodbye', reason: 'stopped' });
  });
});

test('a lease that runs out is told and powers the machine off', async () => {
  const { controller, agent } = await setUp({ lease: { orphan_s: 600, ends_in_s: 10 } });
  await controller.until(() => eventsOf(controller).includes('lease_expired'));
  await expect.poll(() => agent.shutdownLog, { timeout: 20_000 }).toBe('-h now\n');
});

describe('TLS', () => {
  test('trusts the certificate authority of the configuration', async () => {
    const { key, cert } = await makeCertificate();
    const { controller } = await setUp({ tls: { key, cert } }, cert);
    await controller.until(() => batches(controller) >= 1);
  });

  test('without an authority of its own it trusts those of the machine', async () => {
    const { key, cert } = await makeCertificate();
    const controller = new ControllerDouble({ plan: PLAN, lease: LEASE, tls: { key, cert } });
    const agent = new AgentProcess();
    ends.push(
      () => agent.remove(),
      () => controller.close(),
    );
    await agent.configure({ controllerUrl: await controller.start() });
    const file = join(agent.folder, 'machine-ca.pem');
    writeFileSync(file, cert);
    agent.environment = { SSL_CERT_FILE: file };
    await agent.start();
    await controller.until(() => batches(controller) >= 1);
  });

  test('sends nothing to a controller with another certificate', async () => {
    const { key, cert } = await makeCertificate();
    const other = await makeCertificate();
    const { controller, agent } = await setUp({ tls: { key, cert } }, other.cert);
    await expect.poll(() => agent.stderr, { timeout: 20_000 }).toMatch(/certificate|self-signed/);
    expect(controller.messages).toEqual([]);
  });
});

describe('the command line', () => {
  /** In an empty folder, without any environment. */
  async function runBare(args: readonly string[], config = '') {
    const folder = mkdtempSync(join(tmpdir(), 'ptp-agent-bare-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'agent');
    copyFileSync((await bundleAgent()).path, path);
    writeFileSync(join(folder, 'agent.json'), config);
    return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(path, args, { cwd: folder, env: {} }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, stdout, stderr });
      });
    });
  }

  test('status says what the running agent does', async () => {
    const { controller, agent } = await setUp();
    await controller.until(() => controller.status?.phase === 'measuring');
    const config = join(agent.folder, 'agent.json');
    const { path } = await bundleAgent();
    const status = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)(path, ['status', '--config', config, ...args], { env: {} });
      return stdout;
    };
    const text = await vi.waitFor(async () => {
      const shown = await status();
      if (!shown.includes('measuring')) throw new Error(shown);
      return shown;
    });
    expect(text).toContain('controller  connected');
    expect(JSON.parse(await status('--json'))).toMatchObject({
      running: true,
      run: '20261120-231757-k3f9',
      connection: { connected: true, problem: null },
      status: { phase: 'measuring', generation: 1 },
    });
    expect(statSync(join(agent.folder, 'state', 'status.json')).mode & 0o777).toBe(0o600);
  });

  test('status without a running agent ever ends with exit code 1 and says where to look', async () => {
    const config = { controller_url: 'http://127.0.0.1:1', run: '20261120-231757-k3f9', index: 1, attempt: 1 };
    const text = JSON.stringify({ ...config, token: 't', state_dir: '/nonexistent/state' });
    const { code, stderr } = await runBare(['status', '--config', 'agent.json'], text);
    expect(code).toBe(1);
    expect(stderr).toContain('the agent has not started; look at: journalctl -u ptp-tester-agent');
    expect(await runBare(['status', '--colour'], text)).toMatchObject({ code: 2 });
  });

  test('--version needs nothing but the file', async () => {
    const { version } = await bundleAgent();
    expect(await runBare(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    { what: 'an unknown flag', args: ['run', '--colour'], expected: 'not known: run --colour' },
    { what: 'a missing configuration', args: ['run', '--config', 'no.json'], expected: 'no.json cannot be read' },
    {
      what: 'a malformed configuration',
      args: ['run', '--config', 'agent.json'],
      expected: '- controller_url is missing',
    },
  ])('$what ends with exit code 2 and says what is wrong', async ({ args, expected }) => {
    const { code, stderr } = await runBare(args, '{"run": 1}');
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });
});

test('two processes that bundle at once get the same file', async () => {
  const [one, other] = await Promise.all([bundleAgent(), bundleAgent()]);
  expect(other.sha256).toBe(one.sha256);
  expect(other.path).toBe(one.path);
});

/** The whole spine as real programs: local-ec2, a controller, a fault proxy between agents and controller, and what tests do to them. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DeliveryReport } from '../../controller/src/analysis/verify-delivery.ts';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { agentPid, processesOf } from './agent-process.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { freePort } from './free-port.ts';
import { Program, runProgram } from './program.ts';
import { readStoredRun, type StoredRun } from './stored-run.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = join(import.meta.dirname, '../..');

/** From the start to every instance measuring, on a busy machine with two cores. */
const MEASURING_MS = 120_000;
const ENDED_MS = 120_000;
const EC2_TIMING = ['--pending-ms', '100', '--shutting-down-ms', '300', '--grace-ms', '1000'];

/** `node <script> <args>` on the pinned Node. */
export function nodeWords(script: string, args: readonly string[]): string[] {
  return ['sh', join(ROOT, 'tools/node.sh'), join(ROOT, script), ...args];
}

export interface RunRequest {
  readonly instanceTypes?: string;
  readonly duration: string;
  readonly flags?: readonly string[];
  /** On top of the usual one. */
  readonly environment?: Readonly<Record<string, string>>;
}

interface Ec2Ready {
  readonly endpoint: string;
  readonly subnetIds: readonly string[];
  readonly marker: string;
}

export class Spine {
  readonly directory: string;
  readonly proxy: FaultProxy;
  readonly #ports: { readonly operators: number; readonly agents: number };
  readonly #programs: Program[] = [];
  readonly #lastWork: (() => void)[] = [];
  #ec2: Ec2Ready = { endpoint: '', subnetIds: [], marker: '' };
  #controller: Program | null = null;

  constructor(parts: { directory: string; proxy: FaultProxy; ports: { operators: number; agents: number } }) {
    this.directory = parts.directory;
    this.proxy = parts.proxy;
    this.#ports = parts.ports;
  }

  get data(): string {
    return join(this.directory, 'data');
  }

  /** Folders of instances that have ended. */
  get kept(): string {
    return join(this.directory, 'kept');
  }

  get marker(): string {
    return this.#ec2.marker;
  }

  get agentPort(): number {
    return this.#ports.agents;
  }

  get operatorPort(): number {
    return this.#ports.operators;
  }

  get subnetId(): string {
    return this.#ec2.subnetIds[0] ?? '';
  }

  get environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.directory,
      LANG: 'C.UTF-8',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_EC2: this.#ec2.endpoint,
      AWS_ENDPOINT_URL_SSM: this.#ec2.endpoint,
    };
  }

  async startEc2(): Promise<void> {
    const args = ['--work', join(this.directory, 'ec2'), '--keep-instances', this.kept, '--json', '--exit-with-stdin'];
    const program = this.start(nodeWords('packages/local-ec2/src/main.ts', [...args, ...EC2_TIMING]));
    this.#ec2 = JSON.parse(await program.line(/"endpoint"/));
  }

  /** What must be undone once every process has ended, before the folder is removed. */
  atEnd(work: () => void): void {
    this.#lastWork.push(work);
  }

  /** A program that ends with the test. */
  start(words: readonly string[], environment = this.environment): Program {
    const program = new Program({ words, environment, directory: this.directory });
    this.#programs.push(program);
    return program;
  }

  /** A command of ptp-tester, run to its end. */
  command(...args: readonly string[]): Promise<Program> {
    const words = nodeWords('controller/src/main.ts', args);
    return runProgram({ words, environment: this.environment, directory: this.directory });
  }

  get controllerFlags(): string[] {
    const { operators, agents } = this.#ports;
    const listen = ['--listen', `127.0.0.1:${operators}`, '--agent-listen', `127.0.0.1:${agents}`];
    return ['--data', this.data, ...listen, '--public-url', `http://127.0.0.1:${this.proxy.port}`];
  }

  run({ instanceTypes = 'c7i.large', duration, flags = [], environment = {} }: RunRequest): Program {
    const what = ['--instance-types', instanceTypes, '--subnet-id', this.subnetId, '--duration', duration];
    const args = ['run', ...what, '--simulate-phc', '--json', ...this.controllerFlags, ...flags];
    const words = nodeWords('controller/src/main.ts', args);
    this.#controller = this.start(words, { ...this.environment, ...environment });
    return this.#controller;
  }

  serve(): Program {
    this.#controller = this.start(nodeWords('controller/src/main.ts', ['serve', '--json', ...this.controllerFlags]));
    return this.#controller;
  }

  get controller(): Program {
    if (this.#controller === null) throw new Error('no controller was started');
    return this.#controller;
  }

  /** The newest run as the data directory shows it; null before there is one. */
  look(): StoredRun | null {
    return readStoredRun(this.data);
  }

  /** Waits until the run is as wanted. */
  until(what: string, isSo: (stored: StoredRun) => boolean, timeoutMs = MEASURING_MS): Promise<StoredRun> {
    const look = () => {
      const { end } = this.controller;
      const stored = this.look();
      if (stored !== null && isSo(stored)) return stored;
      if (typeof end?.code === 'number') throw new Error(`the controller ended before: ${what}\n${this.describe()}`);
      return null;
    };
    return waitUntil(what, look, { timeoutMs, explain: () => this.describe() });
  }

  /** Every instance has samples in the store. */
  untilMeasuring(): Promise<StoredRun> {
    return this.until('every instance has stored samples', ({ run, instances, samples }) => {
      return run.state === 'soaking' && instances.every(({ instanceId }) => (samples.get(instanceId ?? '') ?? 0) > 0);
    });
  }

  /** More samples of every instance than there were. */
  untilMoreSamples(before: ReadonlyMap<string, number>, more = 1): Promise<StoredRun> {
    return this.until('more samples are stored', ({ samples }) =>
      [...before].every(([instanceId, count]) => (samples.get(instanceId) ?? 0) >= count + more),
    );
  }

  untilEnded(): Promise<StoredRun> {
    return this.until('the run has ended', ({ run }) => run.state === 'ended', ENDED_MS);
  }

  /** Ended as planned; the quality is judged from the data, and a stopped agent or a busy machine may cost it. */
  async untilCompleted(): Promise<StoredRun> {
    const ended = await this.untilEnded();
    expect(ended.run.stopReason, this.describe()).toBeNull();
    expect(['completed', 'quality_failed']).toContain(ended.run.outcome);
    expect(ended.instances.map(({ failure }) => failure)).toEqual(ended.instances.map(() => null));
    // The report is written after the end.
    const report = join(this.data, 'runs', ended.run.id, 'report.json');
    await waitUntil('the report is written', () => existsSync(report), { explain: () => this.describe() });
    return ended;
  }

  /** kill -9 of an instance's agent; its supervisor is left alone. */
  async killAgent(instanceId: string): Promise<number> {
    const find = () => agentPid(this.marker, instanceId);
    const pid = await waitUntil(`an agent runs on ${instanceId}`, find, { explain: () => this.describe() });
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Where a living instance's files are. */
  folderOf(instanceId: string): string {
    const living = join(this.directory, 'ec2/instances', instanceId);
    return existsSync(living) ? living : join(this.kept, instanceId);
  }

  /** systemctl as the instance itself would call it. */
  async systemctl(instanceId: string, ...args: readonly string[]): Promise<void> {
    const words = [join(this.folderOf(instanceId), 'shims/systemctl'), ...args];
    const program = await runProgram({ words, environment: this.environment, directory: this.directory });
    if (program.end?.code !== 0) throw new Error(program.describe());
  }

  async verify(run: string, spools = this.kept): Promise<DeliveryReport> {
    const program = await this.command('verify', run, '--data', this.data, '--spools', spools, '--json');
    if (program.stdout === '') throw new Error(program.describe());
    return JSON.parse(program.stdout);
  }

  report(run: string): Report {
    return JSON.parse(readFileSync(join(this.data, 'runs', run, 'report.json'), 'utf8'));
  }

  /**
   * The gaps of the two streams that every run here has. Without the agent's own missed ticks: those a busy machine has at any time.
   */
  gaps(run: string, instanceId?: string): readonly { stream: string; cause: string }[] {
    const results = this.report(run).results.filter((it) => instanceId === undefined || it.instance_id === instanceId);
    const gaps = results.flatMap((result) => result.gaps.items);
    return gaps
      .filter(({ stream, cause }) => (stream === 'raw' || stream === 'phc') && cause !== 'missed')
      .map(({ stream, cause }) => ({ stream, cause }));
  }

  /** What must hold after every run, whatever happened to it: all delivered once, nothing left. */
  async expectClean(run: string): Promise<DeliveryReport> {
    const delivery = await this.verify(run);
    const { missing, undelivered, duplicate, extra, different } = delivery.totals;
    expect({ missing, undelivered, duplicate, extra, different }, JSON.stringify(delivery)).toEqual({
      missing: 0,
      undelivered: 0,
      duplicate: 0,
      extra: 0,
      different: 0,
    });
    expect(delivery.instances_without_spool).toEqual([]);
    expect(delivery.totals.stored).toBeGreaterThan(0);
    expect(await processesOf(this.marker)).toEqual([]);
    return delivery;
  }

  /** All that was printed. */
  get printed(): string {
    return this.#programs.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  }

  describe(): string {
    const stored = this.look();
    const state = stored === null ? 'no run' : describeStored(stored);
    return [state, ...this.#programs.map((program) => program.describe())].join('\n\n');
  }

  async close(): Promise<void> {
    const [ec2, ...controllers] = this.#programs;
    await Promise.all(controllers.map((program) => program.kill()));
    ec2?.closeInput();
    await ec2?.stop();
    const left = this.marker === '' ? [] : await processesOf(this.marker);
    await this.proxy.close();
    for (const work of this.#lastWork.reverse()) work();
    await rm(this.directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`processes of instances are left: ${left.join(' ')}`);
  }
}

function describeStored({ run, instances, events, samples }: StoredRun): string {
  const { state, outcome, stopReason } = run;
  const listed = instances.map((it) => ({ id: it.instanceId, state: it.state, failure: it.failure }));
  return JSON.stringify({ state, outcome, stopReason, instances: listed, events, samples: [...samples] }, null, 1);
}

/** What a test's context has: called with what is to be done when the test has finished, however it did. */
export type OnTestFinished = (work: () => void | Promise<void>) => void;

/** Starts EC2 and the proxy; everything ends with the test. */
export async function startSpine(onTestFinished: OnTestFinished): Promise<Spine> {
  const directory = await mkdtemp(join(tmpdir(), 'ptp-spine-'));
  const ports = { operators: await freePort(), agents: await freePort() };
  const proxy = await startFaultProxy({ port: ports.agents });
  const spine = new Spine({ directory, proxy, ports });
  onTestFinished(() => spine.close());
  await mkdir(spine.kept, { recursive: true });
  await spine.startEc2();
  return spine;
}

/** local-ec2 with namespaces and commands of ptp-tester as real programs; instances reach the controller over the bridge, by TLS. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstancesCommand, EC2Client, type Instance } from '@aws-sdk/client-ec2';
import { leftOf, type Traces, tracesOf } from './namespace-traces.ts';
import { Program } from './program.ts';
import { nodeWords, type OnTestFinished } from './spine-harness.ts';
import { readStoredRun, type StoredRun } from './stored-run.ts';
import { waitUntil } from './wait-until.ts';

const TIMING = ['--pending-ms', '100', '--shutting-down-ms', '300', '--grace-ms', '1000'];

interface Ready {
  readonly endpoint: string;
  readonly subnetIds: readonly string[];
  readonly hostAddress: string;
  readonly marker: string;
}

/** What became of an attempt to connect. `refused`: the other kernel said so, so the packets came in. */
/** In a new clone on a busy machine the agent files of both architectures are built first. */
const STARTED_MS = 240_000;

export type Attempt = 'connected' | 'refused' | 'dropped';

export class NamespaceSite {
  readonly directory: string;
  readonly #programs: Program[] = [];
  readonly #traces: Traces[] = [];
  #ready: Ready = { endpoint: '', subnetIds: [], hostAddress: '', marker: '' };
  #ec2: EC2Client | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** This machine as the instances see it. */
  get hostAddress(): string {
    return this.#ready.hostAddress;
  }

  /** The network of the VPC. */
  get network(): string {
    return `${this.hostAddress.split('.').slice(0, 2).join('.')}.0.0/16`;
  }

  get subnetId(): string {
    return this.#ready.subnetIds[0] ?? '';
  }

  get marker(): string {
    return this.#ready.marker;
  }

  /** A client of the user's own. */
  get ec2(): EC2Client {
    if (this.#ec2 === null) throw new Error('local-ec2 was not started');
    return this.#ec2;
  }

  get #environment(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.directory,
      LANG: 'C.UTF-8',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_EC2: this.#ready.endpoint,
      AWS_ENDPOINT_URL_SSM: this.#ready.endpoint,
      AWS_ENDPOINT_URL_STS: this.#ready.endpoint,
    };
  }

  async startEc2(): Promise<Program> {
    const folders = ['--work', this.path('ec2'), '--keep-instances', this.path('kept')];
    const how = ['--isolation', 'namespace', '--json', '--exit-with-stdin', ...TIMING];
    const program = this.#start(nodeWords('packages/local-ec2/src/main.ts', [...folders, ...how]));
    this.#ready = JSON.parse(await program.line(/"endpoint"/));
    this.#ec2?.destroy();
    this.#ec2 = new EC2Client({
      endpoint: this.#ready.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'user', secretAccessKey: 'user' },
    });
    return program;
  }

  /** A command of ptp-tester that goes on; it ends with the test. */
  start(...args: readonly string[]): Program {
    return this.#start(nodeWords('controller/src/main.ts', args));
  }

  async command(...args: readonly string[]): Promise<Program> {
    const program = this.start(...args);
    await program.ended;
    return program;
  }

  /** Flags of a controller whose agents come over the bridge of the VPC: TLS by its own authority. */
  controllerFlags(data: string, agentPort = 0): string[] {
    const listen = ['--listen', '127.0.0.1:0', '--agent-listen', `${this.hostAddress}:${agentPort}`];
    return ['--data', this.path(data), ...listen];
  }

  run(instanceTypes: string, options: { duration: string; flags?: readonly string[]; agentPort?: number }): Program {
    const { duration, flags = [], agentPort = 0 } = options;
    const what = ['--instance-types', instanceTypes, '--subnet-id', this.subnetId, '--duration', duration];
    return this.start('run', ...what, '--simulate-phc', '--yes', ...this.controllerFlags('data', agentPort), ...flags);
  }

  look(data = 'data'): StoredRun | null {
    return readStoredRun(this.path(data));
  }

  /** Waits until the run is as wanted. */
  until(what: string, isSo: (stored: StoredRun) => boolean, timeoutMs = STARTED_MS): Promise<StoredRun> {
    const look = () => {
      const stored = this.look();
      return stored !== null && isSo(stored) ? stored : null;
    };
    return waitUntil(what, look, { timeoutMs, explain: () => this.describe() });
  }

  untilMeasuring(): Promise<StoredRun> {
    return this.until('every instance has stored samples', ({ run, instances, samples }) => {
      return run.state === 'soaking' && instances.every(({ instanceId }) => (samples.get(instanceId ?? '') ?? 0) > 0);
    });
  }

  async describeInstances(): Promise<Instance[]> {
    const { Reservations: reservations = [] } = await this.ec2.send(new DescribeInstancesCommand({}));
    return reservations.flatMap(({ Instances: instances = [] }) => instances);
  }

  /** Notes what is there now: after the test nothing of it may be left. */
  async remember(): Promise<Traces> {
    const traces = await tracesOf({ workFolder: this.path('ec2'), ...this.#ready });
    this.#traces.push(traces);
    return traces;
  }

  /** What was remembered and is still there. */
  async left(): Promise<string[]> {
    return (await Promise.all(this.#traces.map(leftOf))).flat();
  }

  describe(): string {
    return this.#programs.map((program) => program.describe()).join('\n\n');
  }

  /** Ends everything, in the end also by force, and looks at what is left. */
  async close(): Promise<void> {
    const [, ...commands] = this.#programs;
    await Promise.all(commands.map((program) => program.stop()));
    for (const program of this.#programs) program.closeInput();
    await Promise.all(this.#programs.map((program) => program.stop()));
    this.#ec2?.destroy();
    const left = await this.left();
    rmSync(this.directory, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`left on this machine: ${left.join('\n')}`);
  }

  #start(words: readonly string[]): Program {
    const program = new Program({ words, environment: this.#environment, directory: this.directory });
    this.#programs.push(program);
    return program;
  }
}

/** Tries to connect from this machine. */
export function attemptTo(address: string, port: number, timeoutMs = 2000): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const end = (attempt: Attempt) => {
      socket.destroy();
      resolve(attempt);
    };
    socket.once('connect', () => end('connected'));
    socket.once('timeout', () => end('dropped'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end('refused');
      else reject(error);
    });
  });
}

/** Starts local-ec2; everything ends with the test, whatever became of it, and anything left makes it fail. */
export async function startNamespaceSite(onTestFinished: OnTestFinished): Promise<NamespaceSite> {
  const directory = mkdtempSync(join(tmpdir(), 'ptp-namespace-'));
  const site = new NamespaceSite(directory);
  onTestFinished(() => site.close());
  if (!existsSync(site.path('kept'))) mkdirSync(site.path('kept'));
  await site.startEc2();
  return site;
}

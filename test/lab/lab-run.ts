/** A run on guests: local-ec2 with isolation vm, a controller, a fault proxy between agents and controller. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VmUserData } from '@ptp-tester/local-ec2';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { type FaultProxy, startFaultProxy } from '../spine/fault-proxy.ts';
import { freePort } from '../spine/free-port.ts';
import { Program, runProgram } from '../spine/program.ts';
import { readStoredRun, type StoredRun } from '../spine/stored-run.ts';
import { waitUntil } from '../spine/wait-until.ts';
import { Guest } from './guest.ts';
import { type PhcSample, readPhcSamples } from './phc-samples.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Emulated guests are slow, and CI's cores are shared. */
const MEASURING_MS = 600_000;
const ENDED_MS = 240_000;
/** Emulated on a busy machine, cloud-init and the agent's download take longer than an EC2 instance may. */
const PATIENCE = '20m';
/** As much as an error shows. */
const CONSOLE_CHARACTERS = 4000;
const EC2_TIMING = ['--pending-ms', '100', '--shutting-down-ms', '300', '--grace-ms', '0'];

export interface LabRunOptions {
  readonly manifest: string;
  readonly userData: VmUserData;
  readonly instanceTypes?: string;
  readonly duration: string;
  readonly flags?: readonly string[];
}

interface LabRunParts {
  readonly directory: string;
  readonly proxy: FaultProxy;
  readonly ec2: Program;
  readonly controller: Program;
  readonly endpoint: string;
  /** What any `run` on this endpoint needs. */
  readonly place: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export class LabRun {
  readonly proxy: FaultProxy;
  readonly #parts: LabRunParts;
  readonly #guests = new Map<string, Guest>();

  constructor(parts: LabRunParts) {
    this.proxy = parts.proxy;
    this.#parts = parts;
  }

  /** Of local-ec2, for who looks at the run's instances as AWS shows them. */
  get endpoint(): string {
    return this.#parts.endpoint;
  }

  /** What the instance wrote to its console so far; nothing before it boots, and after it has been cleared away. */
  console({ folder }: Guest): string {
    const path = join(folder, 'var/log/console.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** At once, without its taking leave of anything. */
  async killController(): Promise<void> {
    await this.#parts.controller.kill();
  }

  /** Another controller says what a run with these flags would do; it has ended. */
  async dryRun(flags: readonly string[]): Promise<Program> {
    const { directory, environment, place } = this.#parts;
    const args = ['run', '--dry-run', ...place, '--data', join(directory, 'dry-run'), ...flags];
    return await runProgram({ words: nodeWords('controller/src/main.ts', args), environment, directory });
  }

  /** What another process of ptp-tester says of this run's data, as JSON, whatever its exit code: `report`, `verify`. */
  async ask<T>(command: string, flags: readonly string[] = []): Promise<T> {
    const { directory, environment } = this.#parts;
    const args = [command, this.look()?.run.id ?? '', '--data', this.data, '--json', ...flags];
    const program = await runProgram({ words: nodeWords('controller/src/main.ts', args), environment, directory });
    if (!program.stdout.startsWith('{')) throw new Error(program.describe());
    return JSON.parse(program.stdout);
  }

  /** For what tests fetch from guests; it goes with the run. */
  get directory(): string {
    return this.#parts.directory;
  }

  get data(): string {
    return join(this.#parts.directory, 'data');
  }

  look(): StoredRun | null {
    return readStoredRun(this.data);
  }

  async until(what: string, isSo: (stored: StoredRun) => boolean, timeoutMs = MEASURING_MS): Promise<StoredRun> {
    const look = () => {
      const { end } = this.#parts.controller;
      const stored = this.look();
      if (stored !== null && isSo(stored)) return stored;
      if (end !== null) throw new Error(`the controller ended before ${what}\n${this.describe()}`);
      return null;
    };
    return await waitUntil(what, look, { timeoutMs, everyMs: 100, explain: () => this.describe() });
  }

  /** The one instance of the run, from when it has been launched. */
  async guest(index = 1): Promise<Guest> {
    const find = (stored: StoredRun) => stored.instances.find((one) => one.index === index)?.instanceId ?? null;
    const stored = await this.until(`instance ${index} is launched`, (now) => find(now) !== null);
    const id = find(stored) ?? '';
    const guest = this.#guests.get(id) ?? new Guest(join(this.#parts.directory, 'ec2/instances', id));
    this.#guests.set(id, guest);
    return guest;
  }

  /** Chrony is set up, and the agent has reported it. */
  async untilLocked(timeoutMs = MEASURING_MS): Promise<StoredRun> {
    const isLocked = ({ instances }: StoredRun) => instances.every(({ verdict }) => verdict?.setup.value === 'locked');
    return await this.until('the agent reports a locked PHC', isLocked, timeoutMs);
  }

  /** All samples of the PHC, once those up to this instant of the guest's system clock are stored. */
  async phcSamplesUntil(at: bigint): Promise<PhcSample[]> {
    const id = this.look()?.run.id ?? '';
    const find = () => {
      const samples = readPhcSamples(this.data, id);
      return (samples.at(-1)?.at ?? 0n) >= at ? samples : null;
    };
    return await waitUntil('the samples are stored', find, {
      timeoutMs: 60_000,
      everyMs: 500,
      explain: () => this.describe(),
    });
  }

  async untilEnded(): Promise<Report> {
    const { run } = await this.until('the run has ended', (stored) => stored.run.state === 'ended', ENDED_MS);
    await this.#parts.controller.ended;
    return JSON.parse(readFileSync(join(this.data, 'runs', run.id, 'report.json'), 'utf8'));
  }

  describe(): string {
    const stored = this.look();
    const state = stored === null ? 'no run' : JSON.stringify([stored.run.state, stored.instances], null, 1);
    const consoles = [...this.#guests.values()].map(
      (guest) => `console:\n${this.console(guest).slice(-CONSOLE_CHARACTERS)}`,
    );
    return [state, this.#parts.controller.describe(), this.#parts.ec2.describe(), ...consoles].join('\n\n');
  }

  async close(): Promise<void> {
    const { controller, ec2, proxy, directory } = this.#parts;
    for (const guest of this.#guests.values()) guest.close();
    await controller.kill();
    ec2.closeInput();
    await ec2.stop();
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Starts one; whoever does so closes it. Tests take it from `tested-lab-run.ts`. */
export async function openLabRun(options: LabRunOptions): Promise<LabRun> {
  const directory = await mkdtemp(join(tmpdir(), 'ptp-lab-'));
  const ports = { operators: await freePort(), agents: await freePort() };
  const proxy = await startFaultProxy({ port: ports.agents });
  const environment = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? directory, LANG: 'C.UTF-8' };
  const vm = ['--isolation', 'vm', '--vm-image', options.manifest, '--vm-user-data', options.userData];
  const words = ['--work', join(directory, 'ec2'), '--json', '--exit-with-stdin', ...vm];
  const ec2 = new Program({
    words: nodeWords('packages/local-ec2/src/main.ts', [...words, '--vm-forward', String(proxy.port), ...EC2_TIMING]),
    environment,
    directory,
  });
  const ready: { endpoint: string; subnetIds: readonly string[]; hostAddress: string } = JSON.parse(
    await ec2.line(/"endpoint"/),
  );
  const listen = ['--listen', `127.0.0.1:${ports.operators}`, '--agent-listen', `127.0.0.1:${ports.agents}`];
  const reach = ['--public-url', `http://${ready.hostAddress}:${proxy.port}`];
  const place = ['--instance-types', options.instanceTypes ?? 'm7i.large', '--subnet-id', ready.subnetIds[0] ?? ''];
  const what = ['--data', join(directory, 'data'), '--duration', options.duration];
  const config = join(directory, 'ptp-tester.json');
  await writeFile(config, JSON.stringify({ timeouts: { launch: PATIENCE, agent: PATIENCE } }));
  const args = ['run', '--config', config, ...place, ...what, ...listen, ...reach, '--json', ...(options.flags ?? [])];
  const aws = { AWS_ENDPOINT_URL_EC2: ready.endpoint, AWS_ENDPOINT_URL_SSM: ready.endpoint };
  const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const operator = { ...environment, ...aws, ...credentials, AWS_ENDPOINT_URL_STS: ready.endpoint };
  const controller = new Program({
    words: nodeWords('controller/src/main.ts', args),
    environment: operator,
    directory,
  });
  const { endpoint } = ready;
  return new LabRun({ directory, proxy, ec2, controller, endpoint, place, environment: operator });
}

function nodeWords(script: string, args: readonly string[]): string[] {
  return ['sh', join(ROOT, 'tools/node.sh'), join(ROOT, script), ...args];
}

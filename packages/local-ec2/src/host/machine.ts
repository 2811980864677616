// One instance on this machine: a folder, a metadata service, user data run as plain processes, services, power.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BoundedLog } from './bounded-log.ts';
import { endMarkedProcesses } from './end-processes.ts';
import { MetadataServer, type ShimAnswer, type ShimRequest } from './metadata-server.ts';
import type { MetadataFacts } from './metadata-tree.ts';
import { planPower } from './power.ts';
import { MARKER_VARIABLE, markOf, type ProcessScanner } from './run-marker.ts';
import { ServiceManager } from './service-manager.ts';
import { writeShims } from './shims.ts';
import { describeEnd, type RunningProcess, spawnProcess } from './spawn-process.ts';
import { type PowerRequest, runSystemctl } from './systemctl.ts';
import { planUserData } from './user-data.ts';

/** What a machine is told. */
export interface MachineOptions {
  /** Its own folder: the prefix in which everything of it lies. */
  readonly folder: string;
  /** Value of the run marker: `<endpoint id>/<instance id>`. */
  readonly marker: string;
  readonly nodePath: string;
  /** PATH behind the shims. */
  readonly hostPath: string;
}

/** What a machine needs. */
export interface MachineDependencies {
  readonly facts: () => MetadataFacts;
  /** The instance powers itself off or reboots. */
  readonly onPower: (request: PowerRequest) => void;
  readonly scanner: ProcessScanner;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not step. */
  readonly monotonicMs: () => number;
}

const FOLDERS = ['root', 'tmp', 'etc', 'opt', 'run', 'usr/local/bin', 'var/lib/cloud/instance/scripts', 'var/log'];
/** Longer timers fire at once (Node.js, "setTimeout"). */
const MAX_TIMER_MS = 2 ** 31 - 1;
const OK: ShimAnswer = { stdout: '', stderr: '', exitCode: 0 };

/** One instance. */
export class Machine {
  readonly console: BoundedLog;
  private readonly options: MachineOptions;
  private readonly dependencies: MachineDependencies;
  private readonly metadata: MetadataServer;
  private readonly services: ServiceManager;
  private readonly journals = new Map<string, BoundedLog>();
  private scheduled: NodeJS.Timeout | undefined;

  constructor(options: MachineOptions, dependencies: MachineDependencies) {
    this.options = options;
    this.dependencies = dependencies;
    this.console = new BoundedLog({ path: join(options.folder, 'var/log/console.log') }, dependencies);
    this.metadata = new MetadataServer({ ...dependencies, runShim: (request) => this.runShim(request) });
    this.services = new ServiceManager(
      { folder: options.folder },
      {
        run: ({ words, environment, workingDirectory, onOutput }) =>
          this.run({ words, environment, onOutput, folder: workingDirectory ?? options.folder }),
        log: (unit, data) => this.journal(unit).append(data),
        scanner: dependencies.scanner,
        monotonicMs: dependencies.monotonicMs,
      },
    );
  }

  /** Makes the folder and starts the metadata service. */
  async prepare(): Promise<void> {
    const { folder, nodePath, hostPath } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
    await this.services.prepare();
    await this.metadata.start();
    await writeShims({ folder, nodePath, hostPath, url: this.metadata.shimUrl });
  }

  /** First boot: runs the user data; later boots start the enabled services only. Waits for neither. */
  async boot(isFirst: boolean): Promise<void> {
    this.say(isFirst ? 'first boot' : 'boot');
    if (isFirst) await this.runUserData();
    else this.services.startEnabled().catch((error: unknown) => this.say(`boot: ${String(error)}`));
  }

  /** Ends every process. @returns how many could not be ended */
  async end(graceMs: number): Promise<number> {
    clearTimeout(this.scheduled);
    this.services.abandonAll();
    const left = await endMarkedProcesses(markOf(this.options.marker), graceMs, this.dependencies.scanner);
    this.services.reset();
    if (left.length > 0) this.say(`${left.length} processes cannot be ended: ${left.map(({ pid }) => pid).join(' ')}`);
    return left.length;
  }

  /** Ends the metadata service. */
  async close(): Promise<void> {
    clearTimeout(this.scheduled);
    await this.metadata.close();
  }

  /** Removes the folder, or moves it to where it is to be kept. */
  async removeFolder(keepAt: string | undefined): Promise<void> {
    this.console.closeFile();
    for (const journal of this.journals.values()) journal.closeFile();
    if (keepAt === undefined) {
      await rm(this.options.folder, { recursive: true, force: true, maxRetries: 3 });
    } else {
      await rename(this.options.folder, keepAt);
    }
  }

  private async runUserData(): Promise<void> {
    const plan = planUserData(this.dependencies.facts().userData);
    if (plan.kind === 'none') return;
    if (plan.kind === 'ignored') {
      this.say(`user data is not run: ${plan.why}`);
      return;
    }
    const path = join(this.options.folder, 'var/lib/cloud/instance/scripts/part-001');
    await writeFile(path, plan.text, { mode: 0o700 });
    // The interpreter is named, so that a work folder on a file system mounted noexec does as well.
    const words = [...plan.interpreter, path];
    const onOutput = (chunk: Uint8Array) => this.console.append(chunk);
    const { ended } = this.run({ words, environment: {}, folder: this.options.folder, onOutput });
    ended.then(
      (end) => this.say(`user data ${describeEnd(end)}`),
      (error: unknown) => this.say(`user data: ${String(error)}`),
    );
  }

  private run(options: {
    words: readonly string[];
    environment: Readonly<Record<string, string>>;
    folder: string;
    onOutput: (chunk: Uint8Array) => void;
  }): RunningProcess {
    return spawnProcess({ ...options, environment: { ...options.environment, ...this.environment() } });
  }

  /** Everything an instance's process gets: nothing of the operator's environment but the PATH behind the shims. */
  private environment(): Record<string, string> {
    const { folder, hostPath, marker } = this.options;
    return {
      PATH: `${join(folder, 'shims')}:${hostPath}`,
      HOME: join(folder, 'root'),
      TMPDIR: join(folder, 'tmp'),
      USER: 'root',
      SHELL: '/bin/sh',
      LANG: 'C.UTF-8',
      PTP_TESTER_ROOT: folder,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: this.metadata.endpoint,
      [MARKER_VARIABLE]: marker,
    };
  }

  private async runShim(request: ShimRequest): Promise<ShimAnswer> {
    if (request.command === 'journalctl') return this.runJournalctl(request.args);
    if (request.command === 'systemctl') {
      const answer = await runSystemctl(this.services, request.args);
      return typeof answer === 'string' ? this.schedulePower(answer, 0) : answer;
    }
    const midnight = new Date(this.dependencies.now()).setHours(0, 0, 0, 0);
    const plan = planPower(request.command, request.args, this.dependencies.now() - midnight);
    switch (plan.kind) {
      case 'wrong':
        return { ...OK, stderr: `${plan.why}\n`, exitCode: 1 };
      case 'nothing':
        return OK;
      case 'cancel':
        clearTimeout(this.scheduled);
        this.say('scheduled shutdown cancelled');
        return OK;
      default:
        return this.schedulePower(plan.kind, plan.delayMs);
    }
  }

  private schedulePower(request: PowerRequest, delayMs: number): ShimAnswer {
    clearTimeout(this.scheduled);
    const at = new Date(this.dependencies.now() + delayMs).toISOString();
    this.say(`${request} scheduled for ${at}`);
    this.schedule(request, this.dependencies.monotonicMs() + delayMs);
    return delayMs === 0 ? OK : { ...OK, stderr: `Shutdown scheduled for ${at}, use 'shutdown -c' to cancel.\n` };
  }

  /** A timer also for what is due: the shim must have its answer before its process is ended. */
  private schedule(request: PowerRequest, dueMs: number): void {
    const leftMs = Math.max(0, dueMs - this.dependencies.monotonicMs());
    this.scheduled = setTimeout(
      () => (leftMs > MAX_TIMER_MS ? this.schedule(request, dueMs) : this.dependencies.onPower(request)),
      Math.min(leftMs, MAX_TIMER_MS),
    );
  }

  private runJournalctl(args: readonly string[]): ShimAnswer {
    const at = args.findIndex((arg) => arg === '-u' || arg === '--unit');
    const unit = at >= 0 ? (args[at + 1] ?? '') : '';
    const journal = this.journals.get(unit) ?? this.journals.get(`${unit}.service`);
    return { ...OK, stdout: unit === '' ? this.console.tail() : (journal?.tail() ?? '-- No entries --\n') };
  }

  private journal(unit: string): BoundedLog {
    let journal = this.journals.get(unit);
    if (journal === undefined) {
      journal = new BoundedLog({ path: join(this.options.folder, 'var/log', `${unit}.log`) }, this.dependencies);
      this.journals.set(unit, journal);
    }
    return journal;
  }

  private say(text: string): void {
    this.console.append(`local-ec2: ${text}\n`);
  }
}

// One instance on this machine: a folder, a metadata service, user data run as plain processes, services, power.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScriptEnd, ScriptOrder } from '../account/account.ts';
import type { BoundedLog } from './bounded-log.ts';
import { endMarkedProcesses } from './end-processes.ts';
import { InstanceControl } from './instance-control.ts';
import type { InstanceMachine, MachineDependencies } from './instance-machine.ts';
import { MetadataServer } from './metadata-server.ts';
import { MetadataService, type ShimRequest } from './metadata-service.ts';
import { MARKER_VARIABLE, markOf } from './run-marker.ts';
import { writeShims } from './shims.ts';
import { type RunningProcess, spawnProcess } from './spawn-process.ts';

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

const FOLDERS = ['root', 'tmp', 'etc', 'opt', 'run', 'usr/local/bin', 'var/lib/cloud/instance/scripts', 'var/log'];

/** One instance. */
export class Machine implements InstanceMachine {
  private readonly options: MachineOptions;
  private readonly dependencies: MachineDependencies;
  private readonly metadata: MetadataServer;
  private readonly control: InstanceControl;

  constructor(options: MachineOptions, dependencies: MachineDependencies) {
    this.options = options;
    this.dependencies = dependencies;
    this.control = new InstanceControl(
      { folder: options.folder, root: options.folder },
      {
        ...dependencies,
        run: ({ words, environment, workingDirectory, onOutput }) =>
          this.run({ words, environment, onOutput, folder: workingDirectory ?? options.folder }),
        readFile: (path) => readFile(path, 'utf8'),
      },
    );
    const runShim = (request: ShimRequest) => this.control.runShim(request);
    this.metadata = new MetadataServer({ service: new MetadataService({ ...dependencies, runShim }) });
  }

  get console(): BoundedLog {
    return this.control.console;
  }

  /** Makes the folder and starts the metadata service. */
  async prepare(): Promise<void> {
    const { folder, nodePath, hostPath } = this.options;
    await mkdir(folder, { recursive: true, mode: 0o755 });
    for (const name of FOLDERS) await mkdir(join(folder, name), { recursive: true });
    await this.control.services.prepare();
    await this.metadata.start();
    await writeShims({ folder, nodePath, hostPath, url: this.metadata.shimUrl });
  }

  /** First boot: runs the user data; later boots start the enabled services only. Waits for neither. */
  async boot(isFirst: boolean): Promise<void> {
    this.control.say(isFirst ? 'first boot' : 'boot');
    if (!isFirst) {
      this.control.startServices();
      return;
    }
    const path = join(this.options.folder, 'var/lib/cloud/instance/scripts/part-001');
    await this.control.runUserData(this.dependencies.facts().userData, {
      path,
      write: (text) => writeFile(path, text, { mode: 0o700 }),
    });
  }

  runScript(order: ScriptOrder): Promise<ScriptEnd> {
    return this.control.runScript(order);
  }

  /** Ends every process. @returns how many could not be ended */
  async end(graceMs: number): Promise<number> {
    this.control.cancelPower();
    this.control.services.abandonAll();
    const left = await endMarkedProcesses(markOf(this.options.marker), graceMs, this.dependencies.scanner);
    this.control.services.reset();
    this.control.sayLeft(left);
    return left.length;
  }

  /** Ends the metadata service. */
  async close(): Promise<void> {
    this.control.cancelPower();
    await this.metadata.close();
  }

  /** Removes the folder, or moves it to where it is to be kept. */
  async removeFolder(keepAt: string | undefined): Promise<void> {
    this.control.closeLogs();
    if (keepAt === undefined) {
      await rm(this.options.folder, { recursive: true, force: true, maxRetries: 3 });
    } else {
      await rename(this.options.folder, keepAt);
    }
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
}

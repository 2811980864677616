// One instance in namespaces of its own: network, root, processes. Its power and services are answered by the endpoint.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ScriptEnd, ScriptOrder } from '../account/account.ts';
import type { BoundedLog } from '../host/bounded-log.ts';
import { endMarkedProcesses, signalProcess } from '../host/end-processes.ts';
import { InstanceControl } from '../host/instance-control.ts';
import type { InstanceMachine, MachineDependencies } from '../host/instance-machine.ts';
import { MetadataService } from '../host/metadata-service.ts';
import { MARKER_VARIABLE, markOf } from '../host/run-marker.ts';
import type { RunningProcess } from '../host/spawn-process.ts';
import type { ProcessIdentity } from '../host/unit-file.ts';
import type { Cgroups } from './cgroup.ts';
import { BOUNDING_SET, enterNamespace, JOIN_AND_EXEC } from './enter-namespace.ts';
import { type HostTools, SYSTEM_PATH } from './host-tools.ts';
import { writeInstanceShims } from './instance-shims.ts';
import { IsolationError } from './isolation-error.ts';
import { requireNoMounts } from './mounts.ts';
import { packetFilter } from './packet-filter.ts';
import { runTool } from './run-tool.ts';
import type { Uptime } from './uptime.ts';
import type { Vpc } from './vpc.ts';

/** What a machine is told. */
export interface NamespaceMachineOptions {
  readonly id: string;
  /** On this machine: its logs, its unit files, its shims; the rest of its disk is in memory. */
  readonly folder: string;
  /** Value of the run marker: `<endpoint id>/<instance id>`. */
  readonly marker: string;
  readonly tools: HostTools;
}

/** What a machine needs. */
export interface NamespaceMachineDependencies extends MachineDependencies {
  readonly vpc: Vpc;
  readonly cgroups: Cgroups;
  /** This machine's uptime, when the kernel can give an instance its own; see uptime.ts. */
  readonly uptime: (() => Promise<Uptime>) | undefined;
}

const SCRIPT = fileURLToPath(new URL('./instance.sh', import.meta.url));
/** Bounds of one instance; its disk counts as its memory. */
const LIMITS = { memoryBytes: 2 ** 30, processes: 1024 };
const DISK_SIZE = '768m';
const USER_DATA_PATH = '/var/lib/cloud/instance/scripts/part-001';
const MAKE_DISK =
  'mount -t tmpfs -o "nodev,mode=755,size=$2" ptp-tester-disk "$1" && mkdir "$1/upper" "$1/work" "$1/root"';

/** One instance. */
export class NamespaceMachine implements InstanceMachine {
  private readonly options: NamespaceMachineOptions;
  private readonly dependencies: NamespaceMachineDependencies;
  private readonly control: InstanceControl;
  private readonly metadata: MetadataService;
  private readonly disk: string;
  private hasDisk = false;
  /** The ruleset that its network has. */
  private filter = '';
  private cgroupFiles: readonly string[] = [];
  private init: { readonly child: ChildProcess; readonly pid: number } | undefined;

  constructor(options: NamespaceMachineOptions, dependencies: NamespaceMachineDependencies) {
    this.options = options;
    this.dependencies = dependencies;
    this.disk = join(options.folder, 'disk');
    this.control = new InstanceControl(
      { folder: options.folder, root: '' },
      {
        ...dependencies,
        run: ({ workingDirectory, ...what }) => this.run({ ...what, folder: workingDirectory ?? '/' }),
        readFile: (path) => readFile(this.pathInside(path), 'utf8'),
      },
    );
    this.metadata = new MetadataService({ ...dependencies, runShim: (request) => this.control.runShim(request) });
  }

  get console(): BoundedLog {
    return this.control.console;
  }

  async prepare(): Promise<void> {
    const { folder, id } = this.options;
    const { vpc, cgroups } = this.dependencies;
    for (const name of ['var/log', 'disk']) await mkdir(join(folder, name), { recursive: true });
    const [cgroupFiles] = await Promise.all([
      cgroups.create(id, LIMITS),
      this.control.services.prepare(),
      writeInstanceShims({ folder, shimPath: this.metadata.shimPath }),
      this.makeDisk(),
    ]);
    this.cgroupFiles = cgroupFiles;
    vpc.metadata.add(this.dependencies.facts().privateIp, this.metadata);
  }

  async boot(isFirst: boolean): Promise<void> {
    const beganMs = this.dependencies.monotonicMs();
    this.init = await this.startInit();
    this.control.say(`network and root made in ${Math.round(this.dependencies.monotonicMs() - beganMs)} ms`);
    this.control.say(isFirst ? 'first boot' : 'boot');
    if (!isFirst) {
      this.control.startServices();
      return;
    }
    await this.control.runUserData(this.dependencies.facts().userData, {
      path: USER_DATA_PATH,
      write: (text) => writeFile(this.pathInside(USER_DATA_PATH), text, { mode: 0o700 }),
    });
  }

  async filterPackets(): Promise<void> {
    const { init } = this;
    const filter = packetFilter(this.dependencies.packetRules());
    // What is down begins with the rules of its next boot.
    if (init === undefined || filter === this.filter) return;
    const { nsenter, nft } = this.options.tools;
    await runTool([nsenter, `--net=/proc/${init.pid}/ns/net`, nft, filter]);
    this.filter = filter;
  }

  runScript(order: ScriptOrder): Promise<ScriptEnd> {
    return this.control.runScript(order);
  }

  async end(graceMs: number): Promise<number> {
    this.control.cancelPower();
    this.control.services.abandonAll();
    const mark = markOf(this.options.marker);
    if (graceMs > 0) await endMarkedProcesses(mark, graceMs, this.dependencies.scanner);
    await this.endInit();
    // Nothing outlives the first process; those that only waited for one inside end a moment later.
    const left = await endMarkedProcesses(mark, 0, this.dependencies.scanner);
    this.control.services.reset();
    this.control.sayLeft(left);
    return left.length;
  }

  close(): Promise<void> {
    this.control.cancelPower();
    this.dependencies.vpc.metadata.remove(this.dependencies.facts().privateIp);
    return Promise.resolve();
  }

  async removeFolder(keepAt: string | undefined): Promise<void> {
    const { folder, id, tools } = this.options;
    const { vpc, cgroups } = this.dependencies;
    this.control.closeLogs();
    await cgroups.remove(id);
    if (keepAt !== undefined && this.hasDisk) await this.keep(keepAt);
    if (this.hasDisk) await vpc.runInMounts([tools.umount, this.disk]);
    await requireNoMounts(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async makeDisk(): Promise<void> {
    const { tools } = this.options;
    await this.dependencies.vpc.runInMounts([tools.sh, '-c', MAKE_DISK, 'sh', this.disk, DISK_SIZE]);
    this.hasDisk = true;
  }

  /** Its disk as it was written, and its logs. */
  private async keep(keepAt: string): Promise<void> {
    const { folder, tools } = this.options;
    const copy = [tools.cp, '--recursive', '--no-dereference', '--preserve=mode,ownership,timestamps'];
    await mkdir(keepAt, { recursive: true });
    await this.dependencies.vpc.runInMounts([
      ...copy,
      `${this.disk}/upper/.`,
      `${folder}/var`,
      `${folder}/etc`,
      keepAt,
    ]);
  }

  private async startInit(): Promise<{ child: ChildProcess; pid: number }> {
    const { tools, marker } = this.options;
    const { vpc } = this.dependencies;
    const join = [tools.sh, '-c', JOIN_AND_EXEC, 'sh', ...this.cgroupFiles, '--'];
    const ownTime = await this.ownTime();
    this.filter = packetFilter(this.dependencies.packetRules());
    const namespaces = [
      '--net',
      '--mount',
      '--pid',
      '--uts',
      '--ipc',
      '--fork',
      '--kill-child=KILL',
      '--propagation',
      'private',
      ...ownTime,
    ];
    const inMounts = [tools.nsenter, `--mount=/proc/${vpc.pid}/ns/mnt`, tools.unshare, ...namespaces, tools.sh, SCRIPT];
    // It dies with us, whatever ends us.
    const child = spawn(tools.setpriv, ['--pdeathsig', 'KILL', ...join, ...inMounts], {
      cwd: '/',
      // Not the instance's own mark: the first process is ended last.
      env: { ...this.initVariables(), PATH: SYSTEM_PATH, LC_ALL: 'C', [MARKER_VARIABLE]: `${marker}.init` },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const said: string[] = [];
    // Said by unshare and nsenter themselves; the script's own errors come with its output.
    child.stderr.on('data', (chunk: Uint8Array) => said.push(String(chunk).trim()));
    for await (const line of createInterface({ input: child.stdout })) {
      const pid = /^ready (\d+)$/.exec(line)?.[1];
      if (pid !== undefined) return { child, pid: Number(pid) };
      said.push(line);
    }
    throw new IsolationError('namespace_failed', `the instance could not be made: ${said.join('; ')}`);
  }

  /** Its uptime begins at zero, as after a real boot. */
  private async ownTime(): Promise<string[]> {
    const { uptime } = this.dependencies;
    if (uptime === undefined) return [];
    const { monotonicS, boottimeS } = await uptime();
    return ['--time', `--monotonic=-${Math.floor(monotonicS)}`, `--boottime=-${Math.floor(boottimeS)}`];
  }

  private initVariables(): Record<string, string> {
    const { folder, id } = this.options;
    const { vpc } = this.dependencies;
    const { privateIp, mac, hostName } = this.dependencies.facts();
    return {
      vpc_pid: String(vpc.pid),
      farm: vpc.farm,
      disk: this.disk,
      folder,
      // At most 15 characters.
      link: `v${id.slice(-14)}`,
      ip: privateIp,
      mac,
      gateway: vpc.hostAddress,
      host_name: hostName.split('.')[0] ?? hostName,
      bounding_set: BOUNDING_SET,
      packet_filter: this.filter,
    };
  }

  /** The kernel ends everything in the pid namespace with its first process. */
  private async endInit(): Promise<void> {
    const { init } = this;
    if (init === undefined) return;
    this.init = undefined;
    if (init.child.exitCode !== null || init.child.signalCode !== null) return;
    const exited = once(init.child, 'exit');
    // Its parent has not ended, so the pid is still its own.
    signalProcess(init.pid, 'SIGKILL');
    await exited;
  }

  private run(options: {
    words: readonly string[];
    environment: Readonly<Record<string, string>>;
    folder: string;
    identity: ProcessIdentity | undefined;
    onOutput: (chunk: Uint8Array) => void;
  }): RunningProcess {
    if (this.init === undefined) throw new IsolationError('namespace_failed', 'the instance is not up');
    const { tools, marker } = this.options;
    return enterNamespace({
      ...options,
      tools,
      initPid: this.init.pid,
      cgroupFiles: this.cgroupFiles,
      hasTimeNamespace: this.dependencies.uptime !== undefined,
      environment: {
        ...options.environment,
        PATH: `/run/local-ec2/shims:${SYSTEM_PATH}`,
        HOME: '/root',
        USER: 'root',
        SHELL: '/bin/sh',
        LANG: 'C.UTF-8',
        [MARKER_VARIABLE]: marker,
      },
    });
  }

  /** A path of the instance as this machine sees it while the instance is up. */
  private pathInside(path: string): string {
    if (this.init === undefined) throw new IsolationError('namespace_failed', 'the instance is not up');
    return join('/proc', String(this.init.pid), 'root', path);
  }
}

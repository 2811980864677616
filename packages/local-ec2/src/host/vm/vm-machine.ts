// One instance as a virtual machine under QEMU: real kernel, real devices, real init. Its user data runs in it unchanged.
import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BoundedLog } from '../bounded-log.ts';
import { endMarkedProcesses } from '../end-processes.ts';
import type { InstanceMachine, MachineDependencies } from '../instance-machine.ts';
import { MetadataServer } from '../metadata-server.ts';
import { MetadataService } from '../metadata-service.ts';
import { MARKER_VARIABLE, markOf } from '../run-marker.ts';
import { describeEnd, type RunningProcess, spawnProcess } from '../spawn-process.ts';
import { GuestCommands } from './guest-commands.ts';
import { COMMAND_PORTS, QMP_SOCKET, qemuWords } from './qemu-words.ts';
import { runQmp } from './qmp.ts';
import type { VmImage } from './vm-image.ts';

/** How user data gets to run. */
export type VmUserData = 'cloud-init' | 'light';

/** The same for every virtual machine of an endpoint. */
interface VmIsolation {
  readonly image: VmImage;
  /** `cloud-init`: booted cold, the image's own cloud-init runs the user data. `light`: from the snapshot where there is one. */
  readonly userData: VmUserData;
  /** Ports of 127.0.0.1 that guests reach at 169.254.10.10. */
  readonly forwards: readonly number[];
}

/** What a machine is told. */
export interface VmMachineOptions extends VmIsolation {
  readonly folder: string;
  /** Value of the run marker: `<endpoint id>/<instance id>`. */
  readonly marker: string;
  readonly nodePath: string;
  readonly hostPath: string;
}

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));
const FIRST_BOOT_MS = 240_000;
const POLL_MS = 50;

/** One instance. */
export class VmMachine implements InstanceMachine {
  readonly console: BoundedLog;
  private readonly options: VmMachineOptions;
  private readonly dependencies: MachineDependencies;
  private readonly metadata: MetadataServer;
  private qemu: RunningProcess | undefined;
  private isEnding = false;
  private firstBoot = new AbortController();

  constructor(options: VmMachineOptions, dependencies: MachineDependencies) {
    this.options = options;
    this.dependencies = dependencies;
    this.console = new BoundedLog({ path: join(options.folder, 'var/log/console.log') }, dependencies);
    const runShim = () => Promise.reject(new Error('a virtual machine has commands of its own'));
    this.metadata = new MetadataServer({ service: new MetadataService({ ...dependencies, runShim }) });
  }

  async prepare(): Promise<void> {
    const { folder, image } = this.options;
    if (this.dependencies.facts().architecture !== 'x86_64') throw new Error('the image is for x86_64 only');
    await mkdir(join(folder, 'var/log'), { recursive: true });
    if (this.snapshot !== null) {
      await copyFile(this.snapshot.disk, this.disk, constants.COPYFILE_FICLONE);
    } else {
      await this.runToEnd([...image.qemuImg, 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image.disk, this.disk]);
    }
    await this.metadata.start();
  }

  /** Returns when QEMU is started; the guest comes up by itself. */
  async boot(isFirst: boolean): Promise<void> {
    const { image, nodePath, forwards, folder } = this.options;
    const { instanceId, instanceType, mac } = this.dependencies.facts();
    this.isEnding = false;
    this.firstBoot = new AbortController();
    const words = qemuWords({
      image,
      folder,
      disk: this.disk,
      instanceId,
      instanceType,
      mac,
      metadataPort: Number(new URL(this.metadata.endpoint).port),
      forwards,
      relay: [nodePath, '--disable-warning=ExperimentalWarning', RELAY],
      cloudInit: this.options.userData === 'cloud-init',
      loadTag: isFirst ? (this.snapshot?.tag ?? null) : null,
    });
    const qemu = this.spawn([...image.qemu, ...words]);
    this.qemu = qemu;
    qemu.ended.then(
      (end) => this.onEnd(qemu, describeEnd(end)),
      (error: unknown) => this.say(String(error)),
    );
    if (isFirst && this.options.userData === 'light') {
      this.startUserData().catch((error: unknown) => this.say(`user data was not started: ${String(error)}`));
    }
    await Promise.resolve();
  }

  /** Asks the guest to shut down, then takes its power. */
  async end(graceMs: number): Promise<number> {
    this.isEnding = true;
    this.firstBoot.abort(new Error('the instance ends'));
    await this.shutDown(graceMs);
    const left = await endMarkedProcesses(markOf(this.options.marker), 0, this.dependencies.scanner);
    this.qemu = undefined;
    if (left.length > 0) this.say(`${left.length} processes cannot be ended`);
    return left.length;
  }

  async close(): Promise<void> {
    await this.metadata.close();
  }

  async removeFolder(keepAt: string | undefined): Promise<void> {
    this.console.closeFile();
    if (keepAt === undefined) await rm(this.options.folder, { recursive: true, force: true, maxRetries: 3 });
    else await rename(this.options.folder, keepAt);
  }

  private get disk(): string {
    return join(this.options.folder, 'disk.qcow2');
  }

  /** cloud-init belongs to a boot, so it is never restored. */
  private get snapshot(): VmImage['snapshot'] {
    return this.options.userData === 'light' ? this.options.image.snapshot : null;
  }

  /** A restored guest is first told what time it is. */
  private async startUserData(): Promise<void> {
    const { image, folder } = this.options;
    const signal = AbortSignal.any([this.firstBoot.signal, AbortSignal.timeout(FIRST_BOOT_MS)]);
    const guest = new GuestCommands(join(folder, `${COMMAND_PORTS.endpoint}.sock`));
    try {
      await guest.connect(signal);
      // The guest must be up before the time is taken that it is told.
      await guest.run('true', signal);
      const resumed =
        this.snapshot === null ? 'true' : `${image.resume} ${(this.dependencies.now() / 1000).toFixed(3)}`;
      const { exitCode, output } = await guest.run(`${resumed} && ${image.userData}`, signal);
      if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${output}`);
    } finally {
      guest.close();
    }
  }

  /** The guest's own way down, for at most `graceMs`. */
  private async shutDown(graceMs: number): Promise<void> {
    const { qemu } = this;
    if (qemu === undefined || graceMs <= 0) return;
    let hasEnded = false;
    void qemu.ended.then(() => {
      hasEnded = true;
    });
    await runQmp(join(this.options.folder, QMP_SOCKET), 'system_powerdown').catch((error: unknown) =>
      this.say(`it could not be asked to shut down: ${String(error)}`),
    );
    const endsAt = this.dependencies.monotonicMs() + graceMs;
    while (!hasEnded && this.dependencies.monotonicMs() < endsAt) await sleep(POLL_MS);
  }

  /** Without our doing it is the guest that powered itself off. A reboot happens inside QEMU. */
  private onEnd(qemu: RunningProcess, how: string): void {
    if (this.isEnding || this.qemu !== qemu) return;
    this.qemu = undefined;
    this.say(`QEMU ${how}`);
    this.dependencies.onPower('poweroff');
  }

  private async runToEnd(words: readonly string[]): Promise<void> {
    const end = await this.spawn(words).ended;
    if (end.code !== 0) throw new Error(`${words.join(' ')} ${describeEnd(end)}`);
  }

  private spawn(words: readonly string[]): RunningProcess {
    const { image, hostPath, marker, folder } = this.options;
    const environment = { PATH: hostPath, ...image.qemuEnvironment, [MARKER_VARIABLE]: marker };
    return spawnProcess({ words, folder, environment, onOutput: (chunk) => this.console.append(chunk) });
  }

  private say(text: string): void {
    this.console.append(`local-ec2: ${text}\n`);
  }
}

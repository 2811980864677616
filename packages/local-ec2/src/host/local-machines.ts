// All instances of an endpoint as machines: their states over time, power from inside, and their end.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, Machines, ScriptEnd, ScriptOrder } from '../account/account.ts';
import { type InstanceEvent, type InstanceRecord, nextState, releaseResources } from '../account/instance.ts';
import { shutDown } from '../account/instances.ts';
import { packetRules } from '../account/packet-rules.ts';
import { closeAll } from './close-all.ts';
import { type Emulation, emulatorWords, reasonAgainst } from './emulation.ts';
import type { InstanceMachine, MachineDependencies } from './instance-machine.ts';
import { metadataFacts } from './metadata-facts.ts';
import { ProcessScanner } from './run-marker.ts';
import type { PowerRequest } from './systemctl.ts';

/** Timing and places. */
export interface LocalMachinesOptions {
  readonly endpointId: string;
  /** Folder of the instances' folders. */
  readonly folder: string;
  /** Where to move the folders of terminated instances; they are removed when absent. */
  readonly keepFolder: string | undefined;
  readonly pendingMs: number;
  /** At least so long `shutting-down` or `stopping` can be seen. */
  readonly shuttingDownMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceMs: number;
  /** How long a terminated instance is still listed. */
  readonly terminatedKeptMs: number;
  /** Launches of an architecture that this machine cannot run are refused; otherwise only what is a program of it fails. */
  readonly refusesForeign: boolean;
}

/** Where an instance lies and how its processes are marked. */
export interface MachinePlace {
  readonly id: string;
  readonly folder: string;
  /** Value of the run marker: `<endpoint id>/<instance id>`. */
  readonly marker: string;
}

/** Account and clocks. */
export interface LocalMachinesDependencies {
  readonly account: Account;
  /** The isolation decides what a machine is. */
  readonly createMachine: (place: MachinePlace, dependencies: MachineDependencies) => InstanceMachine;
  readonly emulation: Emulation;
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

/** One instance with what is going on with it. */
interface Entry {
  readonly record: InstanceRecord;
  readonly machine: InstanceMachine;
  /** Steps of one instance run one after the other. */
  work: Promise<void>;
  /** Ends the wait of a pending instance that is to end before it came up. */
  hurry: AbortController;
  bootCount: number;
  /** Whether there is anything to remove at its end. */
  isPrepared: boolean;
}

/** Runs instances on this machine. */
export class LocalMachines implements Machines {
  private readonly options: LocalMachinesOptions;
  private readonly dependencies: LocalMachinesDependencies;
  private readonly entries = new Map<string, Entry>();
  private readonly scanner = new ProcessScanner();
  private readonly closing = new AbortController();

  constructor(options: LocalMachinesOptions, dependencies: LocalMachinesDependencies) {
    this.options = options;
    this.dependencies = dependencies;
  }

  reasonAgainst(architecture: InstanceRecord['architecture']): string | undefined {
    const { emulation } = this.dependencies;
    return this.options.refusesForeign ? reasonAgainst(emulation, architecture) : undefined;
  }

  launch(record: InstanceRecord): void {
    const entry = this.newEntry(record);
    this.entries.set(record.id, entry);
    if (record.launchFailure === undefined) {
      this.enqueue(entry, () => this.comeUp(entry, () => this.prepare(entry)));
    } else {
      this.enqueue(entry, () => this.failLaunch(entry));
    }
  }

  start(record: InstanceRecord): void {
    const entry = this.entries.get(record.id);
    if (entry === undefined) return;
    entry.hurry = new AbortController();
    this.enqueue(entry, () => this.comeUp(entry, () => Promise.resolve()));
  }

  stop(record: InstanceRecord): void {
    const entry = this.entries.get(record.id);
    if (entry === undefined) return;
    entry.hurry.abort();
    this.enqueue(entry, () => this.goDown(entry));
  }

  reboot(record: InstanceRecord): void {
    this.onPower(record, 'reboot');
  }

  crash(record: InstanceRecord): void {
    const entry = this.entries.get(record.id);
    if (entry !== undefined) this.enqueue(entry, async () => void (await entry.machine.end(0)));
  }

  terminate(record: InstanceRecord): void {
    const entry = this.entries.get(record.id);
    if (entry === undefined) return;
    entry.hurry.abort();
    this.enqueue(entry, async () => {
      await this.goDown(entry);
      await this.dispose(entry);
      await this.forgetLater(entry);
    });
  }

  securityGroupsChanged(): void {
    for (const entry of this.entries.values()) {
      if (entry.record.state === 'running') this.enqueue(entry, async () => entry.machine.filterPackets?.());
    }
  }

  console(instanceId: string): Promise<{ text: string; writtenAt: Date }> {
    const log = this.entries.get(instanceId)?.machine.console;
    return Promise.resolve({
      text: log?.tail() ?? '',
      writtenAt: new Date(log?.writtenAt ?? this.dependencies.now()),
    });
  }

  canRunScripts(instanceId: string): boolean {
    return this.entries.get(instanceId)?.machine.runScript !== undefined;
  }

  async runScript(instanceId: string, order: ScriptOrder): Promise<ScriptEnd> {
    const { machine } = this.entries.get(instanceId) ?? {};
    if (machine?.runScript === undefined) throw new Error(`nothing can be run in ${instanceId}`);
    return await machine.runScript(order);
  }

  /** Ends every instance at once and waits for it. @throws AggregateError when some could not be removed; all were tried */
  async close(): Promise<void> {
    this.closing.abort();
    await closeAll([...this.entries.values()].map((entry) => () => this.endNow(entry)));
  }

  private async endNow(entry: Entry): Promise<void> {
    await entry.work;
    if (entry.record.state === 'terminated') return;
    const reason = { code: 'Server.InternalError', message: 'the endpoint was closed', now: this.dependencies.now() };
    shutDown(entry.record, 'terminate', reason);
    await this.goDown(entry);
    await this.dispose(entry);
  }

  private newEntry(record: InstanceRecord): Entry {
    const { endpointId, folder } = this.options;
    const { account, createMachine, emulation, now, monotonicMs } = this.dependencies;
    const machine = createMachine(
      { id: record.id, folder: join(folder, record.id), marker: `${endpointId}/${record.id}` },
      {
        now,
        monotonicMs,
        scanner: this.scanner,
        facts: () => metadataFacts(account, record),
        emulator: emulatorWords(emulation, record.architecture),
        packetRules: () => packetRules(account, record),
        onPower: (request) => this.onPower(record, request),
      },
    );
    return { record, machine, work: Promise.resolve(), hurry: new AbortController(), bootCount: 0, isPrepared: false };
  }

  /** The launch was accepted and then went wrong on AWS's side: nothing of the instance ever ran. */
  private async failLaunch(entry: Entry): Promise<void> {
    const { record } = entry;
    await this.wait(this.pendingMs, entry.hurry.signal);
    const { code = '', message = '' } = record.launchFailure ?? {};
    shutDown(record, 'terminate', { code, message, now: this.dependencies.now() });
    this.apply(record, 'ended');
    await this.forgetLater(entry);
  }

  private async prepare(entry: Entry): Promise<void> {
    entry.isPrepared = true;
    await entry.machine.prepare();
  }

  private async forgetLater(entry: Entry): Promise<void> {
    await this.wait(this.options.terminatedKeptMs);
    if (!this.closing.signal.aborted) this.forget(entry);
  }

  private get pendingMs(): number {
    return this.dependencies.account.conditions.slow.pendingMs ?? this.options.pendingMs;
  }

  private get shuttingDownMs(): number {
    return this.dependencies.account.conditions.slow.shuttingDownMs ?? this.options.shuttingDownMs;
  }

  private async comeUp(entry: Entry, prepare: () => Promise<void>): Promise<void> {
    await Promise.all([prepare(), this.wait(this.pendingMs, entry.hurry.signal)]);
    // It may have been terminated meanwhile.
    if (this.closing.signal.aborted || !this.apply(entry.record, 'booted')) return;
    entry.record.stateReason = undefined;
    entry.record.bootedAt = this.dependencies.now();
    entry.record.impairedSince = undefined;
    entry.bootCount += 1;
    await entry.machine.boot(entry.bootCount === 1);
  }

  private async goDown(entry: Entry): Promise<void> {
    await Promise.all([entry.machine.end(this.options.graceMs), this.wait(this.shuttingDownMs)]);
    this.apply(entry.record, 'ended');
  }

  private async dispose(entry: Entry): Promise<void> {
    const { keepFolder } = this.options;
    if (!entry.isPrepared) return;
    entry.isPrepared = false;
    await entry.machine.close();
    if (keepFolder !== undefined) await mkdir(keepFolder, { recursive: true });
    await entry.machine.removeFolder(keepFolder === undefined ? undefined : join(keepFolder, entry.record.id));
  }

  private onPower(record: InstanceRecord, request: PowerRequest): void {
    const entry = this.entries.get(record.id);
    if (entry === undefined || record.state !== 'running') return;
    if (request === 'reboot') {
      this.enqueue(entry, async () => {
        await entry.machine.end(this.options.graceMs);
        if (record.state === 'running') await entry.machine.boot(false);
      });
      return;
    }
    const behavior = record.shutdownBehavior;
    const reason = {
      code: 'Client.InstanceInitiatedShutdown',
      message: 'Instance initiated shutdown',
      now: this.dependencies.now(),
    };
    if (shutDown(record, behavior, reason)) this[behavior](record);
  }

  private enqueue(entry: Entry, step: () => Promise<void>): void {
    entry.work = entry.work.then(step).catch((error: unknown) => this.onFailure(entry, error));
  }

  /** An instance that cannot be run ends, as on EC2, with a reason that says so. */
  private async onFailure(entry: Entry, error: unknown): Promise<void> {
    const { record, machine } = entry;
    const message = `local-ec2 could not run the instance: ${String(error)}`;
    machine.console.append(`local-ec2: ${message}\n`);
    shutDown(record, 'terminate', { code: 'Server.InternalError', message, now: this.dependencies.now() });
    try {
      await machine.end(0);
      await this.dispose(entry);
    } catch (cause) {
      machine.console.append(`local-ec2: and not everything of it could be removed: ${String(cause)}\n`);
    }
    this.apply(record, 'ended');
  }

  private apply(record: InstanceRecord, event: InstanceEvent): boolean {
    const next = nextState(record.state, event);
    if (next === undefined) return false;
    record.state = next;
    if (next === 'terminated') releaseResources(this.dependencies.account, record);
    return true;
  }

  private forget(entry: Entry): void {
    const { account } = this.dependencies;
    const { id } = entry.record;
    this.entries.delete(id);
    account.instances.delete(id);
    account.tags.delete(id);
  }

  /** Waits, or less when the endpoint is closing. */
  private async wait(ms: number, hurry: AbortSignal = this.closing.signal): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, hurry]);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}

// What an instance's own commands reach, whatever the isolation: its services, its power, its journal and its console.
import { join } from 'node:path';
import type { ScriptEnd, ScriptOrder } from '../account/account.ts';
import { BoundedLog } from './bounded-log.ts';
import type { ShimAnswer, ShimRequest } from './metadata-service.ts';
import { planPower } from './power.ts';
import type { MarkedProcess, ProcessScanner } from './run-marker.ts';
import type { ServiceDependencies } from './service.ts';
import { ServiceManager } from './service-manager.ts';
import { describeEnd } from './spawn-process.ts';
import { type PowerRequest, runSystemctl } from './systemctl.ts';
import { planUserData } from './user-data.ts';

/** What the control needs from its instance. */
export interface InstanceControlDependencies extends Pick<ServiceDependencies, 'run' | 'readFile' | 'emulator'> {
  /** The instance powers itself off or reboots. */
  readonly onPower: (request: PowerRequest) => void;
  readonly scanner: ProcessScanner;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Milliseconds of a clock that does not step. */
  readonly monotonicMs: () => number;
}

/** Longer timers fire at once (Node.js, "setTimeout"). */
const MAX_TIMER_MS = 2 ** 31 - 1;
const OK: ShimAnswer = { stdout: '', stderr: '', exitCode: 0 };

/** Services, power, journal and console of one instance. */
export class InstanceControl {
  readonly console: BoundedLog;
  readonly services: ServiceManager;
  private readonly folder: string;
  private readonly dependencies: InstanceControlDependencies;
  private readonly journals = new Map<string, BoundedLog>();
  private hasLogFiles = true;
  private scheduled: NodeJS.Timeout | undefined;

  /** Logs and unit files lie under `folder`, which the instance calls `root` and which must have `var/log` before anything is written. */
  constructor(options: { folder: string; root: string }, dependencies: InstanceControlDependencies) {
    this.folder = options.folder;
    this.dependencies = dependencies;
    this.console = new BoundedLog({ path: join(options.folder, 'var/log/console.log') }, dependencies);
    const log = (unit: string, data: string | Uint8Array) => this.journal(unit).append(data);
    const show = (data: Uint8Array) => this.console.append(data);
    this.services = new ServiceManager(options, { ...dependencies, log, show });
  }

  /** Answers a command of the instance: systemctl, journalctl, shutdown and the like. */
  async runShim(request: ShimRequest): Promise<ShimAnswer> {
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
        this.cancelPower();
        this.say('scheduled shutdown cancelled');
        return OK;
      default:
        return this.schedulePower(plan.kind, plan.delayMs);
    }
  }

  /** Runs user data once, as cloud-init does; does not wait for its end. `write` puts the script at `path`. */
  async runUserData(
    userData: Uint8Array | undefined,
    script: { path: string; write: (text: Uint8Array) => Promise<void> },
  ): Promise<void> {
    const plan = planUserData(userData);
    if (plan.kind === 'none') return;
    if (plan.kind === 'ignored') {
      this.say(`user data is not run: ${plan.why}`);
      return;
    }
    await script.write(plan.text);
    const { ended } = this.dependencies.run({
      // The interpreter is named, so that a work folder on a file system mounted noexec does as well.
      words: [...plan.interpreter, script.path],
      environment: {},
      workingDirectory: undefined,
      identity: undefined,
      onOutput: (chunk) => this.console.append(chunk),
    });
    ended.then(
      (end) => this.say(`user data ${describeEnd(end)}`),
      (error: unknown) => this.say(`user data: ${String(error)}`),
    );
  }

  /** Runs a script to its end, or ends it when it takes too long; what it leaves running is left. */
  async runScript({ script, timeoutMs }: ScriptOrder): Promise<ScriptEnd> {
    const chunks: Uint8Array[] = [];
    const running = this.dependencies.run({
      words: ['/bin/sh', '-c', script],
      environment: {},
      workingDirectory: undefined,
      identity: undefined,
      onOutput: (chunk) => chunks.push(chunk),
    });
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      running.kill('SIGKILL');
    }, timeoutMs);
    const { code, error } = await running.ended;
    clearTimeout(late);
    const output = error === undefined ? Buffer.concat(chunks).toString('utf8') : error.message;
    return { output, exitCode: isLate ? null : (code ?? -1) };
  }

  /** Starts the enabled services, as at boot. */
  startServices(): void {
    this.services.startEnabled().catch((error: unknown) => this.say(`boot: ${String(error)}`));
  }

  /** Forgets a scheduled shutdown. */
  cancelPower(): void {
    clearTimeout(this.scheduled);
  }

  /** Writes a line of the endpoint to the console. */
  say(text: string): void {
    this.console.append(`local-ec2: ${text}\n`);
  }

  /** Says which processes could not be ended, if any. */
  sayLeft(left: readonly MarkedProcess[]): void {
    if (left.length > 0) this.say(`${left.length} processes cannot be ended: ${left.map(({ pid }) => pid).join(' ')}`);
  }

  /** Writes no more to files: their folder is about to go. */
  closeLogs(): void {
    this.hasLogFiles = false;
    this.console.closeFile();
    for (const journal of this.journals.values()) journal.closeFile();
  }

  private schedulePower(request: PowerRequest, delayMs: number): ShimAnswer {
    this.cancelPower();
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
      journal = new BoundedLog({ path: join(this.folder, 'var/log', `${unit}.log`) }, this.dependencies);
      // A service that was about to start when the instance ended may still have something to say.
      if (!this.hasLogFiles) journal.closeFile();
      this.journals.set(unit, journal);
    }
    return journal;
  }
}

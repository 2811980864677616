// One supervised service of an instance: start, watch, restart by its policy, stop.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { endMarkedProcesses } from './end-processes.ts';
import type { ProcessScanner } from './run-marker.ts';
import { describeEnd, type ProcessEnd, type RunningProcess } from './spawn-process.ts';
import type { ExecLine, ProcessIdentity, ServiceUnit } from './unit-file.ts';
import { splitWords } from './unit-syntax.ts';

/** ActiveState of systemctl(1). */
export type ActiveState = 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed';

/** What a service needs from its instance. */
export interface ServiceDependencies {
  /** Starts a process with the instance's environment plus these variables. */
  readonly run: (options: {
    words: readonly string[];
    environment: Readonly<Record<string, string>>;
    workingDirectory: string | undefined;
    /** Root with everything that an instance's root may when undefined. */
    identity: ProcessIdentity | undefined;
    onOutput: (chunk: Uint8Array) => void;
  }) => RunningProcess;
  /** Words before those of each program, see emulation.ts. */
  readonly emulator: readonly string[];
  readonly log: (data: string | Uint8Array) => void;
  /** The console of the instance. */
  readonly show: (data: Uint8Array) => void;
  /** Reads a file by its path as the instance sees it. */
  readonly readFile: (path: string) => Promise<string>;
  readonly scanner: ProcessScanner;
  /** Milliseconds of a clock that does not step. */
  readonly monotonicMs: () => number;
}

/** Signals that count as a clean end (systemd.service(5), "SuccessExitStatus="). */
const CLEAN_SIGNALS: readonly string[] = ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'];
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One service. */
export class Service {
  readonly unit: ServiceUnit;
  private readonly dependencies: ServiceDependencies;
  private readonly starts: number[] = [];
  private main: RunningProcess | undefined;
  private invocation = '';
  private stopRequest = new AbortController();
  private supervision: Promise<void> = Promise.resolve();
  state: ActiveState = 'inactive';
  /** How often the policy has restarted it since the last start on request. */
  restarts = 0;
  lastEnd: ProcessEnd | undefined;

  constructor(unit: ServiceUnit, dependencies: ServiceDependencies) {
    this.unit = unit;
    this.dependencies = dependencies;
  }

  get mainPid(): number {
    return this.main?.pid ?? 0;
  }

  get invocationId(): string {
    return this.invocation;
  }

  /** Starts it. @returns whether it is up (a oneshot: has succeeded) */
  async start(): Promise<boolean> {
    if (this.state === 'active' || this.state === 'activating') return true;
    this.stopRequest = new AbortController();
    this.restarts = 0;
    const up = Promise.withResolvers<boolean>();
    this.supervision = this.supervise(up.resolve, this.stopRequest.signal).catch((error: unknown) => {
      this.state = 'failed';
      this.say(`failed: ${String(error)}`);
      up.resolve(false);
    });
    return await up.promise;
  }

  /** Stops it and everything it started. */
  async stop(): Promise<void> {
    this.abandon();
    if (this.state === 'active') for (const line of this.unit.execStop) await this.runLine(line).ended;
    if (this.state === 'active' || this.state === 'activating') this.state = 'deactivating';
    this.main?.kill('SIGTERM');
    const timeout = new AbortController();
    const finished = this.supervision.then(() => timeout.abort());
    await sleep(Math.min(this.unit.stopTimeoutMs, MAX_TIMER_MS), undefined, { signal: timeout.signal }).then(
      () => this.main?.kill('SIGKILL'),
      () => undefined,
    );
    await finished;
    await this.endRest();
    if (this.state !== 'failed') this.state = 'inactive';
  }

  /** Lets it end without a restart; for when the whole instance ends. */
  abandon(): void {
    this.stopRequest.abort();
  }

  /** Forgets a failure and the count of starts. */
  resetFailed(): void {
    if (this.state === 'failed') this.state = 'inactive';
    this.starts.length = 0;
  }

  private async supervise(reportUp: (isUp: boolean) => void, stop: AbortSignal): Promise<void> {
    for (;;) {
      if (!this.admitStart()) {
        this.state = 'failed';
        this.say('Start request repeated too quickly.');
        break;
      }
      this.state = 'activating';
      const end = await this.runOnce(reportUp, stop);
      this.lastEnd = end;
      const isClean = this.isClean(end);
      if (!(isClean && this.unit.remainAfterExit)) await this.endRest();
      if (stop.aborted || !this.wantsRestart(end, isClean)) {
        this.settle(end, isClean, stop.aborted);
        break;
      }
      this.say(`${describeEnd(end)}; restarting in ${this.unit.restartDelayMs} ms`);
      this.state = 'activating';
      // Whoever waits for the start learns of the failure now, not after the last restart.
      reportUp(false);
      await sleep(this.unit.restartDelayMs, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) {
        this.state = 'inactive';
        break;
      }
      this.restarts += 1;
    }
    reportUp(this.isUp());
  }

  private isUp(): boolean {
    return this.state === 'active' || (this.unit.type === 'oneshot' && this.state === 'inactive');
  }

  /** Runs the service's commands once, to the end of the main process. */
  private async runOnce(reportUp: (isUp: boolean) => void, stop: AbortSignal): Promise<ProcessEnd> {
    this.invocation = randomUUID().replaceAll('-', '');
    const environment = await this.environment();
    const before = await this.runBefore(environment, stop);
    if (before !== undefined) return before;
    let end: ProcessEnd = { code: 0, signal: null };
    for (const line of this.unit.execStart) {
      if (stop.aborted) break;
      this.main = this.runLine(line, environment);
      if (this.unit.type === 'simple' && this.main.pid !== undefined) {
        this.state = 'active';
        reportUp(true);
      }
      end = await this.main.ended;
      this.main = undefined;
      if (line.mayFail && end.error === undefined) end = { code: 0, signal: null };
      if (!this.isClean(end)) break;
    }
    return end;
  }

  /** @returns how ExecStartPre failed, or undefined when the service may start */
  private async runBefore(
    environment: Readonly<Record<string, string>>,
    stop: AbortSignal,
  ): Promise<ProcessEnd | undefined> {
    for (const line of this.unit.execStartPre) {
      if (stop.aborted) break;
      const end = await this.runLine(line, environment).ended;
      if (!line.mayFail && !this.isClean(end)) return end;
    }
    return undefined;
  }

  private settle(end: ProcessEnd, isClean: boolean, isStopped: boolean): void {
    if (isStopped || isClean) {
      this.state = isClean && this.unit.remainAfterExit && !isStopped ? 'active' : 'inactive';
    } else {
      this.state = 'failed';
    }
    this.say(describeEnd(end));
  }

  private wantsRestart(end: ProcessEnd, isClean: boolean): boolean {
    if (end.code !== null && this.unit.neverRestartCodes.includes(end.code)) return false;
    switch (this.unit.restart) {
      case 'no':
        return false;
      case 'always':
        return true;
      case 'on-success':
        return isClean;
      case 'on-failure':
        return !isClean;
      case 'on-abnormal':
      case 'on-abort':
        return !isClean && end.signal !== null;
    }
  }

  private isClean(end: ProcessEnd): boolean {
    if (end.error !== undefined) return false;
    if (end.signal !== null) return this.unit.type === 'simple' && CLEAN_SIGNALS.includes(end.signal);
    return end.code === 0 || (end.code !== null && this.unit.successCodes.includes(end.code));
  }

  private admitStart(): boolean {
    const { burst, intervalMs } = this.unit.startLimit;
    const now = this.dependencies.monotonicMs();
    while (this.starts.length > 0 && (this.starts[0] ?? now) <= now - intervalMs) this.starts.shift();
    if (burst > 0 && intervalMs > 0 && this.starts.length >= burst) return false;
    this.starts.push(now);
    return true;
  }

  private async environment(): Promise<Record<string, string>> {
    const environment: Record<string, string> = { ...this.unit.environment };
    for (const { path, mayBeAbsent } of this.unit.environmentFiles) {
      try {
        Object.assign(environment, parseEnvironmentFile(await this.dependencies.readFile(path)));
      } catch (error) {
        if (!mayBeAbsent) throw error;
      }
    }
    return environment;
  }

  private runLine(
    line: ExecLine,
    environment: Readonly<Record<string, string>> = this.unit.environment,
  ): RunningProcess {
    const words = [...this.dependencies.emulator, ...line.words.flatMap((word) => expandVariables(word, environment))];
    const { umask } = this.unit;
    return this.dependencies.run({
      // Node cannot give a child a umask; the shell replaces itself, so the pid stays that of the service.
      words: umask === undefined ? words : ['/bin/sh', '-c', 'umask "$0"; exec "$@"', umask, ...words],
      environment: { ...environment, INVOCATION_ID: this.invocation },
      workingDirectory: this.unit.workingDirectory,
      identity: line.isPrivileged ? undefined : this.unit.identity,
      onOutput: (chunk) => {
        this.dependencies.log(chunk);
        if (this.unit.showsOnConsole) this.dependencies.show(chunk);
      },
    });
  }

  /** What the service left behind ends with it, as with systemd's KillMode=control-group. */
  private async endRest(): Promise<void> {
    if (this.invocation === '') return;
    const left = await endMarkedProcesses(
      { variable: 'INVOCATION_ID', value: this.invocation },
      0,
      this.dependencies.scanner,
    );
    if (left.length > 0) this.say(`${left.length} processes cannot be ended`);
  }

  private say(text: string): void {
    this.dependencies.log(`systemd: ${this.unit.name}: ${text}\n`);
  }
}

/** `${NAME}` anywhere becomes the value; a word that is `$NAME` alone is split into words (systemd.service(5)). */
function expandVariables(word: string, environment: Readonly<Record<string, string>>): string[] {
  const whole = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word);
  if (whole !== null) return splitWords(environment[whole[1] ?? ''] ?? '');
  return [
    word.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name?: string) =>
      name === undefined ? '$' : (environment[name] ?? ''),
    ),
  ];
}

function parseEnvironmentFile(text: string): Record<string, string> {
  const pairs = text
    .split('\n')
    .map((line) => /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line))
    .flatMap((match) => (match === null ? [] : [[match[1] ?? '', splitWords(match[2] ?? '').join(' ')] as const]));
  return Object.fromEntries(pairs);
}

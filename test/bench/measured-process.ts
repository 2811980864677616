/** A child process of a benchmark: pinned to cores where `taskset` is, asked over IPC, measured through /proc. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** USER_HZ, which Linux fixes at 100 for everything it shows to programs (proc(5)). */
const TICKS_PER_SECOND = 100;

export interface MeasuredProcessOptions {
  readonly script: string;
  readonly args?: readonly string[];
  /** For example `0,1`; undefined = wherever the kernel likes. */
  readonly cores?: string | undefined;
}

export class MeasuredProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  constructor({ script, args = [], cores }: MeasuredProcessOptions) {
    const node = [process.execPath, '--disable-warning=ExperimentalWarning', script, ...args];
    const command = cores === undefined ? node : ['taskset', '-c', cores, ...node];
    const [program = '', ...rest] = command;
    this.#child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a request and resolves with the next message that comes back; rejects when the process ends instead. */
  ask<T>(request: object): Promise<T> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null) =>
        reject(new Error(`${this.#child.spawnargs.join(' ')} ended with ${code}`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', onExit);
        const { error } = answer as { error?: string };
        if (error === undefined) resolve(answer as T);
        else reject(new Error(error));
      });
      this.#child.send(request);
    });
  }

  /** CPU time used so far, user and system, all threads. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  get rssBytes(): number {
    const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'));
    return Number(line?.[1] ?? 0) * 1024;
  }

  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#exited;
  }
}

/** Answers the requests of the parent, one at a time; an error goes back as text. */
export function answerRequests(answer: (request: never) => Promise<object>): void {
  process.on('message', (request) => {
    answer(request as never).then(
      (result) => process.send?.(result),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
}

/** Two groups of cores that do not share any, or undefined where the machine or `taskset` do not allow it. */
export function splitCores(cores: number): { readonly measured: string; readonly load: string } | undefined {
  if (cores < 4 || !existsSync('/proc/self/stat') || spawnSync('taskset', ['--version']).status !== 0) return undefined;
  return { measured: '0,1', load: `2-${cores - 1}` };
}

/** A program under test as a child process: its output, its end, and the signals it gets by its own pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { waitUntil } from './wait-until.ts';

export interface ProgramOptions {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const GRACE_MS = 20_000;

export class Program {
  stdout = '';
  stderr = '';
  /** After its output has been read to the end. */
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcess;
  readonly #words: readonly string[];
  #end: ProgramEnd | null = null;

  constructor({ words, environment, directory }: ProgramOptions) {
    const [command = '', ...args] = words;
    const child = spawn(command, args, { cwd: directory, env: { ...environment }, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#words = words;
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        this.#end = { code, signal };
      });
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Null while it runs. */
  get end(): ProgramEnd | null {
    return this.#end;
  }

  /** The first line that matches, as soon as it is there. */
  line(pattern: RegExp, timeoutMs = 60_000): Promise<string> {
    const find = () => {
      const found = this.stdout.split('\n').find((line) => pattern.test(line));
      if (found === undefined && this.#end !== null) throw new Error(`ended without ${pattern}\n${this.describe()}`);
      return found;
    };
    return waitUntil(`${pattern}`, find, { timeoutMs, explain: () => this.describe() });
  }

  signal(name: NodeJS.Signals): void {
    if (this.#end === null) process.kill(this.pid, name);
  }

  /** Types on its standard input. */
  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** Asks it to end, and ends it when it does not. */
  async stop(name: NodeJS.Signals = 'SIGTERM'): Promise<ProgramEnd> {
    this.signal(name);
    const timer = setTimeout(() => this.signal('SIGKILL'), GRACE_MS);
    const end = await this.ended;
    clearTimeout(timer);
    return end;
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }

  describe(): string {
    const end = this.#end === null ? 'runs' : `ended ${JSON.stringify(this.#end)}`;
    return `${this.#words.join(' ')}\n${end}\nstdout:\n${this.stdout.slice(-4000)}\nstderr:\n${this.stderr.slice(-4000)}`;
  }
}

/** Runs a program to its end. */
export async function runProgram(options: ProgramOptions): Promise<Program> {
  const program = new Program(options);
  await program.ended;
  return program;
}

// Starts a process of an instance: in a session of its own, with the instance's environment and nothing else.
import { type ChildProcess, spawn } from 'node:child_process';

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not be started at all. */
  readonly error?: Error;
}

/** What to start. */
export interface ProcessOptions {
  readonly words: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput: (chunk: Uint8Array) => void;
}

/** A started process. */
export interface RunningProcess {
  readonly pid: number | undefined;
  readonly ended: Promise<ProcessEnd>;
  kill(signal: NodeJS.Signals): void;
}

const LAST_WORDS_MS = 50;

/** Starts a process; a failure to start shows in `ended`. */
export function spawnProcess(options: ProcessOptions): RunningProcess {
  const [program = '', ...args] = options.words;
  const child = spawn(program, args, {
    cwd: options.folder,
    env: { ...options.environment },
    // A session of its own (setsid), so that signals to the endpoint's group do not reach it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', options.onOutput);
  child.stderr.on('data', options.onOutput);
  return { pid: child.pid, ended: endOf(child), kill: (signal) => void child.kill(signal) };
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('exit', (code, signal) => {
      // What it said last may still be in the pipes; but what it left in the background may hold them open for ever.
      child.once('close', () => resolve({ code, signal }));
      setTimeout(() => resolve({ code, signal }), LAST_WORDS_MS);
    });
  });
}

/** How it ended, for people. */
export function describeEnd(end: ProcessEnd): string {
  if (end.error !== undefined) return `could not be started: ${end.error.message}`;
  return end.signal === null ? `exited with code ${end.code}` : `was ended by ${end.signal}`;
}

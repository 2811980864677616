/** Runs a program of the machine to its end: bounded in time and output, without a shell. */
import { execFile } from 'node:child_process';

/** `absent`: there is no such program. */
export type CommandResult =
  | { readonly kind: 'ran'; readonly exitCode: number; readonly output: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly problem: string };

export type RunCommand = (program: string, args: readonly string[]) => Promise<CommandResult>;

const TIMEOUT_MS = 5000;
const MAX_OUTPUT_BYTES = 256 * 1024;

/** Standard output, followed by standard error. The program is found through PATH. */
export const runCommand: RunCommand = (program, args) => runWithin(TIMEOUT_MS, program, args);

export function runWithin(timeoutMs: number, program: string, args: readonly string[]): Promise<CommandResult> {
  const limits = { timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile(program, [...args], limits, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) return resolve({ kind: 'ran', exitCode: 0, output });
      if (error.code === 'ENOENT') return resolve({ kind: 'absent' });
      if (error.killed) return resolve({ kind: 'failed', problem: `no end within ${timeoutMs} ms` });
      if (typeof error.code === 'number') return resolve({ kind: 'ran', exitCode: error.code, output });
      return resolve({ kind: 'failed', problem: error.message });
    });
  });
}

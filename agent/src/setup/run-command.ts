/** Runs a program of the machine to see what it says: bounded in time and output, without a shell, never to change anything. */
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
export const runCommand: RunCommand = (program, args) => {
  const limits = { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile(program, [...args], limits, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) return resolve({ kind: 'ran', exitCode: 0, output });
      if (error.code === 'ENOENT') return resolve({ kind: 'absent' });
      if (error.killed) return resolve({ kind: 'failed', problem: `no end within ${TIMEOUT_MS} ms` });
      if (typeof error.code === 'number') return resolve({ kind: 'ran', exitCode: error.code, output });
      return resolve({ kind: 'failed', problem: error.message });
    });
  });
};

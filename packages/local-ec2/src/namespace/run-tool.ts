// Runs a program of this machine to its end and turns a failure into an error that holds what it said.
import { execFile } from 'node:child_process';
import { SYSTEM_PATH } from './host-tools.ts';
import { IsolationError } from './isolation-error.ts';

const TIMEOUT_MS = 30_000;

/** What it wrote to its standard output. @throws IsolationError namespace_failed with the program's own words */
export async function runTool(words: readonly string[]): Promise<string> {
  const [program = '', ...args] = words;
  return await new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { env: { PATH: SYSTEM_PATH, LC_ALL: 'C' }, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(
            new IsolationError('namespace_failed', `${words.join(' ')}: ${stderr.trim() || error.message}`, {
              cause: error,
            }),
          );
      },
    );
  });
}

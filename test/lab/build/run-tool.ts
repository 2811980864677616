/** Runs a tool of the build to its end; its output goes to a log, and its last lines into the error. */
import { spawn } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { LabError } from './lab-error.ts';

const TOLD_LINES = 15;

export interface ToolOptions {
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory?: string;
}

/** Returns what it printed. Throws `LabError` (`build_failed`). */
export async function runTool(words: readonly string[], options: ToolOptions): Promise<string> {
  const [program = '', ...args] = words;
  const startedAt = performance.now();
  const { code, output } = await new Promise<{ code: number | string; output: string }>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.directory,
      env: { ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (cause) => reject(new LabError('build_failed', `${program} cannot be run`, { cause })));
    child.on('close', (exitCode, signal) => resolve({ code: exitCode ?? signal ?? 'unknown', output }));
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  await appendFile(options.log, `$ ${words.join(' ')}\n${output}[exit ${code}, ${seconds} s]\n`);
  if (code !== 0) {
    const last = output.trimEnd().split('\n').slice(-TOLD_LINES).join('\n');
    throw new LabError('build_failed', `${program} ended with ${code}; the whole log is ${options.log}\n${last}`);
  }
  return output;
}

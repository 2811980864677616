/** The machine as the setup changes it: files, programs and time. One real implementation (node-host.ts); tests have one in memory. */
import type { CommandResult } from './run-command.ts';

export interface Host {
  /** Null: there is no such file. */
  readFile(path: string): Promise<Uint8Array | null>;
  /** Replaces the file in one step and makes missing folders; it is on disk when this resolves. */
  writeFile(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  removeFile(path: string): Promise<void>;
  /** Permission bits; null: there is no such file. */
  fileMode(path: string): Promise<number | null>;
  exists(path: string): Promise<boolean>;
  run(program: string, args: readonly string[], timeoutMs?: number): Promise<CommandResult>;
  /** Command lines of all processes, words joined by spaces. */
  processes(): Promise<readonly string[]>;
  /** Milliseconds of a clock that nobody sets. */
  monotonicMs(): number;
  sleep(milliseconds: number): Promise<void>;
}

const text = new TextDecoder();

export async function readHostText(host: Host, path: string): Promise<string | null> {
  const bytes = await host.readFile(path);
  return bytes === null ? null : text.decode(bytes);
}

/** Output of a program that ended well; null for anything else. */
export async function outputOf(host: Host, program: string, args: readonly string[]): Promise<string | null> {
  const result = await host.run(program, args);
  return result.kind === 'ran' && result.exitCode === 0 ? result.output : null;
}

/** What a program said that did not do what was wanted; for people. */
export function describeFailure(program: string, result: CommandResult): string {
  if (result.kind === 'absent') return `${program} is not installed`;
  if (result.kind === 'failed') return `${program}: ${result.problem}`;
  const lines = result.output.trim().split('\n').slice(-3).join(' / ');
  return `${program} ended with ${result.exitCode}${lines === '' ? '' : `: ${lines}`}`;
}

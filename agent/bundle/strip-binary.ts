/** Takes the symbols off a Node binary, with whichever tool of this machine knows its architecture. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { AgentArchitecture } from './target-node.ts';

export interface StripTool {
  readonly command: string;
  /** The first line of `--version`: another tool may make other bytes. */
  readonly version: string;
}

const runFile = promisify(execFile);
/** The plain `strip` of a machine knows its own architecture; others may refuse. */
const COMMANDS: Readonly<Record<AgentArchitecture, readonly string[]>> = {
  x64: ['x86_64-linux-gnu-strip', 'llvm-strip'],
  arm64: ['aarch64-linux-gnu-strip', 'llvm-strip'],
};

/** Null where this machine has none. */
export async function findStripTool(architecture: AgentArchitecture): Promise<StripTool | null> {
  const own = process.platform === 'linux' && process.arch === architecture ? ['strip'] : [];
  for (const command of [...own, ...COMMANDS[architecture]]) {
    try {
      const { stdout } = await runFile(command, ['--version']);
      return { command, version: stdout.split('\n', 1)[0] ?? '' };
    } catch {
      // Not installed here; the next one may be.
    }
  }
  return null;
}

/** In place. Must come before anything is injected: it would take that off too. */
export async function stripBinary(tool: StripTool, path: string): Promise<void> {
  await runFile(tool.command, [path]);
}

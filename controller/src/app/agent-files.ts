/** The agent files that runs name: kept in the data directory by content hash, so that a run finds its own after a restart. */
import { copyFileSync, linkSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../fleet/ec2.ts';

/** What instances download: the file as it is transferred, compressed or not. */
export interface BuiltAgent {
  readonly path: string;
  /** Hex. */
  readonly sha256: string;
}

/** Builds (or finds) the agent file of an architecture. Rejects with a reason for people where it cannot. */
export type BuildAgent = (architecture: Architecture) => Promise<BuiltAgent>;

export interface AgentFiles {
  /** The agent of an architecture, kept under its sha256 from now on. */
  provide(architecture: Architecture): Promise<BuiltAgent>;
  find(sha256: string): { readonly path: string; readonly bytes: number } | null;
}

/** `directory` is made when first needed. */
export function createAgentFiles(directory: string, build: BuildAgent): AgentFiles {
  const find = (sha256: string) => {
    const path = join(directory, sha256);
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : { path, bytes: found.size };
  };
  return {
    find,
    async provide(architecture) {
      const built = await build(architecture);
      const path = join(directory, built.sha256);
      if (find(built.sha256) === null) keep(built.path, path);
      return { path, sha256: built.sha256 };
    },
  };
}

/** A hard link where the file systems allow it, a copy otherwise; whole or not at all. */
function keep(from: string, to: string): void {
  mkdirSync(join(to, '..'), { recursive: true, mode: 0o700 });
  const temporary = `${to}.${process.pid}.new`;
  try {
    linkSync(from, temporary);
  } catch {
    // Another file system, or one without hard links.
    copyFileSync(from, temporary);
  }
  renameSync(temporary, to);
}

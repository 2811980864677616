/** Where a demo's instances lie: a temporary folder of its own, and what demos that were killed left of theirs. */
import { existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DirectoryLock, lockDirectory } from '../../runs/directory-lock.ts';
import { RunsError } from '../../runs/runs-error.ts';

const PREFIX = 'ptp-tester-demo-';
/** A demo locks its folder right after it has made it; one that is younger may be about to. */
const SETTLED_MS = 60_000;

export interface DemoFolder {
  /** For local-ec2. */
  readonly work: string;
  /** Removes it. */
  close(): void;
}

export interface DemoFolderParts {
  /** Folder of temporary files. */
  readonly temporary: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends what still runs of instances that lie in a work folder. Rejects when somebody else uses it. */
  clear(work: string): Promise<void>;
}

/** Makes a folder that nobody else has, after removing those whose demo has died. */
export async function openDemoFolder(parts: DemoFolderParts): Promise<DemoFolder> {
  for (const path of await staleFolders(parts)) rmSync(path, { recursive: true, force: true });
  const path = mkdtempSync(join(parts.temporary, PREFIX));
  const lock = lockDirectory(path);
  return {
    work: workIn(path),
    close() {
      lock.release();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function workIn(path: string): string {
  return join(path, 'ec2');
}

/** Those that are ours, whose demo has ended, and in which nothing runs any more. */
async function staleFolders({ temporary, now, clear }: DemoFolderParts): Promise<readonly string[]> {
  const stale: string[] = [];
  const names = readdirSync(temporary).filter((name) => name.startsWith(PREFIX));
  for (const path of names.map((name) => join(temporary, name))) {
    const lock = isOldOfOurs(path, now()) ? lockIfFree(path) : null;
    if (lock === null) continue;
    try {
      if (existsSync(workIn(path))) await clear(workIn(path));
      stale.push(path);
    } catch {
      // Its endpoint is still cleaning up after the demo: there is a next time.
    } finally {
      lock.release();
    }
  }
  return stale;
}

/** Everybody may make folders there: a link, or a folder of another user, is left alone. */
function isOldOfOurs(path: string, now: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.() && now - found.mtimeMs > SETTLED_MS;
}

/** The kernel gave the lock back when the demo died, however it died. */
function lockIfFree(path: string): DirectoryLock | null {
  try {
    return lockDirectory(path);
  } catch (error) {
    if (error instanceof RunsError && error.code === 'data_directory_in_use') return null;
    throw error;
  }
}

/** Copies a data directory while a controller works on it: databases page by page in one read transaction, everything else as files. */
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { makeDirectory } from './make-directory.ts';
import { RunsError } from './runs-error.ts';

/**
 * Of one process only, half of something, or made anew from the rest: the lock, the address of the controller, SQLite's companions, files that
 * are being written, what the interim judgement holds.
 */
const LEFT_OUT = /(^lock(-.*)?|^operator\.url|^interim\.db|-wal|-shm|-journal|\.new|\.partial)$/;
/** More pages than a database can have: one step, which no writer can make begin anew (SQLite: sqlite3_backup_step). */
const ALL_PAGES = 2 ** 31 - 1;

export interface BackedUpFile {
  /** Relative to the data directory. */
  readonly path: string;
  readonly bytes: number;
}

/**
 * `to` is there whole afterwards, private (0700, 0600), or not at all. The control database goes first: of what it does not know yet, the
 * others only have more. Throws RunsError `backup_refused` when `from` is no data directory, or `to` exists, lies inside it or cannot be made.
 */
export async function backUpData(
  { from, to }: { readonly from: string; readonly to: string },
  onFile: (file: BackedUpFile) => void = () => undefined,
): Promise<readonly BackedUpFile[]> {
  const source = resolve(from);
  const target = resolve(to);
  refuse(source, target);
  const partial = `${target}.partial`;
  makePartial(partial);
  try {
    const files: BackedUpFile[] = [];
    for (const path of filesOf(source)) {
      // Retention removes samples meanwhile.
      if (!existsSync(join(source, path))) continue;
      const copy = join(partial, path);
      mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
      if (path.endsWith('.db')) await copyDatabase(join(source, path), copy);
      else copyFileSync(join(source, path), copy);
      chmodSync(copy, 0o600);
      const file = { path, bytes: statSync(copy).size };
      files.push(file);
      onFile(file);
    }
    renameSync(partial, target);
    return files;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

function makePartial(partial: string): void {
  try {
    makeDirectory(dirname(partial));
    mkdirSync(partial, { mode: 0o700 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RunsError('backup_refused', `The backup cannot be made there (${why}): name a folder that can be made.`, {
      cause: error,
    });
  }
}

function refuse(source: string, target: string): void {
  const problem = (message: string) => new RunsError('backup_refused', message);
  if (!existsSync(join(source, 'control.db')))
    throw problem(`${source} is not a data directory of ptp-tester (it has no control.db).`);
  if (existsSync(target)) throw problem(`${target} exists already: name a new folder.`);
  if (existsSync(`${target}.partial`))
    throw problem(`${target}.partial exists: another backup is at work there, or was killed; remove it then.`);
  if (`${target}${sep}`.startsWith(`${source}${sep}`))
    throw problem(`${target} lies inside the data directory itself.`);
}

function filesOf(source: string): readonly string[] {
  const found = readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !LEFT_OUT.test(entry.name))
    .map((entry) => relative(source, join(entry.parentPath, entry.name)));
  return found.sort((a, b) => Number(b === 'control.db') - Number(a === 'control.db') || a.localeCompare(b));
}

async function copyDatabase(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
  try {
    await backup(database, to, { rate: ALL_PAGES });
  } finally {
    database.close();
  }
}

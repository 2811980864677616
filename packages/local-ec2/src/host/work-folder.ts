// The endpoint's work folder: one endpoint at a time, and clearing up after one that was killed.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endMarkedProcesses } from './end-processes.ts';
import { markOf } from './run-marker.ts';

/** The work folder cannot be used. */
export class WorkFolderError extends Error {
  readonly code: 'in_use' | 'leftover_processes';

  constructor(code: 'in_use' | 'leftover_processes', message: string) {
    super(message);
    this.name = 'WorkFolderError';
    this.code = code;
  }
}

/** An opened work folder. */
export interface WorkFolder {
  /** Random; the same folder keeps its id, so that leftovers can be found. */
  readonly endpointId: string;
  readonly instancesFolder: string;
  /** Gives the lock back. */
  close(): Promise<void>;
}

/**
 * Opens a work folder: takes its lock, ends processes that an endpoint killed earlier left, removes their folders.
 * @throws WorkFolderError in_use, leftover_processes
 */
export async function openWorkFolder(path: string): Promise<WorkFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const lockPath = join(path, 'lock');
  await takeLock(lockPath);
  const endpointId = await readEndpointId(join(path, 'endpoint-id'));
  const left = await endMarkedProcesses(markOf(`${endpointId}/`), 0);
  if (left.length > 0) {
    throw new WorkFolderError(
      'leftover_processes',
      `${path}: processes of an earlier endpoint cannot be ended: ${left.map(({ pid }) => pid).join(' ')}`,
    );
  }
  const instancesFolder = join(path, 'instances');
  await rm(instancesFolder, { recursive: true, force: true, maxRetries: 3 });
  await mkdir(instancesFolder);
  return { endpointId, instancesFolder, close: () => rm(lockPath, { force: true }) };
}

async function readEndpointId(path: string): Promise<string> {
  const present = await readFile(path, 'utf8').catch(() => '');
  if (/^[0-9a-f]{16}$/.test(present)) return present;
  const id = randomBytes(8).toString('hex');
  await writeFile(path, id, { mode: 0o600 });
  return id;
}

/** The lock holds `pid start-time`: a pid alone may be another process by now. */
async function takeLock(path: string): Promise<void> {
  const holder = await readFile(path, 'utf8').catch(() => '');
  const [pid = '', startTime] = holder.trim().split(' ');
  if (/^\d+$/.test(pid) && startTime !== undefined && (await startTimeOf(pid)) === startTime) {
    throw new WorkFolderError(
      'in_use',
      `${path}: another local-ec2 (pid ${pid}) uses this work folder; give this one a folder of its own with --work DIR`,
    );
  }
  await rm(path, { force: true });
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(`${process.pid} ${await startTimeOf(String(process.pid))}\n`);
  await file.close();
}

/** Field 22 of proc_pid_stat(5), in clock ticks since boot. */
async function startTimeOf(pid: string): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

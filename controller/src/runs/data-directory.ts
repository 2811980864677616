/** The controller's data directory: held by one controller at a time, with its key, its operator token and its databases. */
import { createHmac, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import { makeDirectory } from './make-directory.ts';
import type { RunId } from './run.ts';
import { isRunId } from './run-id.ts';
import { RunsError } from './runs-error.ts';

const KEY_BYTES = 32;
const SECRET_TEXT = /^[0-9a-f]{64}$/;

export interface DataDirectory {
  readonly path: string;
  /** Makes enrolment tokens. Never leaves this machine. */
  readonly controllerKey: Uint8Array;
  /** What operators present to the API. */
  readonly operatorToken: string;
  /** Names this controller in tags: follows from its key and tells nothing about it. */
  readonly controllerId: string;
  readonly controlDatabase: string;
  /** The run's own directory, made when absent. */
  runDirectory(run: RunId): string;
  /** Where the run's samples lie. */
  samplesDatabase(run: RunId): string;
  /** Agent files by their sha256. */
  readonly agentFilesDirectory: string;
  /** Lets go of the directory. The kernel does the same when the process is killed. */
  close(): void;
}

/** Written to a file of its own first, so that a kill at any point leaves either no secret or a whole one. */
function createSecret(path: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, `${randomBytes(KEY_BYTES).toString('hex')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function loadSecret(path: string): string {
  if (!existsSync(path)) createSecret(path);
  const secret = readFileSync(path, 'utf8').trim();
  if (SECRET_TEXT.test(secret)) return secret;
  throw new RunsError(
    'data_directory_unusable',
    `${path} does not hold 64 hex digits: restore it from a backup, or remove it to make a new one (agents and operators of the old one are refused then)`,
  );
}

/** Only what is ours becomes private: an existing directory with other things in it keeps its mode. */
function prepareDirectory(path: string): void {
  makeDirectory(path, 0o700);
  const present = readdirSync(path);
  if (present.length === 0 || present.includes('lock')) chmodSync(path, 0o700);
}

function openLocked(path: string, lock: DirectoryLock): DataDirectory {
  const controllerKey = Buffer.from(loadSecret(join(path, 'controller.key')), 'hex');
  const operatorToken = loadSecret(join(path, 'operator.token'));
  const runDirectory = (run: RunId): string => {
    if (!isRunId(run)) throw new RunsError('run_unknown', `${JSON.stringify(run)} is not a run id`);
    const directory = join(path, 'runs', run);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  };
  return {
    path,
    controllerKey,
    operatorToken,
    controllerId: createHmac('sha256', controllerKey).update('ptp-tester controller id').digest('hex').slice(0, 16),
    controlDatabase: join(path, 'control.db'),
    runDirectory,
    agentFilesDirectory: join(path, 'agents'),
    samplesDatabase: (run) => join(runDirectory(run), 'samples.db'),
    close: () => lock.release(),
  };
}

/** SQLITE_FULL, sqlite3.h. */
const SQLITE_FULL = 13;

function remedyFor(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const isFull = ('errcode' in error && error.errcode === SQLITE_FULL) || ('code' in error && error.code === 'ENOSPC');
  return isFull ? '. Free some space on its disk and start again; nothing acknowledged is lost' : '';
}

/**
 * Opens (or makes) a data directory and holds it until `close`. Throws `RunsError`: `data_directory_in_use` when another
 * controller holds it, `data_directory_unusable` when it cannot be made, read or written.
 */
export function openDataDirectory(directory: string): DataDirectory {
  const path = resolve(directory);
  let lock: DirectoryLock | null = null;
  try {
    prepareDirectory(path);
    lock = lockDirectory(path);
    return openLocked(path, lock);
  } catch (error) {
    lock?.release();
    if (error instanceof RunsError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunsError(
      'data_directory_unusable',
      `data directory ${path} cannot be used: ${reason}${remedyFor(error)}`,
      {
        cause: error,
      },
    );
  }
}

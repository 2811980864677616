/** This machine for the setup. */
import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../sources/read-text.ts';
import type { Host } from './host.ts';
import { runWithin } from './run-command.ts';

/** Long: a busy machine that is just booting must not look like a broken one. */
const TIMEOUT_MS = 120_000;
const FILE_MODE = 0o644;

export const NODE_HOST: Host = {
  readFile: (path) => nullIfAbsent(() => readFile(path)),
  writeFile,
  removeFile: (path) => rm(path, { force: true }),
  fileMode: async (path) => (await nullIfAbsent(() => stat(path)))?.mode ?? null,
  exists: async (path) => (await nullIfAbsent(() => access(path).then(() => true))) ?? false,
  run: (program, args, timeoutMs = TIMEOUT_MS) => runWithin(timeoutMs, program, args),
  processes,
  monotonicMs: () => performance.now(),
  sleep: (milliseconds) => sleep(milliseconds),
};

/** A file is the old one or the new one, also after a power cut. */
async function writeFile(path: string, bytes: Uint8Array, mode = FILE_MODE): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.ptp-tester-${randomBytes(6).toString('hex')}`);
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(bytes);
    await file.chmod(mode & 0o7777);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

async function processes(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => nullIfAbsent(() => readFile(`/proc/${pid}/cmdline`, 'utf8'))));
  return lines.filter((line) => line !== null && line !== '').map((line) => String(line).replaceAll('\0', ' ').trim());
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ESRCH']);

async function nullIfAbsent<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if (ABSENT.has(errorCode(error) ?? '')) return null;
    throw error;
  }
}

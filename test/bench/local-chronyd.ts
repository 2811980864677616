/** A chronyd that answers questions and never touches the system clock (-x), for benchmarks on machines that have one installed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 20;
const BETWEEN_MS = 250;

function answers(): boolean {
  try {
    execFileSync('chronyc', ['-n', 'tracking'], { stdio: 'ignore', timeout: 2000 });
    return true;
  } catch {
    return false;
  }
}

/** Starts one unless one answers already; returns what ends it. Where none can be started, nothing happens. */
export async function startLocalChronyd(): Promise<() => void> {
  if (answers()) return () => undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ptp-chronyd-'));
  const config = join(folder, 'chrony.conf');
  // One source that never answers is a row of the sources report all the same.
  const lines = ['port 0', 'local stratum 8', 'server 127.0.0.1 port 11123', `pidfile ${join(folder, 'chronyd.pid')}`];
  writeFileSync(
    config,
    [...lines, `bindcmdaddress ${join(folder, 'chronyd.sock')}`, 'bindcmdaddress 127.0.0.1', ''].join('\n'),
  );
  const child: ChildProcess = spawn('chronyd', ['-x', '-d', '-f', config], { stdio: 'ignore' });
  // Not installed, or not allowed to: the benchmark says which streams were absent.
  child.on('error', () => undefined);
  for (let attempt = 0; attempt < ATTEMPTS && child.exitCode === null && !answers(); attempt += 1)
    await sleep(BETWEEN_MS);
  return () => {
    child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Real chronyds in a folder of their own, which leave the clock alone (`-x`): one server on loopback, and clients of it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CHRONYD = 'chronyd';

/** The version line of the installed chronyd, or null when there is none. */
export function installedChronyd(): string | null {
  const asked = spawnSync(CHRONYD, ['--version'], { encoding: 'utf8' });
  return asked.error === undefined && asked.status === 0 ? asked.stdout.trim() : null;
}

export interface PrivateChronyds {
  /** Starts one with these configuration lines. Ports are the caller's. */
  start(name: string, lines: readonly string[]): void;
  /** Ends all by their own process ids, and removes the folder. */
  stop(): Promise<void>;
}

export function privateChronyds(): PrivateChronyds {
  const folder = mkdtempSync(join(tmpdir(), 'private-chronyd-'));
  const running: ChildProcess[] = [];
  return {
    start: (name, lines) => {
      // The Unix command socket is switched off: chronyd wants its own folder for it, with its own owner.
      const common = [
        'bindcmdaddress /',
        'bindcmdaddress 127.0.0.1',
        'bindaddress 127.0.0.1',
        `pidfile ${folder}/${name}.pid`,
      ];
      const file = join(folder, `${name}.conf`);
      writeFileSync(file, `${[...common, ...lines].join('\n')}\n`);
      running.push(spawn(CHRONYD, ['-x', '-d', '-u', 'root', '-f', file], { stdio: 'ignore' }));
    },
    stop: async () => {
      const ended = running.map((child) => {
        if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
        return new Promise<void>((resolve) => {
          child.once('exit', () => resolve());
          child.kill('SIGTERM');
        });
      });
      await Promise.all(ended);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

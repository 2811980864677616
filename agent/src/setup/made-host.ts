/** Only for tests: a machine in memory whose programs answer as told, with a clock that moves only by waiting. */
import type { Host } from './host.ts';
import type { CommandResult } from './run-command.ts';

const ABSENT: CommandResult = { kind: 'absent' };

export interface MadeHost extends Host {
  readonly files: Map<string, { bytes: Uint8Array; mode: number }>;
  /** Command lines so far. */
  readonly ran: string[];
  /** The answer to command lines that begin so; the longest beginning counts. A function is asked each time. */
  answer(beginning: string, result: string | CommandResult | (() => CommandResult)): void;
  processLines: string[];
  /** Paths that cannot be written. */
  readonly readOnly: Set<string>;
}

export function makeHost(): MadeHost {
  const files = new Map<string, { bytes: Uint8Array; mode: number }>();
  const answers = new Map<string, () => CommandResult>();
  const ran: string[] = [];
  const readOnly = new Set<string>();
  let now = 0;
  const host: MadeHost = {
    files,
    ran,
    readOnly,
    processLines: [],
    answer(beginning, result) {
      const fixed = typeof result === 'string' ? ranWell(result) : result;
      answers.set(beginning, typeof fixed === 'function' ? fixed : () => fixed);
    },
    readFile: (path) => Promise.resolve(files.get(path)?.bytes ?? null),
    writeFile(path, bytes, mode = 0o644) {
      if (readOnly.has(path)) return Promise.reject(new Error(`EROFS: read-only file system, open '${path}'`));
      files.set(path, { bytes, mode });
      return Promise.resolve();
    },
    removeFile(path) {
      files.delete(path);
      return Promise.resolve();
    },
    fileMode: (path) => Promise.resolve(files.get(path)?.mode ?? null),
    exists: (path) => Promise.resolve(files.has(path)),
    run(program, args) {
      const line = [program, ...args].join(' ');
      ran.push(line);
      const known = [...answers.keys()].filter((one) => line.startsWith(one)).sort((a, b) => b.length - a.length);
      return Promise.resolve(answers.get(known[0] ?? '')?.() ?? ABSENT);
    },
    processes: () => Promise.resolve(host.processLines),
    monotonicMs: () => now,
    sleep(milliseconds) {
      now += milliseconds;
      return Promise.resolve();
    },
  };
  return host;
}

export function ranWell(output: string): CommandResult {
  return { kind: 'ran', exitCode: 0, output };
}

// The mark that every process of an instance carries in its environment, and finding processes by it in /proc.
import { readdir, readFile } from 'node:fs/promises';

/** Environment variable; its value is `<endpoint id>/<instance id>`. */
export const MARKER_VARIABLE = 'PTP_TESTER_LOCAL_EC2';

/** An environment variable whose value marks a process. */
export interface Mark {
  readonly variable: string;
  /** Whole value; one that ends in `/` stands for every value that begins so. */
  readonly value: string;
}

/** The mark of an instance's processes, or of all an endpoint's (`<endpoint id>/`). */
export function markOf(marker: string): Mark {
  return { variable: MARKER_VARIABLE, value: marker };
}

/** A process that carries a mark, or descends from one that does. */
export interface MarkedProcess {
  readonly pid: number;
  /** First word of its command line, or its name. */
  readonly command: string;
}

/** A process as a scan of /proc found it. */
interface ScannedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** As /proc shows it; undefined when it may not be read. */
  readonly environment: string | undefined;
}

/**
 * Scans /proc. Callers that ask while a scan runs share the next one, which begins after they asked: so each sees
 * everything that was there when it asked, and many instances that end at once do not scan each for itself.
 */
export class ProcessScanner {
  private running: Promise<ScannedProcess[]> | undefined;
  private next: Promise<ScannedProcess[]> | undefined;

  /** The living processes. Zombies do not count: they are dead already. */
  scan(): Promise<ScannedProcess[]> {
    if (this.running === undefined) return this.begin();
    this.next ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.next;
  }

  private begin(): Promise<ScannedProcess[]> {
    this.next = undefined;
    this.running = readProcesses().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }
}

/**
 * Living processes with this mark.
 * Also finds what a marked process started with an emptied environment, as long as that ancestor lives.
 * Never finds the calling process.
 */
export async function findMarkedProcesses(mark: Mark, scanner = new ProcessScanner()): Promise<MarkedProcess[]> {
  const entries = await scanner.scan();
  const isMarked = ({ environment }: ScannedProcess) => environment !== undefined && carriesMark(environment, mark);
  const found = new Set(entries.filter(isMarked).map(({ pid }) => pid));
  let size = -1;
  while (size !== found.size) {
    size = found.size;
    for (const { pid, parentPid } of entries) if (found.has(parentPid)) found.add(pid);
  }
  found.delete(process.pid);
  return entries.filter(({ pid }) => found.has(pid)).map(({ pid, name }) => ({ pid, command: name }));
}

async function readProcesses(): Promise<ScannedProcess[]> {
  const names = await readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const entries = await Promise.all(pids.map(readProcess));
  return entries.filter((entry) => entry !== undefined);
}

async function readProcess(pid: number): Promise<ScannedProcess | undefined> {
  const stat = await readOrUndefined(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // proc_pid_stat(5): "pid (comm) state ppid ..."; comm may hold spaces and parentheses.
  const nameEnd = stat.lastIndexOf(')');
  const [state, parentPid] = stat.slice(nameEnd + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parentPid: Number(parentPid),
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    environment: await readOrUndefined(`/proc/${pid}/environ`),
  };
}

/** Whether an environment as /proc shows it (entries end in NUL) carries the mark. Pure. */
export function carriesMark(environment: string, mark: Mark): boolean {
  const entry = `${mark.variable}=${mark.value}`;
  return environment
    .split('\0')
    .some((variable) => variable === entry || (mark.value.endsWith('/') && variable.startsWith(entry)));
}

/** A process may end, or belong to another user, between the listing and the reading. */
async function readOrUndefined(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}

/** What a local-ec2 with namespaces may leave on this machine, and whether this machine can have one at all. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findMarkedProcesses, IsolationError, markOf, startLocalEc2 } from '@ptp-tester/local-ec2';

const HOST_PATH = process.env['PATH'] ?? '';

/** What an endpoint may leave on this machine. */
export interface Traces {
  readonly workFolder: string;
  readonly hostAddress: string;
  readonly marker: string;
  /** Every process in its network namespaces, marked or not: pid and start. The kernel gives the number of a namespace that has gone to others. */
  readonly members: ReadonlySet<string>;
  readonly namespaceCount: number;
}

/** Why this machine cannot, or null. */
export async function reasonWithoutNamespaces(): Promise<string | null> {
  const work = await mkdtemp(join(tmpdir(), 'local-ec2-try-'));
  try {
    await (await startLocalEc2({ workFolder: work, hostPath: HOST_PATH, isolation: 'namespace' })).close();
    return null;
  } catch (error) {
    if (error instanceof IsolationError && error.code !== 'namespace_failed') return error.message;
    throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Runs a program of this machine, also one that only root has in its PATH. */
export async function runTool(...words: string[]): Promise<{ code: number; output: string }> {
  const [program = '', ...args] = words;
  return await new Promise((resolve) => {
    execFile(program, args, { env: { PATH: `${HOST_PATH}:/usr/sbin:/sbin` } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

/** The network namespace of a process, as `net:[inode]`; empty when the process has ended. */
async function networkOf(pid: number | string): Promise<string> {
  return await readlink(`/proc/${pid}/ns/net`).catch(() => '');
}

/** Remembers what an endpoint has, to look for it afterwards. */
export async function tracesOf(endpoint: Omit<Traces, 'members' | 'namespaceCount'>): Promise<Traces> {
  const processes = await findMarkedProcesses(markOf(endpoint.marker));
  const found = await Promise.all(processes.map(({ pid }) => networkOf(pid)));
  const own = await networkOf('self');
  const namespaces = new Set(found.filter((namespace) => namespace !== '' && namespace !== own));
  const inside = await Promise.all(
    (await allPids()).map(async (pid) => (namespaces.has(await networkOf(pid)) ? await identityOf(pid) : '')),
  );
  const members = new Set(inside.filter((identity) => identity !== ''));
  return { ...endpoint, members, namespaceCount: namespaces.size };
}

async function allPids(): Promise<string[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
}

/** Pid and start in clock ticks since boot (proc_pid_stat(5), field 22); empty when it has ended. */
async function identityOf(pid: string): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const [state = 'Z', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === 'Z' ? '' : `process ${pid} started at ${fields[18]}`;
}

/** What is left of an endpoint: processes, namespaces, interfaces, mounts, control groups. */
export async function leftOf({ workFolder, hostAddress, marker, members }: Traces): Promise<string[]> {
  const processes = (await findMarkedProcesses(markOf(marker))).map(({ pid, command }) => `${command} ${pid}`);
  const living = await Promise.all((await allPids()).map(identityOf));
  const used = living.filter((identity) => members.has(identity));
  const addresses = (await runTool('ip', '-brief', 'address')).output.split('\n');
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  return [
    ...processes,
    ...used,
    ...addresses.filter((line) => line.includes(` ${hostAddress}/`)),
    ...mounts.filter((line) => line.includes(workFolder)),
    ...(await cgroupsOf(marker)),
  ];
}

/** Control groups of an endpoint that are there. */
export async function cgroupsOf(marker: string): Promise<string[]> {
  const candidates = ['', 'memory', 'pids'].map((tree) => join('/sys/fs/cgroup', tree, 'ptp-tester-local-ec2', marker));
  const found = await Promise.all(candidates.map((path) => readdir(path).catch(() => null)));
  return candidates.filter((_, index) => found[index] !== null);
}

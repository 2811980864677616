// The control group of an instance: bounds for memory and processes, under cgroup v2 or v1, where the machine has them.
import { access, mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { IsolationError } from './isolation-error.ts';

/** Bounds of one instance. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
}

const ROOT = '/sys/fs/cgroup';
const PARENT = 'ptp-tester-local-ec2';
/** Controllers of version 1, each with a tree of its own. */
const V1_CONTROLLERS = ['memory', 'pids'];
/** Together 20 s: on a machine under load the kernel takes its time over the last of a process. */
const MAX_REMOVE_ROUNDS = 1000;
const REMOVE_ROUND_MS = 20;

/** The control groups of an endpoint's instances. */
export class Cgroups {
  private readonly trees: readonly string[];
  private readonly endpointId: string;

  constructor(options: { endpointId: string; trees: readonly string[] }) {
    this.endpointId = options.endpointId;
    this.trees = options.trees;
  }

  /** Makes the groups of an instance. @returns the files that a process writes its pid to in order to join */
  async create(instanceId: string, limits: CgroupLimits): Promise<string[]> {
    return await Promise.all(
      this.trees.map(async (tree) => {
        const folder = this.folderOf(tree, instanceId);
        await mkdir(folder, { recursive: true });
        await setLimits(folder, limits);
        return join(folder, 'cgroup.procs');
      }),
    );
  }

  /** Removes the groups of an instance, whose processes have ended. */
  async remove(instanceId: string): Promise<void> {
    for (const tree of this.trees) await removeGroup(this.folderOf(tree, instanceId));
  }

  /** Removes what an endpoint that was killed left, and our own folder when it is the last. */
  async removeAll(): Promise<void> {
    for (const tree of this.trees) {
      const folder = join(tree, PARENT, this.endpointId);
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
      await removeGroup(folder);
      // Other endpoints may have groups in it.
      await rmdir(join(tree, PARENT)).catch(() => undefined);
    }
  }

  private folderOf(tree: string, instanceId: string): string {
    return join(tree, PARENT, this.endpointId, instanceId);
  }
}

/** The control groups that this machine has: version 2 when it is mounted as the only one, else those of version 1. */
export async function openCgroups(options: { endpointId: string; root?: string }): Promise<Cgroups> {
  const root = options.root ?? ROOT;
  const { endpointId } = options;
  if (await exists(join(root, 'cgroup.controllers'))) return new Cgroups({ endpointId, trees: [root] });
  const trees: string[] = [];
  for (const controller of V1_CONTROLLERS) {
    if (await exists(join(root, controller, 'cgroup.procs'))) trees.push(join(root, controller));
  }
  return new Cgroups({ endpointId, trees });
}

/** Bounds are a safety net: a file that the machine does not offer is left out. */
async function setLimits(folder: string, { memoryBytes, processes }: CgroupLimits): Promise<void> {
  const values = { 'memory.max': memoryBytes, 'memory.limit_in_bytes': memoryBytes, 'pids.max': processes };
  for (const [name, value] of Object.entries(values)) {
    const path = join(folder, name);
    if (await exists(path)) await writeFile(path, String(value));
  }
}

/** A group can be removed a moment after its last process has ended. */
async function removeGroup(folder: string): Promise<void> {
  for (let round = 0; round < MAX_REMOVE_ROUNDS; round += 1) {
    if ((await tryRemove(folder)) === 'gone') return;
    await sleep(REMOVE_ROUND_MS);
  }
  throw new IsolationError('namespace_failed', `the control group ${folder} still has processes`);
}

async function tryRemove(folder: string): Promise<'gone' | 'busy'> {
  try {
    await rmdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EBUSY') return 'busy';
    if (code !== 'ENOENT') throw error;
  }
  return 'gone';
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}

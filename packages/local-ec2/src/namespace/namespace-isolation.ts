// Instances as Linux namespaces (root): one VPC for all, control groups, and what an endpoint that was killed left of them.
import type { Isolation } from '../host/isolation.ts';
import { openCgroups } from './cgroup.ts';
import { findHostTools, SYSTEM_PATH } from './host-tools.ts';
import { NamespaceMachine } from './namespace-machine.ts';
import { openUptime } from './uptime.ts';
import { openVpc } from './vpc.ts';

/** What it is told. */
export interface NamespaceIsolationOptions {
  /** Absolute. */
  readonly workFolder: string;
  readonly endpointId: string;
  /** First two numbers of the VPC's addresses; a free network is chosen when absent. */
  readonly network: string | undefined;
  readonly nodePath: string;
}

/**
 * Clears up after an endpoint that was killed, and starts the VPC.
 * @throws IsolationError when this machine cannot do it, with what to install or to change
 */
export async function openNamespaceIsolation(options: NamespaceIsolationOptions): Promise<Isolation> {
  const { workFolder, endpointId, network, nodePath } = options;
  const tools = await findHostTools({ platform: process.platform, uid: process.getuid?.(), path: SYSTEM_PATH });
  const cgroups = await openCgroups({ endpointId });
  const uptime = await openUptime();
  await cgroups.removeAll();
  const vpc = await openVpc({ workFolder, endpointId, prefix: network, nodePath, tools });
  return {
    name: 'namespace',
    addressPrefix: vpc.prefix,
    hostAddress: vpc.hostAddress,
    createMachine: (place, dependencies) =>
      new NamespaceMachine({ ...place, tools }, { ...dependencies, vpc, cgroups, uptime }),
    close: async () => {
      await vpc.close();
      await cgroups.removeAll();
    },
  };
}

// How instances are kept apart: a maker of machines, and what belongs to all of them together.
import type { InstanceMachine, MachineDependencies } from './instance-machine.ts';
import type { MachinePlace } from './local-machines.ts';
import { Machine } from './machine.ts';

/** One way to run instances. */
export interface Isolation {
  readonly name: 'process' | 'namespace' | 'vm';
  /** First two numbers of the VPC's addresses; undefined when instances have no network of their own. */
  readonly addressPrefix: string | undefined;
  /** Address at which instances reach a server on this machine. */
  readonly hostAddress: string;
  createMachine(place: MachinePlace, dependencies: MachineDependencies): InstanceMachine;
  /** After the last machine has been closed. */
  close(): Promise<void>;
}

/** Instances as plain processes of this machine, without root. */
export function processIsolation(options: { nodePath: string; hostPath: string }): Isolation {
  return {
    name: 'process',
    addressPrefix: undefined,
    hostAddress: '127.0.0.1',
    createMachine: ({ folder, marker }, dependencies) => new Machine({ ...options, folder, marker }, dependencies),
    close: () => Promise.resolve(),
  };
}

/** The folders through which this machine is seen. Tests pass a made tree. */

export interface MachineRoots {
  readonly proc: string;
  readonly sys: string;
  readonly dev: string;
  readonly etc: string;
}

export const MACHINE_ROOTS: MachineRoots = { proc: '/proc', sys: '/sys', dev: '/dev', etc: '/etc' };

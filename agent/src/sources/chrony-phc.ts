/** What chronyd's configuration makes of the PHC of this machine: under which name it follows it, and how often it reads it. */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { parsePhcRefclocks } from '@ptp-tester/chrony';
import type { FoundPhc } from '@ptp-tester/phc';
import type { MachineRoots } from './machine-roots.ts';
import { readChronyConfig } from './read-chrony-config.ts';
import { errorCode } from './read-text.ts';

export interface ChronyPhc {
  /** Names that chronyc gives the PHC (its reference IDs); none where chronyd does not use it. */
  readonly names: readonly string[];
  /** PHC readings that chronyd takes per second. */
  readonly readsPerSecond: number;
}

/** Reads the configuration. Only refclocks on this device count: a `refclock PHC` can just as well be the hypervisor's clock. */
export function readChronyPhc(phc: FoundPhc | undefined, roots: MachineRoots): ChronyPhc {
  const config = readChronyConfig(roots);
  if (phc === undefined || config === null) return { names: [], readsPerSecond: 0 };
  const refclocks = parsePhcRefclocks(config.text).filter(({ device }) => isOnDevice(device, phc, roots));
  return {
    names: refclocks.map(({ refid }) => refid),
    readsPerSecond: refclocks.reduce((sum, refclock) => sum + refclock.readsPerSecond, 0),
  };
}

/**
 * Whether what a refclock line names is this clock: by path, through links such as /dev/ptp_ena; or by the interface's name, which chronyd
 * takes from 4.7 on.
 */
export function isOnDevice(device: string, phc: FoundPhc, roots: MachineRoots): boolean {
  if (phc.interfaceNames.includes(device)) return true;
  const path = device.startsWith('/dev/') ? join(roots.dev, device.slice('/dev/'.length)) : null;
  return path !== null && realPath(path) === realPath(phc.devicePath);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errorCode(error) !== null) return path;
    throw error;
  }
}

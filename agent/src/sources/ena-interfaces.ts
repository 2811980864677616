/** Which network interfaces of this machine are ENA, by the driver that sysfs names; never by their own names. */
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errorCode } from './read-text.ts';

export interface EnaInterface {
  /** `ens5` */
  readonly name: string;
  /** `0000:00:05.0`; what ties the interface to its PHC. */
  readonly pciAddress: string;
}

/** In the order of their names. None where sysfs has no network interfaces. */
export function findEnaInterfaces(sysRoot: string): EnaInterface[] {
  const net = join(sysRoot, 'class', 'net');
  return listFolder(net)
    .filter((name) => linkTarget(() => readlinkSync(join(net, name, 'device', 'driver'))) === 'ena')
    .map((name) => ({ name, pciAddress: linkTarget(() => realpathSync(join(net, name, 'device'))) ?? '' }));
}

function listFolder(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (errorCode(error) !== null) return [];
    throw error;
  }
}

/** Virtual interfaces have no device, and thus no link to follow. */
function linkTarget(follow: () => string): string | null {
  try {
    return basename(follow());
  } catch (error) {
    if (errorCode(error) !== null) return null;
    throw error;
  }
}

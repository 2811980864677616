/** What is known of the ENA driver without changing anything: its interfaces, version, and whether PHC is built in and enabled. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NativeClocks } from '@ptp-tester/native';
import { isDriverCompatible } from '@ptp-tester/phc';
import { type EnaInterface, findEnaInterfaces } from '../sources/ena-interfaces.ts';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { readText } from '../sources/read-text.ts';

export interface EnaDriver {
  readonly interfaces: readonly EnaInterface[];
  /**
   * - `amzn`: amzn-drivers, also in Amazon Linux kernels; has a module version of its own, such as 2.17.0g
   * - `mainline`: the kernel's own driver, which has none; its version is the kernel's
   */
  readonly family: 'amzn' | 'mainline' | 'none';
  /** Null when there is no ENA driver. */
  readonly version: string | null;
  /** Whether this version can have PHC at all: amzn from 2.10.0, mainline from Linux 6.17. Necessary, never sufficient. */
  readonly compatible: boolean;
  /** The module parameter `phc_enable`: null when the driver was built without PHC (or is mainline, which never has it). */
  readonly phcEnable: boolean | null;
  /** Whether the kernel has PTP hardware clocks at all (CONFIG_PTP_1588_CLOCK). */
  readonly ptpClass: boolean;
}

export interface EnaDriverDependencies {
  readonly roots: MachineRoots;
  readonly native: Pick<NativeClocks, 'readEthtoolDriver'>;
}

export function readEnaDriver({ roots, native }: EnaDriverDependencies): EnaDriver {
  const interfaces = findEnaInterfaces(roots.sys);
  const moduleDir = join(roots.sys, 'module', 'ena');
  // Only amzn-drivers declare a module version; mainline removed it.
  const moduleVersion = readText(join(moduleDir, 'version'))?.trim() ?? null;
  const parameter = readText(join(moduleDir, 'parameters', 'phc_enable'))?.trim();
  const common = {
    interfaces,
    phcEnable: parameter === undefined ? null : parameter !== '0' && parameter !== 'N',
    ptpClass: existsSync(join(roots.sys, 'class', 'ptp')),
  };
  if (moduleVersion !== null) {
    return { ...common, family: 'amzn', version: moduleVersion, compatible: isDriverCompatible(moduleVersion) };
  }
  const [first] = interfaces;
  if (first === undefined) return { ...common, family: 'none', version: null, compatible: false };
  const described = native.readEthtoolDriver(first.name);
  const kernel = readText(join(roots.proc, 'sys', 'kernel', 'osrelease'))?.trim() ?? '';
  const version = typeof described === 'number' || described.version === '' ? kernel : described.version;
  return { ...common, family: 'mainline', version, compatible: isMainlineWithPhc(kernel) };
}

/** `enable_phc` came with Linux 6.17 (drivers/net/ethernet/amazon/ena/ena_phc.c). */
function isMainlineWithPhc(osrelease: string): boolean {
  const match = /^(\d+)\.(\d+)/.exec(osrelease);
  if (match === null) return false;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  return major > 6 || (major === 6 && minor >= 17);
}

/** What sysfs says of the PTP clocks, the ENA module and the clock source: names and values, without running anything. */
import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { errorCode, readText } from '../sources/read-text.ts';

const CLOCK_FILES = [
  'clock_name',
  'max_adjustment',
  'max_vclocks',
  'n_alarms',
  'n_external_timestamps',
  'n_periodic_outputs',
  'n_programmable_pins',
  'pps_available',
  'device/phc_error_bound',
  'device/vendor',
  'device/device',
];

/** One line for each value; a file that is not there has no line. */
export function describeSysfs({ sys, proc }: Pick<MachineRoots, 'sys' | 'proc'>): string {
  const clocks = join(sys, 'class', 'ptp');
  const module = join(sys, 'module', 'ena');
  const source = join(sys, 'devices', 'system', 'clocksource', 'clocksource0');
  return [
    ...list(clocks).flatMap((name) => [
      `${join(clocks, name)} -> ${realPath(join(clocks, name))}`,
      ...valuesOf(join(clocks, name), CLOCK_FILES),
    ]),
    ...valuesOf(module, ['version', 'srcversion', 'taint', ...list(join(module, 'parameters')).map(parameter)]),
    ...valuesOf(source, ['current_clocksource', 'available_clocksource']),
    ...valuesOf(proc, ['version', 'sys/kernel/osrelease']),
  ].join('\n');
}

function parameter(name: string): string {
  return join('parameters', name);
}

function valuesOf(folder: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const value = readQuietly(join(folder, file));
    return value === null ? [] : [`${join(folder, file)}: ${value}`];
  });
}

/** Some files of sysfs exist and cannot be read. */
function readQuietly(path: string): string | null {
  try {
    return readText(path)?.trim() ?? null;
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    return `(${code})`;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (errorCode(error) !== null) return [];
    throw error;
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    return `(${errorCode(error) ?? 'unreadable'})`;
  }
}

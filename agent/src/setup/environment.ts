/** The facts about machine and agent that each epoch begins with, and what changed in them since. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseMaxClockError } from '@ptp-tester/chrony';
import type { NativeClocks } from '@ptp-tester/native';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { readChronyConfig } from '../sources/read-chrony-config.ts';
import { readText } from '../sources/read-text.ts';
import { readEnaDriver } from './ena-driver.ts';
import type { RunCommand } from './run-command.ts';

/** Of this process; the caller knows them. */
export interface ProcessFacts {
  readonly agent_version: string;
  readonly node_version: string;
  readonly cpu_count: number;
}

/** Null: not known on this machine. The detail of the event `epoch_started`. A type, so that it is a JSON object as it stands. */
export type EnvironmentFacts = ProcessFacts & {
  readonly boot_id: string | null;
  readonly kernel: string | null;
  readonly clocksource: string | null;
  readonly ena_driver_version: string | null;
  readonly chrony_version: string | null;
  /** The main configuration file. */
  readonly chrony_config_path: string | null;
  /** Of the configuration with its includes in place. */
  readonly chrony_config_sha256: string | null;
  /** `maxclockerror` in force: how fast chronyd lets its bound grow between updates. */
  readonly chrony_max_clock_error_ppm: number | null;
  /** False: chronyd's default, which is an estimate and no guarantee (ClockBound demands that it be set). */
  readonly chrony_max_clock_error_set: boolean | null;
  /** Of the driver as it is loaded: another build of one version has another. */
  readonly ena_driver_build: string | null;
  /** When the system's package database last changed: an update was installed. */
  readonly packages_changed_at: string | null;
};

export interface EnvironmentDependencies {
  readonly roots: MachineRoots;
  readonly native: Pick<NativeClocks, 'readEthtoolDriver'>;
  readonly runCommand: RunCommand;
}

export async function readEnvironment(
  facts: ProcessFacts,
  dependencies: EnvironmentDependencies,
): Promise<EnvironmentFacts> {
  const { roots } = dependencies;
  const config = readChronyConfig(roots);
  const maxClockError = config === null ? null : parseMaxClockError(config.text);
  return {
    ...facts,
    boot_id: readLine(join(roots.proc, 'sys', 'kernel', 'random', 'boot_id')),
    kernel: readLine(join(roots.proc, 'sys', 'kernel', 'osrelease')),
    clocksource: readLine(join(roots.sys, 'devices', 'system', 'clocksource', 'clocksource0', 'current_clocksource')),
    ena_driver_version: readEnaDriver(dependencies).version,
    chrony_version: await readChronyVersion(dependencies.runCommand),
    chrony_config_path: config?.path ?? null,
    chrony_config_sha256: config === null ? null : createHash('sha256').update(config.text).digest('hex'),
    chrony_max_clock_error_ppm: maxClockError?.ppm ?? null,
    chrony_max_clock_error_set: maxClockError?.isSet ?? null,
    ena_driver_build: readLine(join(roots.sys, 'module', 'ena', 'srcversion')),
    packages_changed_at: readPackagesChangedAt(roots),
  };
}

type Fact = EnvironmentFacts[keyof EnvironmentFacts];

/** The facts that differ, with both values: the detail of the event `environment_changed`. Null when nothing changed. */
export function changedFacts(
  before: EnvironmentFacts,
  after: EnvironmentFacts,
): Record<string, { readonly before: Fact; readonly after: Fact }> | null {
  const names = Object.keys(after) as (keyof EnvironmentFacts)[];
  const changed = names.filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return null;
  return Object.fromEntries(changed.map((name) => [name, { before: before[name], after: after[name] }]));
}

/** Of rpm (Amazon Linux 2023, Fedora), older rpm, dpkg; under the root that /etc lies in. */
const PACKAGE_DATABASES = ['var/lib/rpm/rpmdb.sqlite', 'var/lib/rpm/Packages', 'var/lib/dpkg/status'];

function readPackagesChangedAt(roots: MachineRoots): string | null {
  for (const path of PACKAGE_DATABASES) {
    const changed = statSync(join(dirname(roots.etc), path), { throwIfNoEntry: false });
    if (changed !== undefined) return changed.mtime.toISOString();
  }
  return null;
}

function readLine(path: string): string | null {
  return readText(path)?.trim() ?? null;
}

/** `chronyd (chrony) version 4.3 (+CMDMON ...)` -> `4.3`. */
async function readChronyVersion(runCommand: RunCommand): Promise<string | null> {
  const result = await runCommand('chronyd', ['--version']);
  if (result.kind !== 'ran') return null;
  return /version (\S+)/.exec(result.output)?.[1] ?? null;
}

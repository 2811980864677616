/** The facts about machine and agent that each epoch begins with, and what changed in them since. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
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
  return {
    ...facts,
    boot_id: readLine(join(roots.proc, 'sys', 'kernel', 'random', 'boot_id')),
    kernel: readLine(join(roots.proc, 'sys', 'kernel', 'osrelease')),
    clocksource: readLine(join(roots.sys, 'devices', 'system', 'clocksource', 'clocksource0', 'current_clocksource')),
    ena_driver_version: readEnaDriver(dependencies).version,
    chrony_version: await readChronyVersion(dependencies.runCommand),
    chrony_config_path: config?.path ?? null,
    chrony_config_sha256: config === null ? null : createHash('sha256').update(config.text).digest('hex'),
  };
}

/** The facts that differ, with both values: the detail of the event `environment_changed`. Null when nothing changed. */
export function changedFacts(
  before: EnvironmentFacts,
  after: EnvironmentFacts,
): Record<string, { readonly before: string | number | null; readonly after: string | number | null }> | null {
  const names = Object.keys(after) as (keyof EnvironmentFacts)[];
  const changed = names.filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return null;
  return Object.fromEntries(changed.map((name) => [name, { before: before[name], after: after[name] }]));
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

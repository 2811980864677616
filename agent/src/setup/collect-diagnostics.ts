/** What the machine's own tools print about its clocks, for people who look into a verdict. Bounded; changes nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineRoots } from '../sources/machine-roots.ts';
import { errorCode } from '../sources/read-text.ts';
import type { CommandResult, RunCommand } from './run-command.ts';

/** The limit of a text in a status message. */
const MAX_CHARACTERS = 4096;
const CUT = '\n[cut]';

export interface DiagnosticsDependencies {
  readonly roots: MachineRoots;
  readonly runCommand: RunCommand;
}

/** By command line. `interfaceNames`: the ENA interfaces, of which two at most are asked. */
export async function collectDiagnostics(
  interfaceNames: readonly string[],
  { roots, runCommand }: DiagnosticsDependencies,
): Promise<Record<string, string>> {
  const commands = [
    ['chronyc', '-n', 'sources'],
    ['chronyc', '-n', 'tracking'],
    ['modinfo', 'ena'],
    ...interfaceNames.slice(0, 2).flatMap((name) => [
      ['ethtool', '-i', name],
      ['ethtool', '-T', name],
    ]),
  ];
  const texts = await Promise.all(
    commands.map(async ([program = '', ...args]) => {
      return [[program, ...args].join(' '), describe(program, await runCommand(program, args))] as const;
    }),
  );
  const devices = ['ls -l /dev/ptp*', await listDevices(roots, runCommand)] as const;
  return Object.fromEntries([...texts, devices]);
}

/** Without a shell there is nobody to expand the star. */
async function listDevices(roots: MachineRoots, runCommand: RunCommand): Promise<string> {
  const names = deviceNames(roots.dev);
  if (names.length === 0) return 'there is no /dev/ptp*';
  const paths = names.map((name) => join(roots.dev, name));
  return describe('ls', await runCommand('ls', ['-l', ...paths]));
}

function deviceNames(devRoot: string): string[] {
  try {
    return readdirSync(devRoot)
      .filter((name) => name.startsWith('ptp'))
      .sort();
  } catch (error) {
    if (errorCode(error) !== null) return [];
    throw error;
  }
}

function describe(program: string, result: CommandResult): string {
  switch (result.kind) {
    case 'absent':
      return `${program} is not installed`;
    case 'failed':
      return bounded(`${program}: ${result.problem}`);
    case 'ran':
      return bounded(result.exitCode === 0 ? result.output : `${result.output}[exit code ${result.exitCode}]`);
  }
}

function bounded(text: string): string {
  return text.length <= MAX_CHARACTERS ? text : `${text.slice(0, MAX_CHARACTERS - CUT.length)}${CUT}`;
}

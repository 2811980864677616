/** What an acceptance of an instance type wants to have on file: driver, clocks, chronyd, counters, and how fast the PHC may be read. */
import type { PhcSourcePlan } from '@ptp-tester/wire';
import { readEnaDriver } from '../setup/ena-driver.ts';
import type { CommandResult, RunCommand } from '../setup/run-command.ts';
import { readPair } from '../sources/clock-reader.ts';
import { openDevice, type PhcOpenerDependencies, phcOpener } from '../sources/phc-opener.ts';
import { readChronyConfig } from '../sources/read-chrony-config.ts';
import { readText } from '../sources/read-text.ts';
import { type EvidencePart, evidenceParts } from './evidence-part.ts';
import { probeReadWindow } from './probe-read-window.ts';
import { describeSysfs } from './read-sysfs.ts';

export interface EvidenceOrder {
  /** `at_start`: the machine as it is set up. `at_end`: after measuring, when reading fast disturbs no sample. */
  readonly when: 'at_start' | 'at_end';
  readonly phcPlan: PhcSourcePlan | null;
  /** The agent is to stop. */
  readonly isOver: () => boolean;
}

export interface EvidenceDependencies extends PhcOpenerDependencies {
  /** Path of what user data said, and when; null where it wrote none. */
  readonly installLog: string | null;
  readonly runCommand: RunCommand;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

type Commands = readonly (readonly [program: string, ...args: string[]])[];

const CHRONY: Commands = [
  ['chronyc', '-n', 'tracking'],
  ['chronyc', '-n', 'sources'],
  ['chronyc', '-n', 'sourcestats'],
];

/** Parts as they are found, each named by when it was taken. Changes nothing on the machine. */
export async function* collectEvidence(
  order: EvidenceOrder,
  dependencies: EvidenceDependencies,
): AsyncGenerator<EvidencePart> {
  const interfaces = readEnaDriver(dependencies)
    .interfaces.slice(0, 2)
    .map(({ name }) => name);
  const parts = order.when === 'at_start' ? atStart(interfaces, dependencies) : atEnd(interfaces, order, dependencies);
  for await (const { name, text } of parts) {
    if (order.isOver()) return;
    yield* evidenceParts(`${order.when} ${name}`, text);
  }
}

async function* atStart(
  interfaces: readonly string[],
  dependencies: EvidenceDependencies,
): AsyncGenerator<EvidencePart> {
  const { roots, installLog, runCommand } = dependencies;
  if (installLog !== null) yield { name: 'install log', text: readText(installLog) ?? `${installLog} cannot be read` };
  const ofInterfaces = interfaces.flatMap(
    (name): Commands => [
      ['ethtool', '-i', name],
      ['ethtool', '-T', name],
    ],
  );
  yield* outputs([['modinfo', 'ena'], ...ofInterfaces, ...counters(interfaces), ...CHRONY], runCommand);
  yield { name: 'sysfs', text: describeSysfs(roots) };
  const config = readChronyConfig(roots);
  yield { name: 'chrony configuration', text: config === null ? 'none was found' : `# ${config.path}\n${config.text}` };
}

async function* atEnd(
  interfaces: readonly string[],
  order: EvidenceOrder,
  dependencies: EvidenceDependencies,
): AsyncGenerator<EvidencePart> {
  const { runCommand } = dependencies;
  yield* outputs([...CHRONY, ...counters(interfaces)], runCommand);
  yield { name: 'read window', text: await probe(order, dependencies) };
  for await (const { name, text } of outputs([...counters(interfaces), ...CHRONY.slice(0, 1)], runCommand)) {
    yield { name: `after the probe ${name}`, text };
  }
}

function counters(interfaces: readonly string[]): Commands {
  return interfaces.map((name) => ['ethtool', '-S', name]);
}

async function* outputs(commands: Commands, runCommand: RunCommand): AsyncGenerator<EvidencePart> {
  for (const [program, ...args] of commands) {
    yield { name: [program, ...args].join(' '), text: describe(program, await runCommand(program, args)) };
  }
}

function describe(program: string, result: CommandResult): string {
  switch (result.kind) {
    case 'absent':
      return `${program} is not installed`;
    case 'failed':
      return `${program}: ${result.problem}`;
    case 'ran':
      return result.exitCode === 0 ? result.output : `${result.output}[exit code ${result.exitCode}]`;
  }
}

/** JSON: what `probeReadWindow` found, or why nothing could be read. */
async function probe({ phcPlan, isOver }: EvidenceOrder, dependencies: EvidenceDependencies): Promise<string> {
  const opening = phcPlan === null ? openDevice(dependencies) : phcOpener(phcPlan, dependencies)();
  if (!('phc' in opening)) return JSON.stringify(opening);
  const { clock } = opening.phc;
  try {
    const { clocks, sleep } = dependencies;
    const found = await probeReadWindow({ clock, sleep, isOver, monoNs: () => readPair(clocks).monoRawNs });
    return JSON.stringify(found, null, 2);
  } finally {
    clock.close();
  }
}

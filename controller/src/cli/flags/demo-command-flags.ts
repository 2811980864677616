/** How `demo` is asked for on the command line. */
import type { Command } from 'commander';
import type { Commands, ControllerFlags } from '../command-line.ts';

export interface DemoFlags extends ControllerFlags {
  readonly instanceTypes: string;
  readonly duration: string;
  readonly seed?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly keepInstances?: string;
}

interface DemoParts {
  readonly commands: Pick<Commands, 'demo'>;
  readonly withController: (command: Command) => Command;
}

export function describeDemo(
  program: Command,
  { commands, withController }: DemoParts,
  choose: (action: () => Promise<number>) => void,
): void {
  withController(program.command('demo'))
    .description('three instances on this machine through a local EC2 endpoint, with a SIMULATED PHC and real clocks')
    .option('--instance-types <list>', 'types and quantities', 'c7i.large:2,m7i.xlarge')
    .option('--duration <time>', 'length of the soak', '60s')
    .option('--seed <n>', 'the same number makes the same SIMULATED clocks (default: others in each run)')
    .option('--out <dir>', 'where the report goes: report.html, .md, .json, .junit.xml')
    .option('--keep-instances <dir>', "keep the instances' folders (spools, consoles) there")
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      `
Examples:
  ptp-tester demo --duration 20s --out report
  ptp-tester demo --duration 10m --seed 7 --json | jq .state`,
    )
    .action((flags: DemoFlags) => choose(() => commands.demo(flags)));
}

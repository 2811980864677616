/** The commands that follow and steer a run of a controller that runs elsewhere. */
import type { Command } from 'commander';
import type { Commands } from '../command-line.ts';
import type { ExtendFlags, StopFlags } from '../commands/steer.ts';
import type { WatchFlags } from '../commands/watch.ts';

type Choose = (action: () => Promise<number>) => void;

export function describeWatching(program: Command, commands: Commands, choose: Choose): void {
  withClient(program.command('watch'))
    .description('follow a run: a live table on a terminal, else lines; leaving it changes nothing')
    .argument('<run>', 'run id')
    .addHelpText(
      'after',
      '\nThe run is soaking while its instances are measuring.\nWith --json a line as soon as something happens, else one with the figures every ten seconds.\n\nExamples:\n  ptp-tester watch 20261120-231757-k3f9\n  ptp-tester watch 20261120-231757-k3f9 --url http://10.0.0.5:7700 --token-file operator.token --json',
    )
    .action((run: string, flags: WatchFlags) => choose(() => commands.watch(run, flags)));
  withClient(program.command('extend'))
    .description('let a soak go on for longer, as far as the bounds of its instances allow')
    .argument('<run>', 'run id')
    .argument('<time>', 'how much longer: 10m, 2h')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester extend 20261120-231757-k3f9 10m\n  ptp-tester extend 20261120-231757-k3f9 1h --json',
    )
    .action((run: string, duration: string, flags: ExtendFlags) => choose(() => commands.extend(run, duration, flags)));
  withClient(program.command('stop'))
    .description('end a run before its time: it delivers, terminates its instances and reports')
    .argument('<run>', 'run id')
    .option('--reason <text>', 'shown in the report')
    .addHelpText(
      'after',
      "\nExamples:\n  ptp-tester stop 20261120-231757-k3f9\n  ptp-tester stop 20261120-231757-k3f9 --reason 'kernel update tonight'",
    )
    .action((run: string, flags: StopFlags) => choose(() => commands.stop(run, flags)));
}

function withClient(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the controller that runs', 'ptp-tester-data')
    .option('--url <url>', 'a controller elsewhere instead, for example through an SSH tunnel')
    .option('--token-file <file>', 'its operator token (default: operator.token in --data)')
    .option('--json', 'JSON output');
}

/** The commands that decide what stays and remove what was left: keep, cleanup, sweep. */
import type { Command } from 'commander';
import type { Commands } from '../command-line.ts';
import type { KeepFlags } from '../commands/keep.ts';
import type { PruneFlags } from '../commands/prune.ts';
import type { CleanupFlags, SweepFlags } from '../commands/remove.ts';

export function describeRemoving(
  program: Command,
  commands: Commands,
  choose: (action: () => Promise<number>) => void,
): void {
  program
    .command('keep')
    .description('says which working instances of a run stay, while it waits for that')
    .argument('<run>', 'run id')
    .argument('<selection>', 'all, none, or numbers and names such as 1,3,5-7,c7i.large-2')
    .option('--data <dir>', 'data directory of the controller', 'ptp-tester-data')
    .option('--json', 'JSON output')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester keep 20261120-231757-k3f9 1,3\n  ptp-tester keep 20261120-231757-k3f9 none --json',
    )
    .action((run: string, selection: string, flags: KeepFlags) => choose(() => commands.keep(run, selection, flags)));
  describePruning(program, commands, choose);
  withAccount(program.command('cleanup'))
    .description(
      'removes everything of one run from AWS, by its tags, whatever the controller knew; never what is kept',
    )
    .argument('<run>', 'run id')
    .option('--region <name>', 'where to look (default: the region of the run)')
    .option('--force', 'also when another controller showed a sign of life lately')
    .option('--dry-run', 'only show what would be removed; exit code 4 where there is something')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester cleanup 20261120-231757-k3f9 --dry-run\n  ptp-tester cleanup 20261120-231757-k3f9 --region eu-north-1 --json',
    )
    .action((run: string, flags: CleanupFlags) => choose(() => commands.cleanup(run, flags)));
  withAccount(program.command('sweep'))
    .description(
      'removes what expired or orphaned runs left in whole regions; never what a living controller or an operator has',
    )
    .requiredOption('--regions <list>', 'regions to look in: us-east-1,eu-north-1')
    .option('--dry-run', 'only show what would be removed')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester sweep --regions us-east-1 --dry-run\n  ptp-tester sweep --regions us-east-1,eu-north-1 --json',
    )
    .action((flags: SweepFlags) => choose(() => commands.sweep(flags)));
}

/** On this disk, not in AWS. */
function describePruning(program: Command, commands: Commands, choose: (action: () => Promise<number>) => void): void {
  program
    .command('prune')
    .description('removes samples of runs that have ended, from this disk; their reports and everything else stay')
    .argument('[runs...]', 'run ids: these, however young')
    .option('--retain-for <time>', 'those of runs that ended longer ago: 90d')
    .option('--retain-size <size>', 'those of the oldest ended runs, until all samples take no more: 500GB')
    .option('--dry-run', 'only show what would be removed')
    .option('--data <dir>', 'data directory of the controller, which may run meanwhile', 'ptp-tester-data')
    .option('--json', 'JSON output')
    .addHelpText(
      'after',
      `
The rules leave alone what ended less than a day ago. A controller does the same by itself: serve --retain-for 90d

Examples:
  ptp-tester prune --retain-for 90d --retain-size 500GB --dry-run
  ptp-tester prune 20261120-231757-k3f9 --json`,
    )
    .action((runs: string[], flags: PruneFlags) => choose(() => commands.prune(runs, flags)));
}

function withAccount(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the controller', 'ptp-tester-data')
    .option('--profile <name>', 'AWS profile (default: the credential chain)')
    .option('--json', 'JSON output');
}

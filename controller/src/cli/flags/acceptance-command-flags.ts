/** How `acceptance` is asked for on the command line. */
import type { Command } from 'commander';
import type { Commands, RunCommandFlags } from '../command-line.ts';
import { givenFlags } from './looking-command-flags.ts';
import { addRunFlags } from './run-command-flags.ts';

export interface AcceptanceFlags extends RunCommandFlags {
  /** On this machine, with a SIMULATED PHC. */
  readonly local?: boolean;
  readonly bundle?: string;
  readonly public?: boolean;
}

export interface AcceptanceParts {
  readonly commands: Pick<Commands, 'acceptance'>;
  readonly withController: (command: Command) => Command;
}

export function describeAcceptance(
  program: Command,
  { commands, withController }: AcceptanceParts,
  choose: (action: () => Promise<number>) => void,
): void {
  addRunFlags(withController(program.command('acceptance')))
    .description('a short run that also collects driver, PHC, chronyd and read-rate evidence; all of it in one archive')
    .argument('[run]', 'write the archive of this run again; nothing is launched')
    .option('--config <file>', 'YAML or JSON file; the command line wins over it')
    .option('--local', 'on this machine through the local EC2 endpoint, with a SIMULATED PHC')
    .option('--bundle <file>', 'the archive (default: ptp-tester-acceptance-RUN.tar.gz here)')
    .option('--public', 'ids, addresses and names in the archive become instance-1, subnet-1, ...')
    .option('--out <dir>', 'where the report goes as well')
    .option('--yes', 'launch without asking')
    .option('--dry-run', 'show what would be done and what it costs at most; launch nothing')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      `
Takes the flags of "run"; the soak lasts 10m and nothing is kept unless said otherwise. See docs/real-aws.md.

Examples:
  ptp-tester acceptance --local
  ptp-tester acceptance --instance-types c7i.large --subnet-id subnet-0123456789abcdef0 \\
    --agent-listen 0.0.0.0:7600 --public-url https://CONTROLLER:7600
  ptp-tester acceptance 20261120-231757-k3f9 --public --bundle for-others.tar.gz`,
    )
    .action((id: string | undefined, flags: AcceptanceFlags, command: Command) =>
      choose(() => commands.acceptance(id, { ...flags, given: givenFlags(command) })),
    );
}

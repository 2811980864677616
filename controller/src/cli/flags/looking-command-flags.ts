/** The flags of the commands that only look: `doctor` and `types`. */
import { type Command, Option } from 'commander';
import type { Commands, RunCommandFlags } from '../command-line.ts';
import type { TypesFlags } from '../commands/types.ts';
import { addRunFlags } from './run-command-flags.ts';

export type DoctorFlags = RunCommandFlags;

/** Those that stood on the command line, by their names in the flags. */
export function givenFlags(command: Command): ReadonlySet<string> {
  return new Set(Object.keys(command.opts()).filter((name) => command.getOptionValueSource(name) === 'cli'));
}

interface LookingParts {
  readonly commands: Pick<Commands, 'doctor' | 'types'>;
  readonly withController: (command: Command) => Command;
}

export function describeLooking(
  program: Command,
  { commands, withController }: LookingParts,
  choose: (action: () => Promise<number>) => void,
): void {
  addRunFlags(withController(program.command('doctor')))
    .description(
      'whether a run would work: credentials, permissions, subnet, routes, groups, types, images; launches nothing',
    )
    .option('--config <file>', 'YAML or JSON file; the command line wins over it')
    .option('--json', 'JSON output')
    .addHelpText(
      'after',
      `
Takes the flags of "run". Exit code 0 when no check failed, 3 otherwise.

Examples:
  ptp-tester doctor --instance-types c7i.large:2 --subnet-id subnet-0123456789abcdef0 \\
    --agent-listen 0.0.0.0:7600 --public-url https://CONTROLLER:7600
  ptp-tester doctor --config soak.yaml --json | jq '.checks[] | select(.result == "failed")'`,
    )
    .action((flags: DoctorFlags, command: Command) =>
      choose(() => commands.doctor({ ...flags, given: givenFlags(command) })),
    );
  program
    .command('types')
    .description('which instance types can have a PHC, as the EC2 API says')
    .argument('[name]', 'a type, or a pattern such as "m7i*" or "*.large"')
    .option('--region <name>', 'AWS region (default: that of the credentials)')
    .option('--profile <name>', 'AWS profile (default: the credential chain)')
    .addOption(new Option('--arch <name>', 'only this architecture').choices(['x86_64', 'arm64']))
    .option('--offered-in <where>', 'only those offered in a zone (us-east-1a, use1-az4) or in the zone of a subnet')
    .addOption(new Option('--sort <by>', 'order').choices(['type', 'vcpus', 'memory', 'phc']).default('type'))
    .option('--all', 'also types without a PHC, and those of which the API does not say')
    .option('--zones', 'show in which zones each is offered')
    .option('--json', 'JSON output')
    .addHelpText(
      'after',
      `
What the API says is a prior, not a verdict: a run finds out.

Examples:
  ptp-tester types --region eu-north-1
  ptp-tester types "m7*" --arch arm64 --offered-in subnet-0123456789abcdef0 --sort vcpus
  ptp-tester types --all --json | jq -r '.types[] | select(.phc_support == null) | .type'`,
    )
    .action((name: string | undefined, flags: TypesFlags) => choose(() => commands.types(name, flags)));
}

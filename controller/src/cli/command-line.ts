/** The command line: every command with its flags, help and examples. Says what was asked; each command's own file does it. */
import { Command, CommanderError, Option } from 'commander';
import { IMPORT_FORMATS, type ImportFormat } from '../analysis/import/imported-log.ts';
import type { RunFlags } from '../config/run-flags.ts';
import type { TlsFlags } from '../config/tls-mode.ts';
import type { BackupFlags } from './commands/backup.ts';
import type { CallsFlags } from './commands/calls.ts';
import type { KeepFlags } from './commands/keep.ts';
import type { PruneFlags } from './commands/prune.ts';
import type { CleanupFlags, SweepFlags } from './commands/remove.ts';
import type { ExtendFlags, StopFlags } from './commands/steer.ts';
import type { TypesFlags } from './commands/types.ts';
import type { WatchFlags } from './commands/watch.ts';
import { EXIT_CODE_HELP } from './exit-codes.ts';
import { type AcceptanceFlags, describeAcceptance } from './flags/acceptance-command-flags.ts';
import { describeCompletion } from './flags/completion-command.ts';
import { type DemoFlags, describeDemo } from './flags/demo-command-flags.ts';
import { type DoctorFlags, describeLooking, givenFlags } from './flags/looking-command-flags.ts';
import { describeRemoving } from './flags/removal-command-flags.ts';
import { addRunFlags } from './flags/run-command-flags.ts';
import { describeWatching } from './flags/watching-command-flags.ts';

/** Where a controller keeps its data and listens. */
export interface ControllerFlags extends TlsFlags {
  readonly data: string;
  readonly listen: string;
  readonly agentListen: string;
  readonly publicUrl?: string;
  readonly identityCerts?: string;
  readonly notify?: string;
  readonly retainFor?: string;
  readonly retainSize?: string;
}

export interface RunCommandFlags extends ControllerFlags, RunFlags {
  /** Flags that stood on the command line; the others are defaults. */
  readonly given?: ReadonlySet<string>;
  readonly config?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly json?: boolean;
}

export interface RunReferenceFlags {
  readonly data: string;
  readonly json?: boolean;
}

export interface ReportFlags extends RunReferenceFlags {
  readonly out?: string;
  readonly format: 'json' | 'markdown' | 'html' | 'junit';
  readonly csv?: boolean;
  readonly parquet?: boolean;
  readonly public?: boolean;
}

export interface CompareFlags extends RunReferenceFlags {
  readonly out?: string;
  readonly weeks?: boolean;
  readonly period?: readonly string[];
}

export interface AnalyzeFlags {
  readonly format?: ImportFormat;
  readonly html?: string;
  readonly bridge?: string;
  readonly json?: boolean;
}

/** What each command does; injected so that this file stays a description. */
export interface Commands {
  demo(flags: DemoFlags): Promise<number>;
  run(flags: RunCommandFlags): Promise<number>;
  acceptance(run: string | undefined, flags: AcceptanceFlags): Promise<number>;
  serve(flags: ControllerFlags & { readonly json?: boolean }): Promise<number>;
  status(run: string | undefined, flags: RunReferenceFlags): Promise<number>;
  calls(run: string, flags: CallsFlags): Promise<number>;
  report(run: string, flags: ReportFlags): Promise<number>;
  compare(runs: readonly string[], flags: CompareFlags): Promise<number>;
  analyze(files: readonly string[], flags: AnalyzeFlags): Promise<number>;
  doctor(flags: DoctorFlags): Promise<number>;
  types(name: string | undefined, flags: TypesFlags): Promise<number>;
  verify(run: string, flags: RunReferenceFlags & { readonly spools: string }): Promise<number>;
  backup(flags: BackupFlags): Promise<number>;
  prune(runs: readonly string[], flags: PruneFlags): Promise<number>;
  watch(run: string, flags: WatchFlags): Promise<number>;
  extend(run: string, duration: string, flags: ExtendFlags): Promise<number>;
  stop(run: string, flags: StopFlags): Promise<number>;
  keep(run: string, selection: string, flags: KeepFlags): Promise<number>;
  cleanup(run: string, flags: CleanupFlags): Promise<number>;
  sweep(flags: SweepFlags): Promise<number>;
  localEc2(args: readonly string[]): Promise<number>;
}

export interface CommandLineOutput {
  out(text: string): void;
  err(text: string): void;
}

export type ParsedCommand = { readonly run: () => Promise<number> } | { readonly exitCode: number };

/** Parses the arguments. Help, version and usage errors are printed here; everything else comes back as what to do. */
export async function parseCommandLine(
  argv: readonly string[],
  { version, commands, output }: { version: string; commands: Commands; output: CommandLineOutput },
): Promise<ParsedCommand> {
  let chosen: (() => Promise<number>) | null = null;
  const choose = (action: () => Promise<number>) => {
    chosen = action;
  };
  const program = describeProgram(version, output);
  describeDemo(program, { commands, withController }, choose);
  describeRun(program, (flags) => choose(() => commands.run(flags)));
  describeAcceptance(program, { commands, withController }, choose);
  describeServe(program, (flags) => choose(() => commands.serve(flags)));
  describeLooking(program, { commands, withController }, choose);
  describeWatching(program, commands, choose);
  describeReading(program, commands, choose);
  describeCalls(program, commands, choose);
  describeRemoving(program, commands, choose);
  describeCompletion(program, { output, choose });
  program
    .command('local-ec2')
    .description('an EC2 endpoint on this machine, for trying and testing without AWS')
    .allowUnknownOption()
    .helpOption(false)
    .argument('[args...]')
    .action((args: string[]) => choose(() => commands.localEc2(args)));
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isBare = error.code === 'commander.unknownOption' && argv[0]?.startsWith('-') === true;
    if (isBare) output.err('Flags follow a command, as in: ptp-tester run --instance-types c7i.large ...\n');
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return chosen === null ? { exitCode: 2 } : { run: chosen };
}

function describeProgram(version: string, output: CommandLineOutput): Command {
  return new Command('ptp-tester')
    .description('Finds out whether, and how well, EC2 instances keep time with the ENA PTP hardware clock (PHC).')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .showHelpAfterError('(ptp-tester COMMAND --help shows the flags and examples)')
    .addHelpText(
      'after',
      `
Examples:
  ptp-tester demo --duration 20s              try everything on this machine, without AWS
  ptp-tester run --instance-types c7i.large:2 --subnet-id subnet-0123456789abcdef0 --duration 14d \\
    --agent-listen 0.0.0.0:7600 --public-url https://CONTROLLER:7600
  ptp-tester report 20261120-231757-k3f9 --out report

${EXIT_CODE_HELP}`,
    );
}

function withController(command: Command): Command {
  return command
    .addOption(new Option('--data <dir>', 'data directory of the controller').default('ptp-tester-data'))
    .addOption(new Option('--listen <host:port>', 'operators: API, metrics').default('127.0.0.1:7700'))
    .addOption(new Option('--agent-listen <host:port>', 'agents: WebSocket, agent file').default('127.0.0.1:7600'))
    .option('--public-url <url>', 'where agents reach the controller (default: the agent listener)')
    .option('--tls-cert <file>', "certificate chain for agents (default: off this machine, by the controller's own CA)")
    .option('--tls-key <file>', 'its key; both are read again when they change')
    .option(
      '--tls-ca <file>',
      "the authority that agents are to trust (default: one in --tls-cert, else their system's)",
    )
    .option('--plain-http', 'no TLS for agents: a proxy in front has it, or the network is trusted')
    .option('--identity-certs <file>', "demand identity documents signed by AWS: AWS's public certificates (PEM)")
    .option('--notify <file>', 'webhooks and what they are told (YAML or JSON; see docs/monitoring.md)')
    .option('--retain-for <time>', 'remove the samples of a run so long after its end: 90d (default: never)')
    .option('--retain-size <size>', 'remove samples, of the oldest ended run first, while all take more: 500GB');
}

function describeRun(program: Command, choose: (flags: RunCommandFlags) => void): void {
  addRunFlags(withController(program.command('run')))
    .description('launch instances, soak, report, keep or terminate them')
    .option('--config <file>', 'YAML or JSON file; the command line wins over it')
    .option('--out <dir>', 'where the report goes: report.html, .md, .json, .junit.xml')
    .option('--yes', 'launch without asking')
    .option('--detach', 'hand the run to the controller that runs on --data (ptp-tester serve), and leave it there')
    .option('--dry-run', 'show what would be done and what it costs at most; launch nothing')
    .option('--json', 'one JSON object a line instead of text')
    .addHelpText(
      'after',
      `
Examples:
  ptp-tester run --instance-types c7i.large:2,m7g.large --subnet-id subnet-0123456789abcdef0 --duration 14d \\
    --agent-listen 0.0.0.0:7600 --public-url https://CONTROLLER:7600
  ptp-tester run --config soak.yaml --duration 30m --keep none --out report --yes

${EXIT_CODE_HELP}`,
    )
    .action((flags: RunCommandFlags, command: Command) => choose({ ...flags, given: givenFlags(command) }));
}

function describeServe(program: Command, choose: (flags: ControllerFlags & { json?: boolean }) => void): void {
  withController(program.command('serve'))
    .description('the controller alone: continues the runs it finds in the data directory, serves the API until Ctrl-C')
    .option('--json', 'log as JSON lines')
    .addHelpText(
      'after',
      `
Examples:
  ptp-tester serve --data ptp-tester-data
  ptp-tester serve --listen 127.0.0.1:7700 --agent-listen 0.0.0.0:7600 --public-url https://controller.internal:7600`,
    )
    .action(choose);
}

function describeComparing(
  program: Command,
  commands: Commands,
  choose: (action: () => Promise<number>) => void,
): void {
  withData(program.command('compare'))
    .description('two runs, or weeks or other periods of one run: better, worse or indistinguishable, and how sure')
    .argument('<runs...>', 'two run ids, or one with --weeks or --period')
    .option('--weeks', 'the weeks of the soak, each against the first')
    .option('--period <from..to>', 'a part of the run in UTC; give two or more', collect)
    .option('--out <dir>', 'write comparison.html and .json there instead of printing')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester compare 20261120-231757-k3f9 20261127-231801-a0x2 --out comparison\n  ptp-tester compare 20261101-000000-k3f9 --weeks\n  ptp-tester compare 20261120-231757-k3f9 --period 2026-11-20T08:00Z..2026-11-20T12:00Z --period 2026-11-20T12:00Z..2026-11-20T16:00Z',
    )
    .action((runs: string[], flags: CompareFlags) => choose(() => commands.compare(runs, flags)));
}

function describeAnalyzing(
  program: Command,
  commands: Commands,
  choose: (action: () => Promise<number>) => void,
): void {
  program
    .command('analyze')
    .description('the same statistics on a log or CSV, without a controller')
    .argument(
      '<files...>',
      'CSV or Parquet with offset_ns and one of mono_raw_ns, at_ns (ns since 1970), at (2026-11-20T00:00:00Z), time_s (seconds, CSV only); instance, key and epoch tell series apart; chrony refclocks, tracking or statistics log; phc2sys or ptp4l log',
    )
    .addOption(new Option('--format <name>', 'instead of finding it out').choices([...IMPORT_FORMATS]))
    .option('--bridge <samples>', 'fill holes of at most so many samples for the curves; none by default')
    .option('--html <file>', 'also write a page with charts there')
    .option('--json', 'JSON output')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester analyze report/streams/i-0123456789abcdef0/phc.parquet\n  ptp-tester analyze /var/log/chrony/refclocks.log\n  ptp-tester analyze offsets.csv --json',
    )
    .action((files: string[], flags: AnalyzeFlags) => choose(() => commands.analyze(files, flags)));
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function withData(command: Command): Command {
  return command
    .option('--data <dir>', 'data directory of the controller', 'ptp-tester-data')
    .option('--json', 'JSON output');
}

function describeCalls(program: Command, commands: Commands, choose: (action: () => Promise<number>) => void): void {
  withData(program.command('calls'))
    .description('every AWS call of a run: action, result, duration, attempts, request id')
    .argument('<run>', 'run id')
    .option('--failed', 'only those that failed')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester calls 20261120-231757-k3f9 --failed\n  ptp-tester calls 20261120-231757-k3f9 --json | jq -r .action | sort | uniq -c',
    )
    .action((run: string, flags: CallsFlags) => choose(() => commands.calls(run, flags)));
}

function describeReading(program: Command, commands: Commands, choose: (action: () => Promise<number>) => void): void {
  withData(program.command('status'))
    .description('the runs of a data directory, or one run')
    .argument('[run]', 'run id')
    .addHelpText(
      'after',
      '\nA run is soaking while its instances are measuring.\n\nExamples:\n  ptp-tester status\n  ptp-tester status 20261120-231757-k3f9 --json',
    )
    .action((run: string | undefined, flags: RunReferenceFlags) => choose(() => commands.status(run, flags)));
  withData(program.command('report'))
    .description('the report of a run, also while it is running')
    .argument('<run>', 'run id')
    .option('--out <dir>', 'write report.html, .md, .json and .junit.xml there instead of printing')
    .addOption(
      new Option('--format <name>', 'what to print').choices(['markdown', 'json', 'html', 'junit']).default('markdown'),
    )
    .option('--csv', 'with --out: also the samples, a CSV file for each stream of each instance')
    .option('--parquet', 'with --out: also the samples as Parquet')
    .option('--public', 'for others to read: ids, addresses, names and tags become instance-1, subnet-1, ...')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester report 20261120-231757-k3f9\n  ptp-tester report 20261120-231757-k3f9 --out report --parquet\n  ptp-tester report 20261120-231757-k3f9 --public --out public-report',
    )
    .action((run: string, flags: ReportFlags) => choose(() => commands.report(run, flags)));
  describeComparing(program, commands, choose);
  describeAnalyzing(program, commands, choose);
  withData(program.command('verify'))
    .description("compare agents' spools with the store: missing, duplicate, extra")
    .argument('<run>', 'run id')
    .requiredOption('--spools <dir>', "folder with the agents' state directories, searched for spools")
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester verify 20261120-231757-k3f9 --spools instances\n  ptp-tester verify 20261120-231757-k3f9 --spools instances --json',
    )
    .action((run: string, flags: Parameters<Commands['verify']>[1]) => choose(() => commands.verify(run, flags)));
  withData(program.command('backup'))
    .description('copy the data directory, also while a controller works on it')
    .requiredOption('--to <dir>', 'a folder that does not exist yet')
    .addHelpText(
      'after',
      '\nExamples:\n  ptp-tester backup --to /backup/ptp-$(date +%F)\n  ptp-tester backup --data ptp-tester-data --to copy --json',
    )
    .action((flags: BackupFlags) => choose(() => commands.backup(flags)));
}

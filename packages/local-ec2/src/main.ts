// local-ec2 as a command: starts an endpoint, says where it is, and cleans up when it is told to end.
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WorkFolderError } from './host/work-folder.ts';
import { type LocalEc2, type LocalEc2Options, type LocalEc2Timing, startLocalEc2 } from './local-ec2.ts';
import { parseScenario, type Scenario } from './scenario.ts';

const USAGE = `Usage: local-ec2 [options]

An EC2-, SSM- and STS-compatible endpoint on 127.0.0.1 whose instances run their user data on this machine.

  --work DIR             folder of the instances; one endpoint at a time uses it (a folder of yours in the temporary folder)
  --isolation KIND       process (default): instances are plain processes; namespace (root, Linux): each has its own network,
                         into which nothing comes, its own root and its own processes; vm: each is a virtual machine under QEMU
  --network A.B          with namespace: first two numbers of the VPC's addresses (the first free of 10.77 to 10.126)
  --vm-image FILE        with vm: description of the image (docs/lab.md)
  --vm-user-data HOW     with vm: cloud-init (default) boots cold; light restores the image's snapshot
  --vm-forward PORTS     with vm: ports of 127.0.0.1 that instances reach at 169.254.10.10, such as 7600,7601
  --faults FILE          what is to go wrong: JSON, see docs/local-ec2.md
  --port N               port; 0, the default, takes a free one
  --region NAME          region of the account (us-east-1)
  --keep-instances DIR   keep the files of terminated instances there instead of removing them
  --pending-ms N         how long an instance is pending (500)
  --shutting-down-ms N   how long an instance is at least shutting-down (500)
  --grace-ms N           from SIGTERM to SIGKILL when an instance ends (1000)
  --json                 print one JSON line with the endpoint when ready
  --exit-with-stdin      clean up and exit when standard input closes

Examples:
  ptp-tester local-ec2
  ptp-tester local-ec2 --faults faults.json --keep-instances instances

Exit codes: 0 ended and cleaned up, 2 usage, 3 could not start or clean up.
`;
const EXIT_USAGE = 2;
const EXIT_FAILED = 3;

const OPTIONS = {
  work: { type: 'string' },
  isolation: { type: 'string', default: 'process' },
  network: { type: 'string' },
  faults: { type: 'string' },
  'vm-image': { type: 'string' },
  'vm-user-data': { type: 'string', default: 'cloud-init' },
  'vm-forward': { type: 'string', default: '' },
  port: { type: 'string', default: '0' },
  region: { type: 'string' },
  'keep-instances': { type: 'string' },
  'pending-ms': { type: 'string' },
  'shutting-down-ms': { type: 'string' },
  'grace-ms': { type: 'string' },
  json: { type: 'boolean', default: false },
  'exit-with-stdin': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** A command line that cannot be followed. */
class UsageError extends Error {
  readonly code = 'usage';
}

interface Command {
  readonly options: LocalEc2Options;
  readonly isJson: boolean;
  readonly exitsWithStdin: boolean;
}

try {
  const command = parseCommand(process.argv.slice(2));
  if (command === undefined) process.stdout.write(USAGE);
  else await run(command);
} catch (error) {
  process.exitCode = report(error);
}

async function run(command: Command): Promise<void> {
  const ended = Promise.withResolvers<void>();
  // Before the start: a signal during it must not leave anything behind.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => ended.resolve());
  const endpoint = await startLocalEc2(command.options);
  // Whoever started it may be gone; that must not end the clean-up.
  process.stdout.on('error', () => ended.resolve());
  process.stdout.write(announcement(endpoint, command.isJson));
  if (command.exitsWithStdin) {
    process.stdin.on('close', () => ended.resolve());
    process.stdin.on('error', () => ended.resolve());
    process.stdin.resume();
  }
  await ended.promise;
  await endpoint.close();
  process.stdin.destroy();
}

function announcement(endpoint: LocalEc2, isJson: boolean): string {
  const { endpoint: ec2, ssmEndpoint, region, subnetIds, hostAddress, marker } = endpoint;
  if (isJson) {
    const ready = { endpoint: ec2, ssmEndpoint, region, subnetIds, hostAddress, marker, pid: process.pid };
    return `${JSON.stringify(ready)}\n`;
  }
  return `local-ec2 is ready. For the AWS SDK and CLI:
  export AWS_ENDPOINT_URL_EC2=${ec2} AWS_ENDPOINT_URL_SSM=${ssmEndpoint} AWS_ENDPOINT_URL_STS=${ec2}
  export AWS_REGION=${region}
  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
Subnets: ${subnetIds.join(' ')}
Instances reach this machine at ${hostAddress}: let a controller listen for its agents there.
`;
}

function parseCommand(args: readonly string[]): Command | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const timing: Partial<Record<keyof LocalEc2Timing, number>> = {
    ...numberOption('pendingMs', '--pending-ms', values['pending-ms']),
    ...numberOption('shuttingDownMs', '--shutting-down-ms', values['shutting-down-ms']),
    ...numberOption('graceMs', '--grace-ms', values['grace-ms']),
  };
  return {
    isJson: values.json,
    exitsWithStdin: values['exit-with-stdin'],
    options: {
      workFolder: values.work ?? defaultWorkFolder(),
      isolation: isolationOf(values.isolation),
      ...networkOf(values.network, values.isolation),
      ...vmOf(values),
      hostPath: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      ...(values.faults === undefined ? {} : { scenario: readScenario(values.faults) }),
      ...numberOption('port', '--port', values.port),
      ...(values.region === undefined ? {} : { region: values.region }),
      ...(values['keep-instances'] === undefined ? {} : { keepFolder: values['keep-instances'] }),
      timing,
    },
  };
}

/** The same for each start by the same user, so that a start clears up after one that was killed. */
function defaultWorkFolder(): string {
  const path = join(tmpdir(), `ptp-tester-local-ec2-${process.getuid?.() ?? 'user'}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // The temporary folder is everybody's: somebody else's folder or link is not followed.
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new UsageError(`${path} is not a folder of yours; name another one with --work`);
  }
  return path;
}

function readScenario(path: string): Scenario {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--faults: ${error instanceof Error ? error.message : String(error)}`);
  }
  const scenario = parseScenario(text);
  if (typeof scenario === 'string') throw new UsageError(`--faults: ${path}: ${scenario}`);
  return scenario;
}

function isolationOf(text: string): 'process' | 'namespace' | 'vm' {
  if (text === 'process' || text === 'namespace' || text === 'vm') return text;
  throw new UsageError(`--isolation must be process, namespace or vm, not ${text}`);
}

function vmOf(values: {
  isolation: string;
  'vm-image'?: string | undefined;
  'vm-user-data': string;
  'vm-forward': string;
}): Pick<LocalEc2Options, 'vm'> {
  const { 'vm-image': imagePath, 'vm-user-data': userData, 'vm-forward': forward } = values;
  if (values.isolation !== 'vm') {
    if (imagePath !== undefined || forward !== '')
      throw new UsageError('--vm-image and --vm-forward need --isolation vm');
    return {};
  }
  if (imagePath === undefined) throw new UsageError('--isolation vm needs --vm-image');
  if (userData !== 'cloud-init' && userData !== 'light') {
    throw new UsageError(`--vm-user-data must be cloud-init or light, not ${userData}`);
  }
  const ports = forward.split(',').filter((port) => port !== '');
  if (!ports.every((port) => /^\d{1,5}$/.test(port)))
    throw new UsageError('--vm-forward must be ports such as 7600,7601');
  return { vm: { imagePath, userData, forwards: ports.map(Number) } };
}

function networkOf(text: string | undefined, isolation: string): { network?: string } {
  if (text === undefined) return {};
  if (isolation !== 'namespace') throw new UsageError('--network needs --isolation namespace');
  const numbers = /^(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (numbers.length === 2 && numbers.every((number) => number <= 255)) return { network: numbers.join('.') };
  throw new UsageError(`--network must be two numbers such as 10.77, not ${text}`);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function numberOption<Key extends string>(
  key: Key,
  flag: string,
  text: string | undefined,
): Partial<Record<Key, number>> {
  if (text === undefined) return {};
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag} must be a whole number, not ${text}`);
  return { [key]: Number(text) } as Partial<Record<Key, number>>;
}

function report(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`local-ec2: ${message}\n`);
  if (error instanceof UsageError) {
    process.stderr.write('Try --help.\n');
    return EXIT_USAGE;
  }
  if (!(error instanceof WorkFolderError || (error instanceof Error && 'code' in error))) {
    process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  }
  return EXIT_FAILED;
}

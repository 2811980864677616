/** A run of the real controller on many namespace instances: from the launch to the first stored sample, by phase. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import type { LocalEc2 } from '@ptp-tester/local-ec2';
import type { LaunchMarks, LaunchPhase } from './launch-phases.ts';

/** The launch request is written down; RunInstances follows at once. */
export const RUN_BEGINNING = 'launch frozen';
/** In their order. */
export const RUN_PHASES: readonly LaunchPhase[] = [
  { phase: 'launch', until: 'RunInstances' },
  { phase: 'boot', until: 'running' },
  { phase: 'boot', until: 'network and root made' },
  { phase: 'boot', until: 'switch armed' },
  { phase: 'boot', until: 'download begun' },
  { phase: 'download', until: 'downloaded' },
  { phase: 'verify', until: 'verified' },
  { phase: 'unpack', until: 'unpacked' },
  { phase: 'start', until: 'setup done' },
  { phase: 'start', until: 'agent up' },
  { phase: 'enrol', until: 'enrolled' },
  { phase: 'first ack', until: 'acknowledged' },
];
/** What user data says on the console, `<time> ptp-tester: <word> ...`, and the mark that it is. */
const SAID: Readonly<Record<string, string>> = {
  armed: 'switch armed',
  download: 'download begun',
  downloaded: 'downloaded',
  verified: 'verified',
  unpacked: 'unpacked',
  set: 'setup done',
};

const ROOT = join(import.meta.dirname, '../..');
const SOAK = '15s';

/** The run could not be measured. */
export class RunFailedError extends Error {
  readonly code = 'run_failed';
}

/** Runs `count` instances to the end and gives the moments of each, in ms since the Unix epoch. @throws RunFailedError */
export async function measureRun(local: LocalEc2, options: { count: number; folder: string }): Promise<LaunchMarks[]> {
  const data = join(options.folder, 'data');
  const controller = startController(local, { count: options.count, data });
  const exited = once(controller, 'exit');
  let errors = '';
  controller.stderr?.on('data', (chunk) => {
    errors = `${errors}${String(chunk)}`.slice(-2000);
  });
  const inside = await marksWhenMeasuring(controller, local, options.count);
  const [code] = await exited;
  if (inside === undefined)
    throw new RunFailedError(`the run ended before all measured (exit code ${code}): ${errors}`);
  const stored = readStored(data);
  return local.instances().map((instance) => ({
    ...inside.get(instance.id),
    ...stored.get(instance.id),
    RunInstances: instance.launchedAt,
    ...(instance.runningAt === undefined ? {} : { running: instance.runningAt }),
  }));
}

function startController(local: LocalEc2, { count, data }: { count: number; data: string }): ChildProcess {
  const run = ['run', '--instance-types', `m7i.large:${count}`, '--subnet-id', local.subnetIds[0] ?? ''];
  const soak = ['--duration', SOAK, '--simulate-phc', '--keep', 'none', '--yes', '--json', '--data', data];
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', `${local.hostAddress}:0`];
  const script = join(ROOT, 'controller/src/main.ts');
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...run, ...soak, ...listen], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: data,
      AWS_ENDPOINT_URL_EC2: local.endpoint,
      AWS_ENDPOINT_URL_SSM: local.ssmEndpoint,
      AWS_ENDPOINT_URL_STS: local.endpoint,
      AWS_REGION: local.region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    },
  });
}

interface Progress {
  readonly type: string;
  readonly instances?: readonly { readonly samples_stored: number }[];
}

/** Reads the controller's progress; once every instance has samples, the moments that its files tell. */
async function marksWhenMeasuring(
  controller: ChildProcess,
  local: LocalEc2,
  count: number,
): Promise<ReadonlyMap<string, LaunchMarks> | undefined> {
  if (controller.stdout === null) return undefined;
  let found: ReadonlyMap<string, LaunchMarks> | undefined;
  for await (const line of createInterface({ input: controller.stdout })) {
    const { type, instances = [] } = JSON.parse(line) as Progress;
    const measuring = instances.filter(({ samples_stored }) => samples_stored > 0).length;
    if (type === 'progress' && measuring === count) found ??= await insideMarks(local);
  }
  return found;
}

async function insideMarks(local: LocalEc2): Promise<ReadonlyMap<string, LaunchMarks>> {
  const entries = local.instances().map(async ({ id, folder, runningAt = 0 }) => {
    const text = await readFile(join(folder, 'var/log/console.log'), 'utf8');
    return [id, consoleMarks(text, runningAt)] as const;
  });
  return new Map(await Promise.all(entries));
}

/** The moments that an instance's console tells; its clock is this machine's. */
function consoleMarks(text: string, runningAt: number): LaunchMarks {
  const madeMs = Number(/network and root made in (\d+) ms/.exec(text)?.[1]);
  const said = [...text.matchAll(/^(\S+Z) ptp-tester: (\w+)/gm)].flatMap(([, at = '', word = '']) => {
    const mark = SAID[word];
    return mark === undefined ? [] : [[mark, Date.parse(at)] as const];
  });
  return { 'network and root made': runningAt + madeMs, ...Object.fromEntries(said) };
}

/** What the controller's databases know, by instance id. */
function readStored(data: string): ReadonlyMap<string, LaunchMarks> {
  const control = new DatabaseSync(join(data, 'control.db'), { readOnly: true });
  const launches = control
    .prepare(
      `SELECT enrolments.instance_id AS id, launches.created_at AS frozen, enrolled_at AS enrolled FROM launches
       JOIN enrolments USING (run, instance_index, attempt)`,
    )
    .all();
  control.close();
  const agents = globSync(join(data, 'runs/*/samples.db')).flatMap(firstRecords);
  const marks = new Map<string, LaunchMarks>();
  for (const { id, frozen, enrolled } of launches) {
    marks.set(String(id), { 'launch frozen': Number(frozen), enrolled: Number(enrolled) });
  }
  for (const [id, mark] of agents) marks.set(id, { ...marks.get(id), ...mark });
  return marks;
}

/** When each agent began its epoch, and when its first record was there to be stored: the ack follows the same commit. */
function firstRecords(path: string): (readonly [string, LaunchMarks])[] {
  const samples = new DatabaseSync(path, { readOnly: true });
  const rows = samples
    .prepare(
      `SELECT instance, min(first_received_at) / 1000000 AS acked, min(at) / 1000000 AS up FROM epochs
       JOIN events ON events.epoch = epochs.id AND event = 'epoch_started' GROUP BY instance`,
    )
    .all();
  samples.close();
  return rows.map(({ instance, acked, up }) => [
    String(instance),
    { 'agent up': Number(up), acknowledged: Number(acked) },
  ]);
}

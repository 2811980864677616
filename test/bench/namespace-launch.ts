/** Many instances at once as namespaces of this machine: from RunInstances to running user data, by phase. Needs root. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeImagesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { IsolationError, type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import type { BenchResult } from './bench-result.ts';
import { type LaunchMarks, type LaunchPhase, phaseResults } from './launch-phases.ts';
import { measureRun, RUN_BEGINNING, RUN_PHASES, RunFailedError } from './namespace-run.ts';

const INSTANCES = 40;
const FEW_INSTANCES = 5;
const LOOK_EVERY_MS = 100;
const GIVE_UP_MS = 60_000;
const PHASES: readonly LaunchPhase[] = [
  { phase: 'launch', until: 'running' },
  { phase: 'make', until: 'network and root' },
  { phase: 'begin', until: 'user data' },
  { phase: 'ask', until: 'metadata' },
  { phase: 'start', until: 'services' },
];

/** Says when it got where; `date` has nanoseconds. */
const USER_DATA = `#!/bin/sh
at() { echo "at $1 $(date +%s%N)"; }
at 'user data'
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
curl -sf -H "X-aws-ec2-metadata-token: $token" -o /dev/null http://169.254.169.254/latest/meta-data/instance-id && at metadata
printf '[Service]\\nExecStart=/bin/sleep 300\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/agent.service
systemctl daemon-reload && systemctl enable --now agent.service && at services
`;

/**
 * Launches 40 instances (5 when short) in one request, and then as many by a run of the real controller.
 * Without root, or where something is missing, it says so.
 */
export async function benchNamespaceLaunch(short: boolean): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'ptp-namespace-launch-'));
  try {
    return await measure(short ? FEW_INSTANCES : INSTANCES, folder);
  } catch (error) {
    if (!(error instanceof IsolationError)) throw error;
    return [{ name: 'instances as namespaces', value: 0, unit: 'instances', note: `not measured: ${error.message}` }];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(count: number, folder: string): Promise<BenchResult[]> {
  const launches = await measureLaunches(count, join(folder, 'launches'));
  return [...launches, ...(await measureWholeRun(count, join(folder, 'run')))];
}

/** The whole way of the product: real controller over TLS, real user data, real agent. */
async function measureWholeRun(count: number, folder: string): Promise<BenchResult[]> {
  const local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    hostPath: '/usr/bin:/bin',
    isolation: 'namespace',
  });
  try {
    const marks = await measureRun(local, { count, folder });
    return phaseResults(RUN_BEGINNING, RUN_PHASES, marks);
  } catch (error) {
    if (!(error instanceof RunFailedError)) throw error;
    return [{ name: 'a whole run', value: 0, unit: 'instances', note: `not measured: ${error.message}` }];
  } finally {
    await local.close();
  }
}

async function measureLaunches(count: number, folder: string): Promise<BenchResult[]> {
  const local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    hostPath: '/usr/bin:/bin',
    isolation: 'namespace',
    timing: { pendingMs: 0, shuttingDownMs: 0, graceMs: 0 },
  });
  const client = new EC2Client({
    endpoint: local.endpoint,
    region: local.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  let closed = false;
  try {
    const marks = await launch(count, { local, client });
    const closing = performance.now();
    await local.close();
    closed = true;
    const end = { name: `end of ${count} instances and of the VPC`, value: performance.now() - closing, unit: 'ms' };
    return [...phaseResults('RunInstances', PHASES, marks), end];
  } finally {
    client.destroy();
    if (!closed) await local.close();
  }
}

async function launch(
  count: number,
  { local, client }: { local: LocalEc2; client: EC2Client },
): Promise<LaunchMarks[]> {
  const { Images: images } = await client.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'architecture', Values: ['x86_64'] }] }),
  );
  const beganAt = Date.now();
  const { Instances: instances = [] } = await client.send(
    new RunInstancesCommand({
      ImageId: images?.[0]?.ImageId ?? '',
      InstanceType: 'm7i.large',
      MinCount: count,
      MaxCount: count,
      UserData: Buffer.from(USER_DATA).toString('base64'),
    }),
  );
  const ids = instances.map(({ InstanceId: id = '' }) => id);
  const consoles = await Promise.all(ids.map((id) => consoleWhenDone(local, id)));
  const runningAt = new Map(local.instances().map(({ id, runningAt: at }) => [id, at]));
  return consoles.map((text, index) => marksOf(text, { beganAt, runningAt: runningAt.get(ids[index] ?? '') }));
}

/** Reads the file rather than the API, whose answers would take time from what is measured. */
async function consoleWhenDone(local: LocalEc2, id: string): Promise<string> {
  const folder = local.instances().find((instance) => instance.id === id)?.folder ?? '';
  const until = performance.now() + GIVE_UP_MS;
  for (;;) {
    const text = await readFile(join(folder, 'var/log/console.log'), 'utf8').catch(() => '');
    if (text.includes('local-ec2: user data') || performance.now() > until) return text;
    await sleep(LOOK_EVERY_MS);
  }
}

/** The moments of one instance, from its console and its endpoint; all are of this machine's one system clock. */
function marksOf(text: string, known: { beganAt: number; runningAt: number | undefined }): LaunchMarks {
  const { beganAt, runningAt } = known;
  const made = /network and root made in (\d+) ms/.exec(text)?.[1];
  const said = [...text.matchAll(/^at ([a-z ]+) (\d+)$/gm)].map(
    ([, name = '', at]) => [name, Number(at) / 1e6] as const,
  );
  return {
    RunInstances: beganAt,
    ...(runningAt === undefined ? {} : { running: runningAt }),
    ...(runningAt === undefined || made === undefined ? {} : { 'network and root': runningAt + Number(made) }),
    ...Object.fromEntries(said),
  };
}

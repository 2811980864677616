/** Scheduled maintenance, from an order to AWS's stand-in to the agent's events, over its real metadata service (IMDSv2). */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readScheduledMaintenance } from '../../agent/src/instance-facts.ts';
import { MachineWatch } from '../../agent/src/machine-watch.ts';
import { requestText } from '../../agent/src/request-text.ts';

const IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
/** Tells where the instance reaches its metadata service. */
const USER_DATA = `#!/bin/sh
printf %s "$AWS_EC2_METADATA_SERVICE_ENDPOINT" > "$PTP_TESTER_ROOT/endpoint.new"
mv "$PTP_TESTER_ROOT/endpoint.new" "$PTP_TESTER_ROOT/endpoint"
`;

let folder: string;
let local: LocalEc2;
let endpoint: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-maintenance-'));
  const workFolder = join(folder, 'work');
  local = await startLocalEc2({ workFolder, hostPath: process.env['PATH'] ?? '', timing: { pendingMs: 1 } });
  const settings = { region: local.region, credentials: { accessKeyId: 'A', secretAccessKey: 'b' } };
  const ssm = new SSMClient({ ...settings, endpoint: local.ssmEndpoint });
  const image = await ssm.send(new GetParameterCommand({ Name: IMAGE_PARAMETER }));
  const ec2 = new EC2Client({ ...settings, endpoint: local.endpoint });
  await ec2.send(
    new RunInstancesCommand({
      ImageId: image.Parameter?.Value ?? '',
      InstanceType: 'm7i.large',
      MinCount: 1,
      MaxCount: 1,
      UserData: Buffer.from(USER_DATA).toString('base64'),
    }),
  );
  const [instance] = local.instances();
  const told = join(instance?.folder ?? '', 'endpoint');
  await vi.waitUntil(() => existsSync(told), { timeout: 30_000 });
  endpoint = readFileSync(told, 'utf8');
});

afterAll(async () => {
  await local.close();
  await rm(folder, { recursive: true });
});

/** A machine of which only its maintenance is looked at. */
function watching(at: () => string) {
  const told: unknown[] = [];
  const said: string[] = [];
  const watch = new MachineWatch({
    machine: {
      inspect: () => Promise.reject(new Error('not inspected here')),
      readEnvironment: () => Promise.reject(new Error('not read here')),
      readMaintenance: () => readScheduledMaintenance({ endpoint: at(), request: requestText }),
    },
    notice: (event, { change, code }) => told.push([event, change, code]),
    inspected: () => undefined,
    log: { info: (_, text) => said.push(text), warn: (_, text) => said.push(text) },
  });
  return { watch, told, said };
}

test('is told when it is announced, once, and when it is withdrawn', async () => {
  const { watch, told, said } = watching(() => endpoint);
  await watch.askMaintenance();
  local.order({ do: 'announce', instances: '*', event: { code: 'system-reboot', inMs: 3_600_000 } });
  await watch.askMaintenance();
  await watch.askMaintenance();
  local.order({ do: 'clear-events', instances: '*' });
  await watch.askMaintenance();
  expect(told).toEqual([
    ['maintenance_announced', 'announced', 'system-reboot'],
    ['maintenance_announced', 'withdrawn', 'system-reboot'],
  ]);
  expect(said).toEqual([]);
});

test('a metadata service that is away for hours is said once, and takes nothing back', async () => {
  let at = endpoint;
  const { watch, told, said } = watching(() => at);
  local.order({ do: 'announce', instances: '*', event: { code: 'instance-stop' } });
  await watch.askMaintenance();
  at = 'http://127.0.0.1:1';
  for (let hour = 0; hour < 6; hour += 1) await watch.askMaintenance();
  at = endpoint;
  await watch.askMaintenance();
  expect(told).toEqual([['maintenance_announced', 'announced', 'instance-stop']]);
  expect(said).toEqual([
    'scheduled maintenance cannot be asked for; it is tried again',
    'the metadata service answers again',
  ]);
});

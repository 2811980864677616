// What goes wrong in an account, through the real SDK clients: capacity, rights, limits, credentials, failed launches,
// happenings from outside, the faults file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type ConditionsChange, type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

const HOST_PATH = process.env['PATH'] ?? '';
const POLL = { timeout: 30_000, interval: 50 };
const IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
const ALL_BACK: ConditionsChange = {
  capacity: null,
  credentials: null,
  denied: null,
  failedLaunches: null,
  late: null,
  slow: null,
  throttled: null,
  vcpuQuota: null,
};

let folder: string;
let local: LocalEc2;
let ec2: EC2Client;
let ssm: SSMClient;
let imageId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-conditions-'));
  local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    hostPath: HOST_PATH,
    timing: { pendingMs: 1, shuttingDownMs: 1, graceMs: 0 },
  });
  ec2 = new EC2Client(clientSettings(local.endpoint));
  ssm = new SSMClient(clientSettings(local.ssmEndpoint));
  imageId = await anyImage(ec2);
});

afterEach(() => local.changeConditions(ALL_BACK));

afterAll(async () => {
  await local.close();
  ec2.destroy();
  ssm.destroy();
  await rm(folder, { recursive: true, force: true });
});

function clientSettings(endpoint: string, accessKeyId = 'local') {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'local' } };
}

async function anyImage(client: EC2Client): Promise<string> {
  const { Images: images } = await client.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'architecture', Values: ['x86_64'] }] }),
  );
  return images?.[0]?.ImageId ?? '';
}

function launchInput(more: Partial<RunInstancesCommandInput> = {}): RunInstancesCommandInput {
  return { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1, ...more };
}

async function launch(more: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  return (await ec2.send(new RunInstancesCommand(launchInput(more)))).Instances?.[0]?.InstanceId ?? '';
}

async function describeOne(id: string): Promise<Instance> {
  const { Reservations: reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return reservations?.[0]?.Instances?.[0] ?? {};
}

async function failureOf(request: Promise<unknown>): Promise<unknown> {
  return await request.then(
    () => 'accepted',
    (error: unknown) => error,
  );
}

/** A request to one of the routes under /_local. */
async function admin(method: string, path: string, body: object): Promise<{ status: number; value: unknown }> {
  const response = await fetch(`${local.endpoint}/_local/${path}`, { method, body: JSON.stringify(body) });
  return { status: response.status, value: await response.json() };
}

test.each<[string, number, number, ConditionsChange]>([
  ['InsufficientInstanceCapacity', 500, 3, { capacity: [{ instanceType: 'm7i.large', available: 0 }] }],
  ['VcpuLimitExceeded', 400, 1, { vcpuQuota: 1 }],
  ['RequestLimitExceeded', 503, 3, { throttled: [{ action: 'RunInstances', burst: 0, perSecond: 0 }] }],
  ['UnauthorizedOperation', 403, 1, { denied: [{ action: 'ec2:RunInstances' }] }],
  ['RequestExpired', 400, 1, { credentials: [{ code: 'RequestExpired' }] }],
  ['AuthFailure', 401, 1, { credentials: [{ code: 'AuthFailure' }] }],
])('%s comes with HTTP %d, and the SDK tries %d times', async (...[name, httpStatusCode, attempts, conditions]) => {
  local.changeConditions(conditions);
  const failure = await failureOf(ec2.send(new RunInstancesCommand(launchInput())));
  expect(failure).toMatchObject({ name, $metadata: { httpStatusCode, attempts } });
});

test('a dry run tells a missing right from one that is there', async () => {
  const dryRun = () => failureOf(ec2.send(new TerminateInstancesCommand({ InstanceIds: [id], DryRun: true })));
  const id = await launch();
  expect(await dryRun()).toMatchObject({ name: 'DryRunOperation', $metadata: { httpStatusCode: 412 } });
  local.changeConditions({ denied: [{ action: 'TerminateInstances' }] });
  expect(await dryRun()).toMatchObject({
    name: 'UnauthorizedOperation',
    message: expect.stringMatching(/ec2:TerminateInstances.*Encoded authorization failure message: /),
    $metadata: { httpStatusCode: 403 },
  });
  await ec2.send(new DescribeInstancesCommand({}));
});

test('SSM and STS say the same refusals in their own words', async () => {
  const ask = () => failureOf(ssm.send(new GetParameterCommand({ Name: IMAGE_PARAMETER })));
  local.changeConditions({ denied: [{ action: 'ssm:GetParameter' }] });
  expect(await ask()).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
  local.changeConditions({ denied: null, credentials: [{ accessKeyId: 'local', code: 'RequestExpired' }] });
  expect(await ask()).toMatchObject({ name: 'ExpiredTokenException' });
  const whoAmI = async (accessKeyId: string) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20261120/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0`;
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const response = await fetch(local.endpoint, { method: 'POST', headers: { authorization }, body });
    return [response.status, await response.text()];
  };
  expect(await whoAmI('local')).toEqual([403, expect.stringContaining('<Code>ExpiredToken</Code>')]);
  expect(await whoAmI('renewed')).toEqual([200, expect.stringContaining('<Account>123456789012</Account>')]);
});

test('a launch that fails was accepted, ends at once, says why, and leaves no volume', async () => {
  local.changeConditions({ failedLaunches: [{ encrypted: true }] });
  const tags = [{ ResourceType: 'volume' as const, Tags: [{ Key: 'run', Value: 'failed' }] }];
  const id = await launch({
    BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
    TagSpecifications: tags,
    UserData: Buffer.from('#!/bin/sh\necho it ran').toString('base64'),
  });
  await expect.poll(async () => (await describeOne(id)).State?.Name, POLL).toBe('terminated');
  expect((await describeOne(id)).StateReason).toEqual({
    Code: 'Client.InternalError',
    Message: 'Client.InternalError: Client error on launch',
  });
  expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
  const { Volumes: volumes } = await ec2.send(
    new DescribeVolumesCommand({ Filters: [{ Name: 'tag:run', Values: ['failed'] }] }),
  );
  expect(volumes).toEqual([]);
});

test('slow states last as long as they are told to', async () => {
  local.changeConditions({ slow: { pendingMs: 3_600_000 } });
  const id = await launch();
  local.changeConditions({ slow: null });
  const other = await launch();
  await expect.poll(async () => (await describeOne(other)).State?.Name, POLL).toBe('running');
  expect((await describeOne(id)).State?.Name).toBe('pending');
});

test('conditions and happenings come over HTTP, too', async () => {
  const id = await launch({
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'index', Value: '7' }] }],
    UserData: Buffer.from('#!/bin/sh\nexec sleep 300').toString('base64'),
  });
  await expect.poll(async () => (await local.processesOf(`${local.marker}${id}`)).length, POLL).toBe(1);
  expect(await admin('PATCH', 'conditions', { vcpuQuota: 'many' })).toEqual({
    status: 400,
    value: { error: 'vcpuQuota: must be a whole number' },
  });
  expect(await admin('PATCH', 'conditions', { vcpuQuota: 2 })).toMatchObject({ status: 200, value: { vcpuQuota: 2 } });
  expect(await failureOf(launch())).toMatchObject({ name: 'VcpuLimitExceeded' });
  const selector = { instances: 'tag:index=7' };
  await admin('POST', 'instances', { do: 'announce', ...selector, event: { code: 'system-reboot' } });
  const { InstanceStatuses: statuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
  expect(statuses?.[0]?.Events?.[0]?.Code).toBe('system-reboot');
  await admin('POST', 'instances', { do: 'crash', ...selector });
  await expect.poll(() => local.processesOf(`${local.marker}${id}`), POLL).toEqual([]);
  expect((await describeOne(id)).State?.Name).toBe('running');
  expect(await admin('POST', 'instances', { do: 'terminate', ...selector, code: 'Server.InternalError' })).toEqual({
    status: 200,
    value: { instances: [id] },
  });
  await expect.poll(async () => (await describeOne(id)).State?.Name, POLL).toBe('terminated');
  expect((await describeOne(id)).StateReason?.Code).toBe('Server.InternalError');
});

test('the command takes a faults file, plays its schedule, and refuses a wrong one', async () => {
  const main = new URL('../../packages/local-ec2/src/main.ts', import.meta.url).pathname;
  const file = join(folder, 'faults.json');
  const start = () =>
    spawn(
      process.execPath,
      [main, '--work', join(folder, 'command'), '--faults', file, '--json', '--exit-with-stdin'],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: HOST_PATH },
      },
    );
  await writeFile(file, '{"conditions":{"capacity":[{"instanceType":"m7i.*"}]}}');
  const refused = start();
  let said = '';
  refused.stderr.on('data', (chunk) => {
    said += String(chunk);
  });
  expect(await once(refused, 'close')).toEqual([2, null]);
  expect(said).toContain('conditions.capacity[0]: available is missing');
  const scenario = {
    conditions: { capacity: [{ available: 0 }] },
    faults: [{ action: 'DescribeSubnets', code: 'InternalError', times: 3 }],
    schedule: [{ afterMs: 500, conditions: { capacity: null } }],
  };
  await writeFile(file, JSON.stringify(scenario));
  const child = start();
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const client = new EC2Client({
    ...clientSettings((JSON.parse(line) as { endpoint: string }).endpoint),
    maxAttempts: 1,
  });
  const failure = await failureOf(client.send(new DescribeSubnetsCommand({})));
  expect(failure).toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
  const attempt = async () => {
    const result = await failureOf(client.send(new RunInstancesCommand(launchInput())));
    return result instanceof Error ? result.name : result;
  };
  await expect.poll(attempt, POLL).toBe('accepted');
  client.destroy();
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

/** A client that nobody here has written, the AWS CLI of Debian, drives local-ec2 through a run's calls and its error codes. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeCommand, splitRefusal } from '../../controller/src/fleet/aws/refusal-reason.ts';

/** Debian's, not one that some tool of the operator's home wraps. */
const AWS = '/usr/bin/aws';
const IMAGE_PARAMETER = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-x86_64';
const POLL = { timeout: 60_000, interval: 500 };
const isThere = existsSync(AWS);
if (!isThere) console.log('skipped: there is no AWS CLI (Debian package awscli)');

let folder: string;
let local: LocalEc2;

/** A JSON answer of any form; each test looks at what it knows. */
interface Answer {
  readonly [name: string]: Answer & string;
  readonly [index: number]: Answer & string;
}

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function aws(...words: string[]): Promise<Outcome> {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_MAX_ATTEMPTS: '1',
    AWS_PAGER: '',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  const args = ['--endpoint-url', local.endpoint, '--output', 'json', ...words];
  return await new Promise((resolve) => {
    execFile(AWS, args, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout, errors: stderr });
    });
  });
}

async function answerOf(...words: string[]): Promise<Answer> {
  const { code, output, errors } = await aws(...words);
  expect([code, errors]).toEqual([0, '']);
  return JSON.parse(output === '' ? '{}' : output);
}

/** The error code in `An error occurred (CODE) when calling the X operation: ...`. */
async function codeOf(...words: string[]): Promise<string | undefined> {
  return /An error occurred \(([\w.]+)\)/.exec((await aws(...words)).errors)?.[1];
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-client-'));
  local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    hostPath: process.env['PATH'] ?? '',
    timing: { pendingMs: 200, shuttingDownMs: 200, graceMs: 100 },
  });
});

afterAll(async () => {
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

/** Every action that the controller's code sends. */
function productCalls(): string[] {
  const folder = join(import.meta.dirname, '../../controller/src/fleet/aws');
  const files = readdirSync(folder).filter((name) => /^(ec2|ssm|sts)-.*\.ts$/.test(name));
  const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return [...new Set([...text.matchAll(/new (?:module\.)?(\w+)Command\(/g)].map(([, action = '']) => action))];
}

/** Sends a script to an instance through SSM and reads what it printed. */
async function expectScript(id: string): Promise<void> {
  const managed = async () => {
    const answer = await answerOf('ssm', 'describe-instance-information', '--filters', `Key=InstanceIds,Values=${id}`);
    return answer['InstanceInformationList'];
  };
  await expect.poll(managed, POLL).toHaveLength(1);
  const script = ['--document-name', 'AWS-RunShellScript', '--parameters', 'commands=["echo it came"]'];
  const sent = await answerOf('ssm', 'send-command', '--instance-ids', id, ...script);
  const invocation = ['--instance-id', id, '--command-id', sent['Command']?.['CommandId'] ?? ''];
  const output = async () => {
    const { StandardOutputContent: printed } = await answerOf('ssm', 'get-command-invocation', ...invocation);
    return printed;
  };
  await expect.poll(output, POLL).toBe('it came\n');
}

describe.skipIf(!isThere)('the AWS CLI', () => {
  test('goes through a run: who, where, what, launch, watch, tag, keep, end, and nothing is left', async () => {
    const run = 'tag:run';
    const tagged = (type: string) => `ResourceType=${type},Tags=[{Key=run,Value=r1}]`;
    expect((await answerOf('sts', 'get-caller-identity'))['Account']).toBe('123456789012');
    const imageId = (await answerOf('ssm', 'get-parameter', '--name', IMAGE_PARAMETER))['Parameter']?.['Value'] ?? '';
    const image = (await answerOf('ec2', 'describe-images', '--image-ids', imageId))['Images']?.[0];
    expect(image?.['Architecture']).toBe('x86_64');
    const subnets = await answerOf('ec2', 'describe-subnets');
    const subnetId = subnets['Subnets']?.[1]?.['SubnetId'] ?? '';
    const group = await answerOf(
      ...['ec2', 'create-security-group', '--group-name', 'run r1', '--description', 'no ingress'],
      ...['--tag-specifications', tagged('security-group')],
    );
    const groupId = group['GroupId'] ?? '';
    const everywhere = ['--ip-permissions', 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'];
    await answerOf('ec2', 'revoke-security-group-egress', '--group-id', groupId, ...everywhere);
    const https = ['--protocol', 'tcp', '--port', '443', '--cidr', '10.0.0.0/8'];
    await answerOf('ec2', 'authorize-security-group-egress', '--group-id', groupId, ...https);
    await answerOf('ec2', 'create-placement-group', '--group-name', 'time', '--strategy', 'precision-time');
    await writeFile(join(folder, 'user-data'), '#!/bin/sh\necho "it ran"\nexec sleep 300\n');
    const launch = [
      ...['ec2', 'run-instances', '--image-id', imageId, '--instance-type', 'm7i.large', '--count', '2'],
      ...['--subnet-id', subnetId, '--security-group-ids', groupId, '--placement', 'GroupName=time'],
      ...['--user-data', `file://${join(folder, 'user-data')}`, '--client-token', 'token-1'],
      ...['--instance-initiated-shutdown-behavior', 'terminate', '--iam-instance-profile', 'Name=agent'],
      ...['--metadata-options', 'HttpTokens=required,HttpPutResponseHopLimit=1,InstanceMetadataTags=enabled'],
      ...['--tag-specifications', tagged('instance'), tagged('volume'), tagged('network-interface')],
    ];
    expect(await codeOf(...launch, '--dry-run')).toBe('DryRunOperation');
    const launched = await answerOf(...launch);
    const ids = [0, 1].map((index) => launched['Instances']?.[index]?.['InstanceId'] ?? '');
    expect((await answerOf(...launch))['Instances']?.[1]?.['InstanceId']).toBe(ids[1]);
    await answerOf('ec2', 'wait', 'instance-running', '--instance-ids', ...ids);
    const byRun = ['--filters', `Name=${run},Values=r1`];
    const listed = await answerOf('ec2', 'describe-instances', ...byRun);
    expect(listed['Reservations']?.[0]?.['Instances']?.[0]).toMatchObject({
      SubnetId: subnetId,
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      Placement: { GroupName: 'time' },
    });
    expect((await answerOf('ec2', 'describe-volumes', ...byRun))['Volumes']).toHaveLength(2);
    expect((await answerOf('ec2', 'describe-network-interfaces', ...byRun))['NetworkInterfaces']).toHaveLength(2);
    expect((await answerOf('ec2', 'describe-route-tables'))['RouteTables']?.[0]?.['Routes']).toHaveLength(2);
    const [first = '', second = ''] = ids;
    const output = async () => (await answerOf('ec2', 'get-console-output', '--instance-id', first))['Output'] ?? '';
    await expect.poll(output, POLL).toContain('it ran');
    await answerOf('ec2', 'create-tags', '--resources', second, '--tags', 'Key=kept,Value=yes');
    const behavior = ['--instance-initiated-shutdown-behavior', 'stop'];
    await answerOf('ec2', 'modify-instance-attribute', '--instance-id', second, ...behavior);
    expect(await codeOf('ec2', 'delete-security-group', '--group-id', groupId)).toBe('DependencyViolation');
    expect(await codeOf('ec2', 'delete-placement-group', '--group-name', 'time')).toBe('InvalidPlacementGroup.InUse');
    await answerOf('ec2', 'terminate-instances', '--instance-ids', ...ids);
    await answerOf('ec2', 'wait', 'instance-terminated', '--instance-ids', ...ids);
    expect(await local.processesOf()).toEqual([]);
    await answerOf('ec2', 'delete-security-group', '--group-id', groupId);
    await answerOf('ec2', 'delete-placement-group', '--group-name', 'time');
    expect((await answerOf('ec2', 'describe-volumes', ...byRun))['Volumes']).toEqual([]);
    const states = await answerOf(
      'ec2',
      'describe-instances',
      ...byRun,
      '--query',
      'Reservations[].Instances[].State.Name',
    );
    expect(states).toEqual(['terminated', 'terminated']);
  });

  test('asks what doctor, keep and diagnostics ask; with that, every call of the product was made', async () => {
    const [subnet] = (await answerOf('ec2', 'describe-subnets'))['Subnets'] as unknown as Answer[];
    const vpc = `Name=vpc-id,Values=${subnet?.['VpcId']}`;
    const inZone = ['--location-type', 'availability-zone', '--filters', 'Name=instance-type,Values=x8g.large'];
    const [regions, , routes, , groups, placement, types, offered] = await Promise.all([
      answerOf('ec2', 'describe-regions', '--query', 'Regions[].RegionName'),
      answerOf('ec2', 'describe-vpc-endpoints', '--filters', vpc),
      answerOf('ec2', 'describe-route-tables', '--filters', vpc),
      answerOf('ec2', 'describe-key-pairs'),
      answerOf('ec2', 'describe-security-groups', '--filters', 'Name=group-name,Values=default'),
      answerOf('ec2', 'describe-placement-groups'),
      answerOf('ec2', 'describe-instance-types', '--instance-types', 'm7i.large'),
      answerOf('ec2', 'describe-instance-type-offerings', ...inZone),
    ]);
    expect(regions).toContain('us-east-1');
    expect(routes['RouteTables']).toHaveLength(1);
    expect(groups['SecurityGroups']).toHaveLength(1);
    expect(placement['PlacementGroups']).toEqual([]);
    expect(types['InstanceTypes']?.[0]?.['ProcessorInfo']?.['SupportedArchitectures']).toEqual(['x86_64']);
    expect(offered['InstanceTypeOfferings']).toHaveLength(1);

    const imageId = (await answerOf('ssm', 'get-parameter', '--name', IMAGE_PARAMETER))['Parameter']?.['Value'] ?? '';
    const launch = ['--image-id', imageId, '--instance-type', 'm7i.large', '--iam-instance-profile', 'Name=agent'];
    const launched = await answerOf('ec2', 'run-instances', ...launch);
    const id = launched['Instances']?.[0]?.['InstanceId'] ?? '';
    await answerOf('ec2', 'wait', 'instance-running', '--instance-ids', id);
    const behavior = ['--attribute', 'instanceInitiatedShutdownBehavior', '--instance-id', id];
    const attribute = await answerOf('ec2', 'describe-instance-attribute', ...behavior);
    expect(attribute['InstanceInitiatedShutdownBehavior']?.['Value']).toBe('stop');
    const status = await answerOf('ec2', 'describe-instance-status', '--instance-ids', id);
    expect(status['InstanceStatuses']?.[0]?.['InstanceStatus']?.['Status']).toBe('ok');
    await answerOf('ec2', 'create-tags', '--resources', id, '--tags', 'Key=temporary,Value=true');
    const byResource = ['describe-tags', '--filters', `Name=resource-id,Values=${id}`];
    expect((await answerOf('ec2', ...byResource))['Tags']).toHaveLength(1);
    await answerOf('ec2', 'delete-tags', '--resources', id, '--tags', 'Key=temporary');
    expect((await answerOf('ec2', ...byResource))['Tags']).toEqual([]);
    await expectScript(id);
    await answerOf('ec2', 'terminate-instances', '--instance-ids', id);

    const made = new Set(local.requests().map(({ action }) => action));
    const wanted = productCalls();
    expect(wanted.length).toBeGreaterThan(30);
    expect(wanted.filter((action) => !made.has(action))).toEqual([]);
  });

  test('is told what is wrong in AWS words', async () => {
    const imageId = (await answerOf('ssm', 'get-parameter', '--name', IMAGE_PARAMETER))['Parameter']?.['Value'] ?? '';
    const launch = ['ec2', 'run-instances', '--image-id', imageId, '--count', '1', '--instance-type'];
    const missing = 'i-0123456789abcdef0';
    expect(await codeOf(...launch, 'm99.large')).toBe('InvalidParameterValue');
    expect(await codeOf('ec2', 'describe-instances', '--instance-ids', missing)).toBe('InvalidInstanceID.NotFound');
    expect(await codeOf('ec2', 'terminate-instances', '--instance-ids', 'x')).toBe('InvalidInstanceID.Malformed');
    expect(await codeOf('ec2', 'describe-addresses')).toBe('InvalidAction');
    expect(await codeOf('ssm', 'get-parameter', '--name', '/none')).toBe('ParameterNotFound');
    local.changeConditions({
      capacity: [{ instanceType: 'm7i.*', available: 0 }],
      denied: [{ action: 'ec2:StopInstances' }, { action: 'ssm:*' }],
    });
    expect(await codeOf(...launch, 'm7i.large')).toBe('InsufficientInstanceCapacity');
    const { errors } = await aws('ec2', 'stop-instances', '--instance-ids', missing);
    expect(errors).toContain('(UnauthorizedOperation)');
    const encoded = splitRefusal(errors).encoded ?? '';
    const [, ...command] = decodeCommand(encoded).replace('--output text', '').split(' ').filter(Boolean);
    expect(JSON.parse((await aws(...command)).output)).toContain('"action":"ec2:StopInstances"');
    expect(await codeOf('sts', 'decode-authorization-message', '--encoded-message', 'x')).toBe(
      'InvalidAuthorizationMessageException',
    );
    expect(await codeOf('ssm', 'get-parameter', '--name', IMAGE_PARAMETER)).toBe('AccessDeniedException');
    local.changeConditions({ credentials: [{ code: 'RequestExpired' }] });
    expect(await codeOf('ec2', 'describe-instances')).toBe('RequestExpired');
    expect(await codeOf('sts', 'get-caller-identity')).toBe('ExpiredToken');
  });
});

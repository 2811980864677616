/** `ptp-tester doctor` and `types` as a user runs them, against an EC2 endpoint on this machine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { CliSite } from '../spine/cli-site.ts';

interface Seen {
  readonly check: string;
  readonly subject: string | null;
  readonly result: string;
  readonly reason: string;
  readonly remedy: string | null;
}

let folder: string;
let ec2: LocalEc2;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-looking-'));
  ec2 = await startLocalEc2({ workFolder: join(folder, 'ec2'), hostPath: process.env['PATH'] ?? '' });
});

afterAll(async () => {
  await ec2.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  ec2.changeConditions({ denied: [], credentials: [], network: null, keyPairs: null });
});

function command(...words: readonly string[]) {
  const site = new CliSite(onTestFinished, {
    AWS_ENDPOINT_URL_EC2: ec2.endpoint,
    AWS_ENDPOINT_URL_SSM: ec2.ssmEndpoint,
    AWS_ENDPOINT_URL_STS: ec2.endpoint,
  });
  return site.run(...words);
}

async function doctor(...words: readonly string[]) {
  const fleet = ['--instance-types', 'c7i.large:2,m7g.large', '--subnet-id', ec2.subnetIds[0] ?? ''];
  const program = await command('doctor', ...fleet, '--json', ...words);
  const { ok, checks } = JSON.parse(program.stdout) as { ok: boolean; checks: readonly Seen[] };
  const of = (check: string, subject?: string) =>
    checks.filter((one) => one.check === check && (subject === undefined || one.subject === subject));
  return { code: program.end?.code, text: program.stdout, ok, checks, of };
}

it('doctor finds nothing wrong with a region where everything is there, finds the region by the subnet, and makes nothing', async () => {
  const found = await doctor();
  expect(found.checks.filter(({ result }) => result === 'failed')).toEqual([]);
  expect({ code: found.code, ok: found.ok }).toEqual({ code: 0, ok: true });
  expect(found.of('image').map(({ subject }) => subject)).toEqual(expect.arrayContaining(['x86_64', 'arm64']));
  expect(found.of('instance type', 'c7i.large')[0]?.reason).toContain('use1-az1');
  expect(ec2.instances()).toEqual([]);
  // Neither the account nor the user in full.
  expect(found.text).toContain('********9012');
  expect(found.text).not.toContain('123456789012');
});

it('doctor names a denied permission, and the policy that has it', async () => {
  ec2.changeConditions({ denied: [{ action: 'ec2:RunInstances' }, { action: 'ec2:DescribeRouteTables' }] });
  const found = await doctor('--agent-listen', '0.0.0.0:0', '--public-url', 'https://198.51.100.7:7600');
  expect(found.code).toBe(3);
  expect(found.of('permission', 'ec2:RunInstances')[0]).toMatchObject({
    result: 'failed',
    remedy: expect.stringContaining('deploy/iam/controller-policy.json'),
  });
  expect(found.of('permission', 'ec2:DescribeRouteTables')[0]?.result).toBe('warning');
  expect(found.of('route')[0]).toMatchObject({ result: 'skipped', reason: 'ec2:DescribeRouteTables is denied' });
});

it('doctor says that a subnet does not exist, without failing what does not depend on it', async () => {
  const found = await doctor('--region', ec2.region, '--subnet-id', 'subnet-0123456789abcdef0');
  expect(found.code).toBe(3);
  expect(found.of('subnet').map(({ result }) => result)).toEqual(['ok', 'failed']);
  expect(found.of('image').every(({ result }) => result === 'ok')).toBe(true);
});

it('doctor says that the credentials have expired and asks nothing else', async () => {
  ec2.changeConditions({ credentials: [{ accessKeyId: '*', code: 'ExpiredToken' }] });
  const found = await doctor();
  expect(found.code).toBe(3);
  expect(found.of('credentials')[0]).toMatchObject({
    result: 'failed',
    reason: expect.stringContaining('ExpiredToken'),
    remedy: expect.stringContaining('aws sso login'),
  });
  expect(found.of('permission').map(({ result }) => result)).toEqual(['skipped']);
});

it('doctor looks for a way to the controller and to S3', async () => {
  ec2.changeConditions({ network: { internet: 'none', endpoints: [] } });
  const words = ['--agent-listen', '0.0.0.0:0', '--public-url', 'https://198.51.100.7:7600'];
  const s3 = ['--agent-url', 's3://bucket/agent-{arch}.gz', '--instance-profile', 'agent'];
  const closed = await doctor(...words, ...s3);
  expect(closed.of('route').map(({ result }) => result)).toEqual(['failed', 'failed']);
  ec2.changeConditions({ network: { internet: 'nat', endpoints: ['s3'] } });
  const open = await doctor(...words, ...s3);
  expect(open.of('route').map(({ result }) => result)).toEqual(['ok', 'ok']);
  expect(open.of('route')[1]?.reason).toContain('gateway endpoint');
});

it('doctor says all that is wrong with what was named', async () => {
  ec2.changeConditions({ keyPairs: [] });
  const given = ['--security-group-id', 'sg-0123456789abcdef0', '--placement-group', 'none', '--key-name', 'none'];
  const found = await doctor(...given, '--keep', '1,9', '--tag', 'Name=mine');
  expect(found.of('request').map(({ reason }) => reason)).toEqual([
    '--keep names instances that the run does not have: 9',
    'these tag names are reserved: Name',
  ]);
  for (const check of ['security group', 'placement group', 'key pair']) {
    expect(
      found.of(check).map(({ result }) => result),
      check,
    ).toEqual(['failed']);
  }
});

it('types without credentials says how to get some, not to renew them', async () => {
  const none = await command('types', '--region', ec2.region, '--profile', 'nobody');
  expect(none.end?.code).toBe(3);
  expect(none.stderr).toContain('AWS credentials were not found: choose a profile');
  expect(none.stderr).not.toMatch(/renew/i);
});

it('doctor says what a run takes of the vCPU quotas, which EC2 does not tell', async () => {
  const { of } = await doctor('--ssm-diagnostics');
  expect(of('quota')[0]).toMatchObject({
    result: 'skipped',
    reason: expect.stringContaining('the 3 instances need 6 vCPUs of Standard'),
    remedy: expect.stringContaining('aws service-quotas'),
  });
  expect(
    of('permission')
      .filter(({ subject }) => subject?.startsWith('ssm:'))
      .map(({ result }) => result),
  ).toEqual([...['ok', 'ok', 'ok', 'skipped']]);
});

it('types lists what can have a PHC, in JSON and for people', async () => {
  const all = await command('types', '--region', ec2.region, '--all', '--json');
  const { types } = JSON.parse(all.stdout) as { types: readonly { type: string; phc_support: string | null }[] };
  expect(new Set(types.map(({ phc_support }) => phc_support))).toEqual(new Set(['supported', 'unsupported', null]));
  const some = await command('types', 'x8g*', '--region', ec2.region, '--offered-in', ec2.subnetIds[0] ?? '');
  expect(some.end?.code).toBe(0);
  expect(some.stdout).toBe('');
  const whole = await command('types', 'x8g', '--region', ec2.region);
  expect(whole.stderr).toContain('No type is called "x8g". For all that begin so: ptp-tester types "x8g*"');
  const there = await command('types', 'x8g*', '--region', ec2.region, '--offered-in', 'use1-az2', '--zones');
  expect(there.stdout).toMatch(/x8g\.large +arm64 +2 +32 GiB +supported +use1-az2/);
});

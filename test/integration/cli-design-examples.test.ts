/** The configuration files of the design document, YAML and JSON, as a user would run them: a home with that profile and key. SIMULATED PHC. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreatePlacementGroupCommand,
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportFaults } from '../../controller/src/report/report-faults.fixture.ts';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { CliSite } from '../spine/cli-site.ts';
import type { OnTestFinished } from '../spine/spine-harness.ts';

const YAML = `instance_types:
  - type: c7i.large
    quantity: 2
  - type: m7i.xlarge
    quantity: 3
  - type: r7i.2xlarge
    quantity: 1
subnet_id: subnet-12345678
key_name: my-key-pair
private_key_path: ~/.ssh/my-key.pem
placement_group: my-cluster-pg  # optional
region: us-east-1  # optional
profile: production  # optional
ami_id: ami-1234567890abcdef0  # optional
security_group_id: sg-12345678  # optional
`;
const JSON_FILE = `{
  "instance_types": [
    {"type": "c7i.large", "quantity": 2},
    {"type": "m7i.xlarge", "quantity": 3}
  ],
  "subnet_id": "subnet-12345678",
  "key_name": "my-key-pair",
  "private_key_path": "~/.ssh/my-key.pem",
  "placement_group": "my-cluster-pg",
  "region": "us-east-1"
}
`;
const PROFILE = '[production]\naws_access_key_id = PRODUCTION\naws_secret_access_key = x\n';
const SUMMARY_KEYS = [
  'total_instances',
  'ptp_supported',
  'ptp_unsupported',
  'test_duration_seconds',
  'placement_group',
];
const RESULT_KEYS = [
  ...['instance_id', 'instance_type', 'instance_index', 'availability_zone', 'subnet_id', 'placement_group'],
  ...['ptp_status', 'kept_running', 'timestamp'],
];
const STATUS_KEYS = ['supported', 'hardware_clock_present', 'synchronized', 'clock_device', 'diagnostic_output'];

let folder: string;
let ec2: LocalEc2;
/** What the examples name by ids of their author's account. */
let here: { readonly imageId: string; readonly groupId: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-design-'));
  const timing = { pendingMs: 100, shuttingDownMs: 100, graceMs: 500 };
  ec2 = await startLocalEc2({ workFolder: join(folder, 'ec2'), hostPath: process.env['PATH'] ?? '', timing });
  const production = { accessKeyId: 'PRODUCTION', secretAccessKey: 'x' };
  const client = new EC2Client({ endpoint: ec2.endpoint, region: ec2.region, credentials: production });
  const { Vpcs = [] } = await client.send(new DescribeVpcsCommand({}));
  const group = { GroupName: 'mine', Description: 'mine', VpcId: Vpcs[0]?.VpcId };
  const { GroupId: groupId = '' } = await client.send(new CreateSecurityGroupCommand(group));
  await client.send(new CreatePlacementGroupCommand({ GroupName: 'my-cluster-pg', Strategy: 'cluster' }));
  const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
  const { Images = [] } = await client.send(new DescribeImagesCommand({ Filters }));
  here = { imageId: Images[0]?.ImageId ?? '', groupId };
  // Only the profile, and the environment of the second example, are let in.
  const credentials = [{ accessKeyId: 'NOBODY', code: 'AuthFailure' }] as const;
  ec2.changeConditions({ keyPairs: ['my-key-pair'], credentials });
  client.destroy();
});

afterAll(async () => {
  await ec2.close();
  rmSync(folder, { recursive: true });
});

/** Runs a file with its ids replaced on the command line, which wins; gives the report. */
async function runExample(name: string, { content, flags, environment, onTestFinished }: Example): Promise<Report> {
  const endpoints = { AWS_ENDPOINT_URL_EC2: ec2.endpoint, AWS_ENDPOINT_URL_SSM: ec2.ssmEndpoint };
  const site = new CliSite(onTestFinished, { ...endpoints, ...environment });
  mkdirSync(site.path('.ssh'));
  mkdirSync(site.path('.aws'));
  writeFileSync(site.path('.ssh/my-key.pem'), 'never read', { mode: 0o600 });
  writeFileSync(site.path('.aws/credentials'), PROFILE, { mode: 0o600 });
  writeFileSync(site.path(name), content);
  const soak = ['--duration', '3s', '--interval', '250', '--simulate-phc', '--keep', 'none', '--yes'];
  const listen = ['--listen', '127.0.0.1:0', '--agent-listen', '127.0.0.1:0', '--data', site.path('data')];
  const ids = ['--subnet-id', ec2.subnetIds[0] ?? '', ...flags];
  const run = await site.run('run', '--config', site.path(name), ...ids, ...soak, ...listen, '--out', site.path('out'));
  expect([0, 1], run.describe()).toContain(run.end?.code);
  expect(run.stderr).toContain('not needed and not read');
  return JSON.parse(readFileSync(site.path('out/report.json'), 'utf8'));
}

interface Example {
  readonly content: string;
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onTestFinished: OnTestFinished;
}

function expectStructure(report: Report, types: Readonly<Record<string, number>>): void {
  expect(reportFaults(report)).toEqual([]);
  const count = Object.values(types).reduce((sum, one) => sum + one, 0);
  const { test_summary: summary, results } = report;
  for (const key of SUMMARY_KEYS) expect(summary).toHaveProperty(key);
  expect(summary).toMatchObject({ total_instances: count, ptp_supported: count, placement_group: 'my-cluster-pg' });
  for (const [type, total] of Object.entries(types)) {
    expect(summary.instance_type_summary[type]).toMatchObject({ total, supported: total, unsupported: 0 });
    const indexes = results.filter((one) => one.instance_type === type).map((one) => one.instance_index);
    expect(indexes).toEqual(Array.from({ length: total }, (_, position) => position + 1));
  }
  for (const result of results) {
    for (const key of RESULT_KEYS) expect(result).toHaveProperty(key);
    for (const key of STATUS_KEYS) expect(result.ptp_status).toHaveProperty(key);
    expect(result).toMatchObject({ placement_group: 'my-cluster-pg', kept_running: false, simulated: true });
  }
}

it.concurrent('the YAML example runs with its profile, its groups and its image, and the report has the structure of the design', async ({
  onTestFinished,
}) => {
  const flags = ['--ami-id', here.imageId, '--security-group-id', here.groupId];
  const report = await runExample('seed.yaml', {
    content: YAML,
    flags,
    environment: { AWS_ACCESS_KEY_ID: 'NOBODY' },
    onTestFinished,
  });
  expectStructure(report, { 'c7i.large': 2, 'm7i.xlarge': 3, 'r7i.2xlarge': 1 });
});

it.concurrent('the JSON example runs with the credentials of the environment', async ({ onTestFinished }) => {
  const environment = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const report = await runExample('seed.json', { content: JSON_FILE, flags: [], environment, onTestFinished });
  expectStructure(report, { 'c7i.large': 2, 'm7i.xlarge': 3 });
});

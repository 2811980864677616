// local-ec2 through the real SDK clients: every action, error codes, states, user data and services for real, clean-up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreatePlacementGroupCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeletePlacementGroupCommand,
  DeleteSecurityGroupCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribePlacementGroupsCommand,
  DescribeRegionsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVpcsCommand,
  EC2Client,
  GetConsoleOutputCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { findMarkedProcesses, type LocalEc2, markOf, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const HOST_PATH = process.env['PATH'] ?? '';
const DEFAULT_IMAGE = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';
const POLL = { timeout: 30_000, interval: 50 };

let folder: string;
let local: LocalEc2;
let ec2: EC2Client;
let ssm: SSMClient;
let imageId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-test-'));
  local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    keepFolder: join(folder, 'kept'),
    hostPath: HOST_PATH,
    timing: { pendingMs: 200, shuttingDownMs: 200, graceMs: 300 },
  });
  const settings = clientSettings(local.endpoint);
  ec2 = new EC2Client(settings);
  ssm = new SSMClient({ ...settings, endpoint: local.ssmEndpoint });
  const { Parameter: parameter } = await ssm.send(new GetParameterCommand({ Name: DEFAULT_IMAGE }));
  imageId = parameter?.Value ?? '';
});

afterAll(async () => {
  await local.close();
  expect(await findMarkedProcesses(markOf(local.marker))).toEqual([]);
  expect(await readdir(join(folder, 'work/instances'))).toEqual([]);
  ec2.destroy();
  ssm.destroy();
  await rm(folder, { recursive: true, force: true });
});

function clientSettings(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function launchInput(more: Partial<RunInstancesCommandInput> = {}): RunInstancesCommandInput {
  return { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1, ...more };
}

/** Launches one instance and returns its id. */
async function launch(script: string, more: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const input = launchInput({ UserData: base64(`#!/bin/sh\n${script}`), ...more });
  const { Instances: instances } = await ec2.send(new RunInstancesCommand(input));
  return instances?.[0]?.InstanceId ?? '';
}

async function describeOne(id: string): Promise<Instance> {
  const { Reservations: reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
  return reservations?.[0]?.Instances?.[0] ?? {};
}

async function untilState(id: string, state: string): Promise<void> {
  await expect.poll(async () => (await describeOne(id)).State?.Name, POLL).toBe(state);
}

async function consoleOf(id: string): Promise<string> {
  const { Output: output = '' } = await ec2.send(new GetConsoleOutputCommand({ InstanceId: id }));
  return Buffer.from(output, 'base64').toString();
}

async function untilConsole(id: string, text: string | RegExp): Promise<string> {
  await expect.poll(() => consoleOf(id), POLL).toMatch(text);
  return await consoleOf(id);
}

async function terminate(id: string): Promise<void> {
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await untilState(id, 'terminated');
  expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
}

function folderOf(id: string): string {
  return local.instances().find((instance) => instance.id === id)?.folder ?? '';
}

/** Code of the error that a request is answered with. */
async function codeOf(request: Promise<unknown>): Promise<string> {
  return await request.then(
    () => 'accepted',
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}

describe('describing what is there', () => {
  test('SSM names images that exist, and says which names it does not know', async () => {
    const minimal = '/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.12-arm64';
    const answer = await ssm.send(new GetParametersCommand({ Names: [minimal, '/aws/service/none'] }));
    expect(answer.InvalidParameters).toEqual(['/aws/service/none']);
    const { Images: images } = await ec2.send(
      new DescribeImagesCommand({ ImageIds: [answer.Parameters?.[0]?.Value ?? ''], Owners: ['amazon'] }),
    );
    expect(images?.[0]).toMatchObject({ Architecture: 'arm64', State: 'available' });
    expect(await codeOf(ssm.send(new GetParameterCommand({ Name: '/none' })))).toBe('ParameterNotFound');
  });

  test('instance types tell what is known of their clock, also that nothing is', async () => {
    const { InstanceTypes: types = [] } = await ec2.send(new DescribeInstanceTypesCommand({}));
    expect(types.length).toBeGreaterThanOrEqual(15);
    const support = Object.fromEntries(types.map((type) => [type.InstanceType, type.PhcSupport]));
    expect(support).toMatchObject({ 'm7i.large': 'supported', 't3.micro': 'unsupported', 'm5.large': undefined });
    const metal = types.find((type) => type.BareMetal === true);
    expect(metal?.Hypervisor).toBeUndefined();
    expect(metal?.NetworkInfo?.EnaSrdSupported).toBe(true);
    const unknown = new DescribeInstanceTypesCommand({ InstanceTypes: ['m99.large' as 'm7i.large'] });
    expect(await codeOf(ec2.send(unknown))).toBe('InvalidInstanceType');
  });

  test('offerings, zones, regions, networks agree with each other', async () => {
    const { InstanceTypeOfferings: offerings = [] } = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: ['x8g.*'] }],
      }),
    );
    const { AvailabilityZones: zones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const { Vpcs: vpcs = [] } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
    );
    const { Regions: regions = [] } = await ec2.send(new DescribeRegionsCommand({}));
    expect(offerings.map(({ Location }) => Location)).toEqual(['us-east-1b']);
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(zones.map(({ ZoneName }) => ZoneName));
    expect(new Set(subnets.map(({ VpcId }) => VpcId))).toEqual(new Set([vpcs[0]?.VpcId]));
    expect(regions.map(({ RegionName }) => RegionName)).toEqual(['us-east-1']);
  });

  test('what AWS knows and local-ec2 does not have is an error, not an empty answer', async () => {
    expect(await codeOf(ec2.send(new DescribeAddressesCommand({})))).toBe('InvalidAction');
  });

  test('a request without a signature is refused', async () => {
    const body = 'Action=DescribeInstances&Version=2016-11-15';
    const response = await fetch(local.endpoint, { method: 'POST', body });
    expect(response.status).toBe(401);
    expect(await response.text()).toContain('<Code>AuthFailure</Code>');
  });
});

describe('groups and tags', () => {
  test('a security group is made, ruled, tagged and deleted', async () => {
    const name = `run ${'<&>"'.replace(/[<>"]/g, '')}`;
    const tags = [{ Key: 'ptp-tester:run', Value: `r1 <&> "x" 'y' \u00e4 \u{1f552}` }];
    const { GroupId: id = '' } = await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: 'for a run',
        TagSpecifications: [{ ResourceType: 'security-group', Tags: tags }],
      }),
    );
    const permissions = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }];
    const everything = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: everything }));
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: id, IpPermissions: permissions }));
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: permissions }));
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: permissions }));
    const { SecurityGroups: groups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'tag:ptp-tester:run', Values: ['r1*'] }] }),
    );
    expect(groups?.[0]).toMatchObject({ GroupName: name, IpPermissions: [], Tags: tags });
    expect(groups?.[0]?.IpPermissionsEgress).toMatchObject(permissions);
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }));
    expect(await codeOf(ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] })))).toBe('InvalidGroup.NotFound');
  });

  test('groups in use stay until the instance is terminated', async () => {
    const { GroupId: groupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'in use', Description: 'x' }),
    );
    await ec2.send(new CreatePlacementGroupCommand({ GroupName: 'ptp', Strategy: 'precision-time' }));
    const id = await launch('true', { SecurityGroupIds: [groupId], Placement: { GroupName: 'ptp' } });
    expect(await codeOf(ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId })))).toBe('DependencyViolation');
    expect(await codeOf(ec2.send(new DeletePlacementGroupCommand({ GroupName: 'ptp' })))).toBe(
      'InvalidPlacementGroup.InUse',
    );
    const { PlacementGroups: groups } = await ec2.send(new DescribePlacementGroupsCommand({ GroupNames: ['ptp'] }));
    expect(groups?.[0]).toMatchObject({ Strategy: 'precision-time', State: 'available' });
    await terminate(id);
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }));
    await ec2.send(new DeletePlacementGroupCommand({ GroupName: 'ptp' }));
  });

  test('tags are created, listed and removed', async () => {
    const id = await launch('true');
    await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'kept', Value: 'yes' }] }));
    const { Tags: tags } = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: [id] }] }),
    );
    expect(tags).toEqual([{ Key: 'kept', Value: 'yes', ResourceId: id, ResourceType: 'instance' }]);
    await ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: 'kept' }] }));
    expect((await describeOne(id)).Tags).toEqual([]);
    await terminate(id);
  });
});

describe('launching', () => {
  test.each<[string, number, Partial<RunInstancesCommandInput>]>([
    ['InvalidAMIID.NotFound', 400, { ImageId: 'ami-0123456789abcdef0' }],
    ['InvalidParameterValue', 400, { InstanceType: 'm7g.large' }],
    ['InvalidParameterCombination', 400, { MinCount: 3, MaxCount: 2 }],
    ['InvalidParameterValue', 400, { UserData: base64('x'.repeat(16_385)) }],
    ['InvalidUserData.Malformed', 400, { UserData: '!' }],
    ['MissingParameter', 400, { MaxCount: undefined as unknown as number }],
    ['DryRunOperation', 412, { DryRun: true }],
  ])('%s (HTTP %d) is what the SDK shows for %o', async (name, status, more) => {
    const error = await ec2.send(new RunInstancesCommand(launchInput(more))).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).toMatchObject({ name, $metadata: { httpStatusCode: status } });
  });

  test('one token makes one instance, even when the answer is lost', async () => {
    local.addFaults([{ action: 'RunInstances', reset: 'after' }]);
    const input = launchInput({ ClientToken: 'token-1' });
    const { Instances: instances, $metadata: metadata } = await ec2.send(new RunInstancesCommand(input));
    expect(metadata.attempts).toBe(2);
    const { Reservations: reservations } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'client-token', Values: ['token-1'] }] }),
    );
    expect(reservations?.flatMap((reservation) => reservation.Instances ?? [])).toHaveLength(1);
    const different = new RunInstancesCommand({ ...input, InstanceType: 'm7i.xlarge' });
    expect(await codeOf(ec2.send(different))).toBe('IdempotentParameterMismatch');
    await terminate(instances?.[0]?.InstanceId ?? '');
    expect(await codeOf(ec2.send(new RunInstancesCommand(input)))).toBe('IdempotentInstanceTerminated');
  });

  test('faults come over HTTP, too, with their code, status and number', async () => {
    const faults = [{ action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500, times: 3 }];
    const response = await fetch(`${local.endpoint}/_local/faults`, { method: 'POST', body: JSON.stringify(faults) });
    expect(await response.json()).toEqual({ pending: 1 });
    const error = await ec2.send(new RunInstancesCommand(launchInput())).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: 'InsufficientInstanceCapacity', $metadata: { attempts: 3 } });
    const wrong = await fetch(`${local.endpoint}/_local/faults`, { method: 'POST', body: '[{}]' });
    expect([wrong.status, await wrong.json()]).toEqual([400, { error: 'faults[0]: action is missing' }]);
  });

  test('the life of an instance is visible: pending, running, shutting-down, terminated', async () => {
    const { Instances: instances } = await ec2.send(new RunInstancesCommand(launchInput()));
    const id = instances?.[0]?.InstanceId ?? '';
    expect(instances?.[0]?.State?.Name).toBe('pending');
    await untilState(id, 'running');
    const { InstanceStatuses: statuses } = await ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [id] }));
    expect(statuses?.[0]?.InstanceStatus?.Status).toBe('ok');
    const { TerminatingInstances: changes } = await ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    expect(changes?.[0]).toMatchObject({ PreviousState: { Name: 'running' }, CurrentState: { Name: 'shutting-down' } });
    await untilState(id, 'terminated');
    expect((await describeOne(id)).StateReason?.Code).toBe('Client.UserInitiatedShutdown');
  });

  test('an instance that is terminated while pending ends soon and never runs its user data', async () => {
    const slow = await startLocalEc2({
      workFolder: join(folder, 'slow'),
      hostPath: HOST_PATH,
      timing: { pendingMs: 3_600_000, shuttingDownMs: 1 },
    });
    const client = new EC2Client(clientSettings(slow.endpoint));
    const ids = async (input: RunInstancesCommandInput) =>
      ((await client.send(new RunInstancesCommand(input))).Instances ?? []).map(({ InstanceId }) => InstanceId ?? '');
    const [id = ''] = await ids(launchInput({ UserData: base64('#!/bin/sh\necho it ran') }));
    expect(slow.instances()[0]).toMatchObject({ id, state: 'pending' });
    await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
    await expect.poll(() => slow.instances()[0]?.state, POLL).toBe('terminated');
    const { Output: output = '' } = await client.send(new GetConsoleOutputCommand({ InstanceId: id }));
    expect(Buffer.from(output, 'base64').toString()).not.toContain('it ran');
    client.destroy();
    await slow.close();
  });
});

describe('user data', () => {
  test('runs in its own folder with a clean environment, and what it prints is on the console', async () => {
    const id = await launch('echo "<it & me>"; env | sort; date > "$PTP_TESTER_ROOT/etc/made"; exit 7');
    const text = await untilConsole(id, 'user data exited with code 7');
    expect(text).toContain('<it & me>');
    expect(text).toContain(`PTP_TESTER_ROOT=${folderOf(id)}\n`);
    expect(text).toContain(`PTP_TESTER_LOCAL_EC2=${local.marker}${id}\n`);
    const names = [...text.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);
    const expected = [
      'AWS_EC2_METADATA_SERVICE_ENDPOINT',
      'HOME',
      'LANG',
      'PATH',
      'PTP_TESTER_LOCAL_EC2',
      'PTP_TESTER_ROOT',
    ];
    expect(names.filter((name) => name !== 'PWD' && name !== '_' && name !== 'SHLVL' && name !== 'OLDPWD')).toEqual([
      ...expected,
      'SHELL',
      'TMPDIR',
      'USER',
    ]);
    expect(await readFile(join(folderOf(id), 'etc/made'), 'utf8')).not.toBe('');
    await terminate(id);
    // The endpoint was told to keep folders: a spool can still be read after the end.
    await access(join(folder, 'kept', id, 'etc/made'));
  });

  test('is what the API gives back, and the behaviour at shutdown can be changed', async () => {
    const id = await launch('true');
    const attribute = async (name: 'userData' | 'instanceInitiatedShutdownBehavior') =>
      await ec2.send(new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: name }));
    expect((await attribute('userData')).UserData?.Value).toBe(base64('#!/bin/sh\ntrue'));
    expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior?.Value).toBe(
      'stop',
    );
    await ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceInitiatedShutdownBehavior: { Value: 'terminate' } }),
    );
    expect((await attribute('instanceInitiatedShutdownBehavior')).InstanceInitiatedShutdownBehavior?.Value).toBe(
      'terminate',
    );
    await terminate(id);
  });

  test('finds a curl, and its shims, on a machine that has no curl', async () => {
    const bin = join(folder, 'bin without curl');
    await mkdir(bin);
    for (const name of ['sh', 'cat', 'sleep']) await symlink(`/bin/${name}`, join(bin, name));
    const bare = await startLocalEc2({ workFolder: join(folder, 'bare'), hostPath: bin, timing: { pendingMs: 1 } });
    const client = new EC2Client(clientSettings(bare.endpoint));
    const script = `#!/bin/sh
url=$AWS_EC2_METADATA_SERVICE_ENDPOINT/latest
token=$(curl -fsS -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$url/api/token")
curl --fail --silent --show-error --connect-timeout 10 --max-time 30 -H "X-aws-ec2-metadata-token: $token" \\
  --output "$PTP_TESTER_ROOT/opt/id" "$url/meta-data/instance-id"
echo "id $(cat "$PTP_TESTER_ROOT/opt/id")"
systemctl is-active none; echo "systemctl $?"
curl -f "$url/meta-data/instance-id"; echo "code $?"`;
    const { Instances: instances } = await client.send(
      new RunInstancesCommand(launchInput({ UserData: base64(script) })),
    );
    const id = instances?.[0]?.InstanceId ?? '';
    const output = async () => {
      const answer = await client.send(new GetConsoleOutputCommand({ InstanceId: id }));
      return Buffer.from(answer.Output ?? '', 'base64').toString();
    };
    await expect.poll(output, POLL).toContain('code 22');
    expect(await output()).toContain(`id ${id}`);
    expect(await output()).toContain('inactive\nsystemctl 3\n');
    client.destroy();
    await bare.close();
  });

  test('cannot reach the power, the packages and the kernel of this machine', async () => {
    const commands = 'mount modprobe rmmod insmod dnf yum apt-get udevadm sysctl hostnamectl timedatectl';
    const id = await launch(
      `for name in ${commands}; do $name --help && echo "$name worked"; done; date -s 2001-01-01 && echo "date worked"; echo end`,
    );
    const text = await untilConsole(id, /^end$/m);
    expect(text.match(/would change this machine/g)).toHaveLength(12);
    expect(text).not.toContain('worked');
    await terminate(id);
  });
});

/** A unit that writes its pid at each start; `mode` decides what it does then. */
function unitScript(options: { name: string; body: string; settings?: string }): string {
  return `
cat > "$PTP_TESTER_ROOT/opt/${options.name}" <<'BODY'
#!/bin/sh
echo $$ >> "$PTP_TESTER_ROOT/run/${options.name}.pids"
${options.body}
BODY
cat > "$PTP_TESTER_ROOT/etc/systemd/system/${options.name}.service" <<UNIT
[Service]
ExecStart=/bin/sh $PTP_TESTER_ROOT/opt/${options.name}
${options.settings ?? 'Restart=on-failure\nRestartSec=50ms'}
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now ${options.name}.service && echo "${options.name} enabled"
`;
}

async function pidsOf(id: string, name: string): Promise<number[]> {
  const text = await readFile(join(folderOf(id), `run/${name}.pids`), 'utf8').catch(() => '');
  return text.trim().split('\n').filter(Boolean).map(Number);
}

describe('services', () => {
  test('a service that is killed with SIGKILL is started again, and stopped when asked', async () => {
    const settings = 'Restart=on-failure\nRestartSec=50ms\nUMask=0027';
    const id = await launch(unitScript({ name: 'agent', body: 'umask; exec sleep 300', settings }));
    await untilConsole(id, 'agent enabled');
    for (let count = 1; count <= 3; count += 1) {
      await expect.poll(async () => (await pidsOf(id, 'agent')).length, POLL).toBe(count);
      process.kill((await pidsOf(id, 'agent')).at(-1) ?? 0, 'SIGKILL');
    }
    await expect.poll(async () => (await pidsOf(id, 'agent')).length, POLL).toBe(4);
    expect(await readFile(join(folderOf(id), 'var/log/agent.service.log'), 'utf8')).toMatch(/^0027$/m);
    await terminate(id);
  });

  test('what systemctl says follows the service', async () => {
    const script = `${unitScript({ name: 'x', body: 'exec sleep 300' })}
systemctl is-active x; systemctl is-enabled x; systemctl show -p NRestarts --value x
systemctl stop x; systemctl is-active x; echo "stopped $?"
systemctl disable x; systemctl is-enabled x; systemctl start none; echo "none $?"
journalctl -u x | grep -c x.service; echo end`;
    const id = await launch(script);
    const text = await untilConsole(id, /^end$/m);
    const lines = text.slice(text.indexOf('x enabled')).split('\n');
    expect(lines.slice(1, 9)).toEqual([
      'active',
      'enabled',
      '0',
      'inactive',
      'stopped 3',
      'disabled',
      'Unit none.service not found.',
      'none 5',
    ]);
    await terminate(id);
  });

  test('a service that fails too often is left failed, and one with a clean end is not restarted', async () => {
    const settings = 'Restart=on-failure\nRestartSec=1ms';
    const id = await launch(
      unitScript({ name: 'bad', body: 'exit 1', settings }) + unitScript({ name: 'good', body: 'exit 0', settings }),
    );
    await untilConsole(id, 'good enabled');
    const failed = async () => await readFile(join(folderOf(id), 'var/log/bad.service.log'), 'utf8').catch(() => '');
    await expect.poll(failed, POLL).toContain('Start request repeated too quickly.');
    expect(await pidsOf(id, 'bad')).toHaveLength(5);
    expect(await pidsOf(id, 'good')).toHaveLength(1);
    await terminate(id);
  });

  test('a service whose program is missing fails at once, however often it is to be restarted', async () => {
    const unit = '[Unit]\\nStartLimitIntervalSec=0\\n[Service]\\nExecStart=/none\\nRestart=always\\nRestartSec=1h\\n';
    const id = await launch(
      `printf '${unit}' > "$PTP_TESTER_ROOT/etc/systemd/system/z.service"; systemctl start z; echo "code $?"; systemctl stop z; echo end`,
    );
    const text = await untilConsole(id, /^end$/m);
    expect(text).toContain('Job for z.service failed');
    expect(text).toContain('code 1');
    await terminate(id);
  });

  test('a oneshot service is waited for, and stays active when it is to', async () => {
    const id = await launch(
      unitScript({ name: 'setup', body: 'echo done', settings: 'Type=oneshot\nRemainAfterExit=yes' }) +
        'systemctl is-active setup; cat "$PTP_TESTER_ROOT/var/log/setup.service.log"; echo end',
    );
    const text = await untilConsole(id, /^end$/m);
    expect(text.slice(text.indexOf('setup enabled'))).toMatch(/^setup enabled\nactive\ndone\n/);
    await terminate(id);
  });

  test('enabled services start again after a reboot, and the user data does not run again', async () => {
    const id = await launch(`echo first; ${unitScript({ name: 'y', body: 'exec sleep 300' })}`);
    await untilConsole(id, 'y enabled');
    await expect.poll(() => pidsOf(id, 'y'), POLL).toHaveLength(1);
    const [before = 0] = await pidsOf(id, 'y');
    await runInside(id, ['reboot']);
    await expect.poll(() => pidsOf(id, 'y'), POLL).toHaveLength(2);
    expect((await consoleOf(id)).match(/^first$/gm)).toHaveLength(1);
    expect((await local.processesOf(`${local.marker}${id}`)).map(({ pid }) => pid)).not.toContain(before);
    await terminate(id);
  });
});

/** Runs a command in an instance, the way one of its own processes would. */
async function runInside(id: string, words: readonly string[]): Promise<void> {
  const [name = '', ...args] = words;
  const child = spawn(join(folderOf(id), 'shims', name), args, { stdio: 'ignore' });
  await once(child, 'exit');
}

describe('power from inside', () => {
  test('shutdown terminates the instance when that is its behaviour', async () => {
    const id = await launch('echo bye; shutdown -h now; sleep 300', { InstanceInitiatedShutdownBehavior: 'terminate' });
    await untilState(id, 'terminated');
    expect((await describeOne(id)).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
    expect(await consoleOf(id)).toContain('bye');
    expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
  });

  test('shutdown stops it by default; it starts again with its disk, without its user data', async () => {
    const id = await launch('echo once; echo disk > "$PTP_TESTER_ROOT/opt/disk"; systemctl poweroff');
    await untilState(id, 'stopped');
    expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await untilState(id, 'running');
    expect(await readFile(join(folderOf(id), 'opt/disk'), 'utf8')).toBe('disk\n');
    expect((await consoleOf(id)).match(/^once$/gm)).toHaveLength(1);
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await untilState(id, 'stopped');
    await terminate(id);
  });

  test('a shutdown in more than 25 days, longer than a timer of Node lasts, does not come at once', async () => {
    const id = await launch('shutdown -h +60000; sleep 0.5; echo end', {
      InstanceInitiatedShutdownBehavior: 'terminate',
    });
    await untilConsole(id, /^end$/m);
    expect((await describeOne(id)).State?.Name).toBe('running');
    await terminate(id);
  });

  test('a scheduled shutdown can be taken back', async () => {
    const id = await launch('shutdown -h +60; shutdown -c; echo end');
    const text = await untilConsole(id, /^end$/m);
    expect(text).toContain('Shutdown scheduled for');
    expect(text).toContain('scheduled shutdown cancelled');
    expect((await describeOne(id)).State?.Name).toBe('running');
    await terminate(id);
  });
});

test('processes that escaped from an instance end with it', async () => {
  const escapes = `
(setsid sh -c 'sleep 300 & sleep 301' > /dev/null 2>&1 &)
(trap '' TERM; setsid sleep 302 > /dev/null 2>&1 &)
setsid sh -c 'while :; do sleep 0.1 & wait; done' > /dev/null 2>&1 &
echo end`;
  const id = await launch(escapes);
  await untilConsole(id, /^end$/m);
  await expect
    .poll(async () => (await local.processesOf(`${local.marker}${id}`)).length, POLL)
    .toBeGreaterThanOrEqual(5);
  await terminate(id);
});

describe('the instance metadata service', () => {
  test('wants a token, refuses forwarded requests and bad lifetimes, and knows the instance', async () => {
    const id = await launch('echo "$AWS_EC2_METADATA_SERVICE_ENDPOINT"', {
      MetadataOptions: { HttpTokens: 'required', InstanceMetadataTags: 'enabled' },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'run', Value: 'r1' }] }],
    });
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(await untilConsole(id, 'http://'))?.[0] ?? '';
    const put = async (headers: Record<string, string>) =>
      await fetch(`${endpoint}/latest/api/token`, { method: 'PUT', headers });
    const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
    const token = await (await put(ttl)).text();
    const get = async (path: string, headers: Record<string, string> = { 'x-aws-ec2-metadata-token': token }) =>
      await fetch(`${endpoint}/latest/${path}`, { headers });
    expect((await get('meta-data/instance-id', {})).status).toBe(401);
    expect((await get('meta-data/instance-id', { 'x-aws-ec2-metadata-token': 'x' })).status).toBe(401);
    expect((await put({})).status).toBe(400);
    expect((await put({ ...ttl, 'x-forwarded-for': '10.0.0.1' })).status).toBe(403);
    expect((await fetch(`${endpoint}/latest/api/token`, { method: 'POST', headers: ttl })).status).toBe(405);
    expect(await (await get('meta-data/instance-id')).text()).toBe(id);
    expect(await (await get('meta-data/placement/availability-zone')).text()).toBe('us-east-1a');
    expect(await (await get('meta-data/tags/instance/run')).text()).toBe('r1');
    expect(await (await get('user-data')).text()).toContain('#!/bin/sh');
    expect(await (await get('dynamic/instance-identity/document')).json()).toMatchObject({ instanceId: id });
    expect((await get('meta-data/none')).status).toBe(404);
    expect((await fetch(`${endpoint}/_local/guess/shim`, { method: 'POST', body: '{}' })).status).toBe(404);
    await terminate(id);
    await expect(get('meta-data/instance-id')).rejects.toThrow();
  });
});

describe('the command', () => {
  const main = new URL('../../packages/local-ec2/src/main.ts', import.meta.url).pathname;

  /** Starts the command and waits for its announcement. */
  async function startCommand(work: string, ...args: string[]) {
    const child = spawn(process.execPath, [main, '--work', work, '--json', ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: HOST_PATH, AWS_SECRET_ACCESS_KEY: 'secret' },
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, ...(JSON.parse(line) as { endpoint: string; marker: string; pid: number }) };
  }

  async function launchAt(endpoint: string): Promise<void> {
    const client = new EC2Client(clientSettings(endpoint));
    const input = launchInput({ UserData: base64('#!/bin/sh\nsetsid sleep 300 & setsid sleep 301') });
    await client.send(new RunInstancesCommand(input));
    client.destroy();
  }

  async function untilProcesses(marker: string): Promise<void> {
    await expect.poll(async () => (await findMarkedProcesses(markOf(marker))).length, POLL).toBeGreaterThanOrEqual(2);
  }

  test('cleans up when its standard input closes', async () => {
    const { child, endpoint, marker } = await startCommand(join(folder, 'stdin'), '--exit-with-stdin');
    await launchAt(endpoint);
    await untilProcesses(marker);
    child.stdin.end();
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(await findMarkedProcesses(markOf(marker))).toEqual([]);
  });

  test('cleans up at SIGTERM, and keeps running while its standard input is closed otherwise', async () => {
    const { child, endpoint, marker } = await startCommand(join(folder, 'term'));
    child.stdin.end();
    await launchAt(endpoint);
    await untilProcesses(marker);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
    expect(await findMarkedProcesses(markOf(marker))).toEqual([]);
  });

  test('after kill -9 the next start with the same folder ends what was left', async () => {
    const work = join(folder, 'killed');
    const first = await startCommand(work);
    await launchAt(first.endpoint);
    await untilProcesses(first.marker);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    expect((await findMarkedProcesses(markOf(first.marker))).length).toBeGreaterThanOrEqual(2);
    const second = await startCommand(work, '--exit-with-stdin');
    expect(second.marker).toBe(first.marker);
    expect(await findMarkedProcesses(markOf(first.marker))).toEqual([]);
    expect(await readdir(join(work, 'instances'))).toEqual([]);
    second.child.stdin.end();
    await once(second.child, 'exit');
  });

  test('says in one line what is wrong: usage 2, port or folder in use 3', async () => {
    const fail = async (...args: string[]) => {
      const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += String(chunk);
      });
      const [code] = (await once(child, 'close')) as [number];
      return [code, text];
    };
    const port = new URL(local.endpoint).port;
    expect(await fail('--colour')).toEqual([2, expect.stringContaining("Unknown option '--colour'")]);
    expect(await fail('--work', join(folder, 'other'), '--port', port)).toEqual([
      3,
      expect.stringContaining('EADDRINUSE'),
    ]);
    expect(await fail('--work', join(folder, 'work'))).toEqual([3, expect.stringContaining('another local-ec2')]);
  });
});

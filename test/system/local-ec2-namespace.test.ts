/** Instances as namespaces: user data for real, out but not in, own root, power, services, and nothing left. Needs root. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  AuthorizeSecurityGroupEgressCommand,
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  EC2Client,
  GetConsoleOutputCommand,
  type Instance,
  RevokeSecurityGroupEgressCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { findMarkedProcesses, type LocalEc2, markOf, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cgroupsOf, leftOf, reasonWithoutNamespaces, runTool, tracesOf } from '../spine/namespace-traces.ts';

const HOST_PATH = process.env['PATH'] ?? '';
const POLL = { timeout: 60_000, interval: 50 };
/** Instances drop what comes in, so every attempt lasts as long as it may. */
const ATTEMPT_S = 2;
const CURL_TIMED_OUT = 28;
const NODE_INSIDE = '/run/local-ec2/program/node';

let folder: string;
let local: LocalEc2;
let ec2: EC2Client;
let imageId: string;
let phone: Server;
/** What instances called: address and path. */
const calls: { readonly from: string; readonly path: string }[] = [];

const reason = await reasonWithoutNamespaces();
if (reason !== null) console.log(`skipped: ${reason}`);

function clientFor(endpoint: string): EC2Client {
  return new EC2Client({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
}

/** Launches one instance and returns its id. */
async function launch(script: string, more: Partial<RunInstancesCommandInput> = {}): Promise<string> {
  const input: RunInstancesCommandInput = {
    ImageId: imageId,
    InstanceType: 'm7i.large',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from(`#!/bin/sh\n${script}`).toString('base64'),
    ...more,
  };
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

function phoneUrl(): string {
  return `http://${local.hostAddress}:${(phone.address() as AddressInfo).port}`;
}

const METADATA = `
imds() { curl --silent --max-time 5 "$@"; }
token=$(imds -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
get() { imds -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/$1"; }
status() { imds --output /dev/null --write-out '%{http_code}' "$@"; }
`;

beforeAll(async () => {
  if (reason !== null) return;
  folder = await mkdtemp(join(tmpdir(), 'local-ec2-namespace-'));
  local = await startLocalEc2({
    workFolder: join(folder, 'work'),
    keepFolder: join(folder, 'kept'),
    hostPath: HOST_PATH,
    isolation: 'namespace',
    timing: { pendingMs: 50, shuttingDownMs: 50, graceMs: 300 },
  });
  ec2 = clientFor(local.endpoint);
  const { Images: images } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'architecture', Values: ['x86_64'] }] }),
  );
  imageId = images?.[0]?.ImageId ?? '';
  phone = createServer((request, response) => {
    calls.push({ from: request.socket.remoteAddress ?? '', path: request.url ?? '' });
    response.end('heard\n');
  });
  await new Promise<void>((resolve) => phone.listen(0, local.hostAddress, resolve));
});

afterAll(async () => {
  if (reason !== null) return;
  phone.close();
  phone.closeAllConnections();
  ec2.destroy();
  const traces = await tracesOf({ workFolder: join(folder, 'work'), ...local });
  expect((await leftOf(traces)).length).toBeGreaterThan(0);
  await local.close();
  expect(await leftOf(traces)).toEqual([]);
  expect(await readdir(join(folder, 'work/instances'))).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(reason !== null)('instances as namespaces', () => {
  test('several run their user data, know who they are, and reach a server of this machine', async () => {
    const script = `${METADATA}
curl --silent --fail --max-time 10 "${phoneUrl()}/hello/$(get meta-data/instance-id)/$(hostname)/\${PTP_TESTER_ROOT-none}"
exit 3`;
    const ids = await Promise.all(Array.from({ length: 4 }, () => launch(script)));
    const descriptions = await Promise.all(ids.map(describeOne));
    for (const { InstanceId: id = '', PrivateIpAddress: address = '' } of descriptions) {
      expect(await untilConsole(id, 'user data exited')).toContain('heard\nlocal-ec2: user data exited with code 3');
      const hostName = `ip-${address.replaceAll('.', '-')}`;
      // Its own folder is the whole root, as on EC2.
      expect(calls).toContainEqual({ from: address, path: `/hello/${id}/${hostName}/none` });
    }
    await Promise.all(ids.map(terminate));
  });

  test('nothing comes in: neither from this machine, nor from the VPC, nor from another instance', async () => {
    const listener = `require('http').createServer((_, answer) => answer.end('own')).listen(8000)`;
    const id = await launch(`${NODE_INSIDE} -e "${listener}" &
curl --silent --retry 20 --retry-delay 1 --retry-connrefused "http://$(hostname -I | tr -d ' '):8000/"`);
    // It does listen: whoever is in the same instance is answered.
    await untilConsole(id, 'own');
    const { PrivateIpAddress: address = '' } = await describeOne(id);
    const [vpc] = await local.processesOf(`${local.marker}vpc`);
    const inVpc = ['nsenter', `--net=/proc/${vpc?.pid}/ns/net`];
    const connect = ['curl', '--silent', '--connect-timeout', String(ATTEMPT_S), `http://${address}:8000/`];
    const ping = ['ping', '-c', '1', '-W', String(ATTEMPT_S), address];
    const script = [
      `${ping.slice(0, -1).join(' ')} ${local.hostAddress} >/dev/null; echo "machine answers $?"`,
      `${connect.join(' ')}; echo "connect $?"`,
      `${ping.join(' ')} >/dev/null; echo "ping $?"`,
      'echo end',
    ].join('\n');
    const other = await launch(script);
    const results = await Promise.all([
      runTool(...connect),
      runTool(...ping),
      runTool(...inVpc, ...connect),
      runTool(...inVpc, ...ping),
    ]);
    expect(results.map(({ code }) => code)).toEqual([CURL_TIMED_OUT, 1, CURL_TIMED_OUT, 1]);
    const text = await untilConsole(other, /^end$/m);
    expect(text).toContain('machine answers 0');
    expect(text).toContain(`connect ${CURL_TIMED_OUT}\nping 1\n`);
    await Promise.all([id, other].map(terminate));
  });

  test('what a security group says is what packets see, also when it changes', async () => {
    const { GroupId: groupId = '' } = await ec2.send(
      new CreateSecurityGroupCommand({ GroupName: 'narrow', Description: 'one port out' }),
    );
    const everything = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    const { port } = phone.address() as AddressInfo;
    const allowed = {
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      IpRanges: [{ CidrIp: `${local.hostAddress}/32` }],
    };
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [everything] }));
    const script = `${METADATA}
try() { curl --silent --output /dev/null --max-time 1 "${phoneUrl()}/narrow"; echo "$1 $?"; }
try closed; echo "metadata $(get meta-data/instance-id)"
until curl --silent --output /dev/null --max-time 1 "${phoneUrl()}/narrow"; do sleep 0.1; done
ping -c 1 -W 1 ${local.hostAddress} > /dev/null 2>&1; echo "ping $?"; echo opened
while curl --silent --output /dev/null --max-time 1 "${phoneUrl()}/narrow"; do sleep 0.1; done; echo end`;
    const id = await launch(script, { SecurityGroupIds: [groupId] });
    const closed = await untilConsole(id, /^metadata/m);
    // Dropped, not refused; the metadata address is not subject to the group.
    expect(closed).toContain(`closed ${CURL_TIMED_OUT}\nmetadata ${id}\n`);
    await ec2.send(new AuthorizeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [allowed] }));
    expect(await untilConsole(id, /^opened$/m)).not.toContain('ping 0');
    await ec2.send(new RevokeSecurityGroupEgressCommand({ GroupId: groupId, IpPermissions: [allowed] }));
    await untilConsole(id, /^end$/m);
    await terminate(id);
  });

  test('the metadata service wants a token of the same instance, and obeys the metadata options', async () => {
    const url = 'http://169.254.169.254/latest/meta-data/instance-id';
    const first = await launch(`${METADATA}
echo "token $token"; echo "without $(status ${url})"; echo "id $(get meta-data/instance-id)"
echo "forwarded $(status -X PUT -H 'X-Forwarded-For: 1.1.1.1' -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)"
echo end`);
    const text = await untilConsole(first, /^end$/m);
    expect(text).toContain(`without 401\nid ${first}\nforwarded 403\n`);
    const stolen = /^token (\S+)$/m.exec(text)?.[1] ?? '';
    expect(stolen).not.toBe('');
    const second = await launch(`${METADATA}
echo "stolen $(status -H 'X-aws-ec2-metadata-token: ${stolen}' ${url})"; echo "id $(get meta-data/instance-id)"; echo end`);
    expect(await untilConsole(second, /^end$/m)).toContain(`stolen 401\nid ${second}\n`);
    const disabled = await launch(`${METADATA} echo "disabled $(status ${url})"`, {
      MetadataOptions: { HttpEndpoint: 'disabled' },
    });
    await untilConsole(disabled, 'disabled 403');
    const optional = await launch(`${METADATA} echo "optional $(status ${url})"`, {
      MetadataOptions: { HttpTokens: 'optional' },
    });
    await untilConsole(optional, 'optional 200');
    const [vpc] = await local.processesOf(`${local.marker}vpc`);
    const stranger = ['curl', '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', url];
    expect((await runTool('nsenter', `--net=/proc/${vpc?.pid}/ns/net`, ...stranger)).output).toBe('404');
    await Promise.all([first, second, disabled, optional].map(terminate));
  });

  test('what it writes is in its own root; this machine is neither seen in its private folders nor changed', async () => {
    const name = `ptp-tester-${process.pid}`;
    const id = await launch(`
echo "opt: $(ls -A /opt)"; echo "units: $(ls -A /etc/systemd/system)"; echo "processes: $(ls -d /proc/[0-9]* | wc -l)"
for folder in /etc /opt /usr/bin /var/lib; do echo made > "$folder/${name}" && cat "$folder/${name}"; done
date --set "@$(date +%s)" > /dev/null; echo "clock $?"
mount -t tmpfs none /mnt; echo "mount $?"
mknod /tmp/device b 7 0; echo "device $?"
nft list ruleset > /dev/null 2>&1; echo "rules $?"
echo 1 > /proc/sys/kernel/printk_ratelimit; echo "kernel $?"
echo end`);
    const text = await untilConsole(id, /^end$/m);
    expect(text).toContain('opt: \nunits: \n');
    expect(Number(/^processes: (\d+)$/m.exec(text)?.[1])).toBeLessThan(12);
    expect(text.match(/^made$/gm)).toHaveLength(4);
    for (const line of ['clock 0', 'mount 0', 'device 0', 'rules 0', 'kernel 0']) expect(text).not.toContain(line);
    for (const path of ['/etc', '/opt', '/usr/bin', '/var/lib']) {
      await expect(access(join(path, name))).rejects.toMatchObject({ code: 'ENOENT' });
    }
    await terminate(id);
    // The endpoint was told to keep what instances wrote.
    expect(await readFile(join(folder, 'kept', id, 'opt', name), 'utf8')).toBe('made\n');
  });

  test('services are supervised, and survive a reboot and a stop with the disk', async () => {
    const id = await launch(`
cat > /etc/systemd/system/agent.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo start >> /opt/starts; exec sleep 300'
Restart=on-failure
RestartSec=50ms
[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload && systemctl enable --now agent.service && systemctl is-active agent
systemctl cat none; echo "none $?"
echo once; echo end`);
    const text = await untilConsole(id, /^end$/m);
    expect(text).toContain('active\n');
    expect(text).toContain('none 5\n');
    const sleeping = async () =>
      (await local.processesOf(`${local.marker}${id}`)).filter(({ command }) => command === 'sleep');
    await expect.poll(sleeping, POLL).toHaveLength(1);
    const [killed] = await sleeping();
    process.kill(killed?.pid ?? 0, 'SIGKILL');
    await expect.poll(async () => (await sleeping()).some(({ pid }) => pid !== killed?.pid), POLL).toBe(true);
    local.order({ do: 'reboot', instances: id });
    await untilConsole(id, /^local-ec2: boot$/m);
    await expect.poll(sleeping, POLL).toHaveLength(1);
    local.order({ do: 'stop', instances: id });
    await untilState(id, 'stopped');
    expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
    await ec2.send(new StartInstancesCommand({ InstanceIds: [id] }));
    await untilState(id, 'running');
    await expect.poll(sleeping, POLL).toHaveLength(1);
    expect((await consoleOf(id)).match(/^once$/gm)).toHaveLength(1);
    await terminate(id);
    expect(await readFile(join(folder, 'kept', id, 'opt/starts'), 'utf8')).toBe('start\n'.repeat(4));
  });

  test('a service is who its unit says, and each boot begins anew: uptime near zero, an id of its own', async () => {
    const id = await launch(`
useradd --system --no-create-home plain || adduser -S plain
cat > /etc/systemd/system/who.service <<'UNIT'
[Service]
Type=oneshot
User=plain
NoNewPrivileges=yes
CapabilityBoundingSet=
ExecStart=/bin/sh -c 'id -un; grep -E "^(CapBnd|NoNewPrivs)" /proc/self/status; kill -9 1 2>/dev/null || echo "no kill"'
StandardOutput=journal+console
UNIT
cat > /etc/systemd/system/boot.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo "boot $(cut -d. -f1 /proc/uptime) $(cat /proc/sys/kernel/random/boot_id)"'
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
UNIT
systemctl start who; systemctl enable --now boot; echo end`);
    const text = await untilConsole(id, /^end$/m);
    expect(text).toMatch(/^plain\nCapBnd:\t0{16}\nNoNewPrivs:\t1\nno kill$/m);
    local.order({ do: 'reboot', instances: id });
    const boots = async () => [...(await consoleOf(id)).matchAll(/^boot (\d+) (\S+)$/gm)];
    await expect.poll(boots, POLL).toHaveLength(2);
    const found = await boots();
    expect(new Set(found.map(([, , boot]) => boot)).size).toBe(2);
    for (const [, uptime] of found) expect(Number(uptime)).toBeLessThan(120);
    await terminate(id);
  });

  test.each(['shutdown -h now', '/sbin/poweroff', 'systemctl poweroff'])(
    '%s inside terminates the instance',
    async (command) => {
      const id = await launch(`echo bye; trap '' TERM; setsid sleep 300 & ${command}; sleep 300`, {
        InstanceInitiatedShutdownBehavior: 'terminate',
      });
      await untilState(id, 'terminated');
      expect((await describeOne(id)).StateReason?.Code).toBe('Client.InstanceInitiatedShutdown');
      expect(await consoleOf(id)).toContain('bye');
      expect(await local.processesOf(`${local.marker}${id}`)).toEqual([]);
    },
  );

  test('an instance whose memory runs out does not take this machine with it', async () => {
    const hog = `const kept = []; for (;;) kept.push(Buffer.alloc(64 * 1024 * 1024, 1));`;
    const id = await launch(`${NODE_INSIDE} -e '${hog}'; echo "hog $?"`);
    await untilConsole(id, /hog \d+|user data was ended/);
    expect(await consoleOf(id)).not.toContain('hog 0');
    await terminate(id);
  });
});

describe.skipIf(reason !== null)('the command with --isolation namespace', () => {
  const main = new URL('../../packages/local-ec2/src/main.ts', import.meta.url).pathname;

  async function startCommand(work: string) {
    const child = spawn(
      process.execPath,
      [main, '--work', work, '--isolation', 'namespace', '--json', '--exit-with-stdin'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { PATH: HOST_PATH },
      },
    );
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { child, ...(JSON.parse(line) as { endpoint: string; hostAddress: string; marker: string }) };
  }

  test('after kill -9 nothing runs, and the next start with the same folder removes the rest', async () => {
    const work = join(folder, 'killed');
    const first = await startCommand(work);
    const client = clientFor(first.endpoint);
    const input: RunInstancesCommandInput = {
      ImageId: imageId,
      InstanceType: 'm7i.large',
      MinCount: 2,
      MaxCount: 2,
      UserData: Buffer.from('#!/bin/sh\nsetsid sleep 300 & exec sleep 301').toString('base64'),
    };
    await client.send(new RunInstancesCommand(input));
    client.destroy();
    const sleepers = async () =>
      (await findMarkedProcesses(markOf(first.marker))).filter(({ command }) => command === 'sleep').length;
    await expect.poll(sleepers, POLL).toBeGreaterThanOrEqual(4);
    const traces = await tracesOf({ workFolder: work, ...first });
    // The VPC's and those of two instances.
    expect(traces.namespaceCount).toBe(3);
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');
    // All but the control groups goes by itself.
    const cgroups = await cgroupsOf(first.marker);
    await expect.poll(() => leftOf(traces), POLL).toEqual(cgroups);
    const second = await startCommand(work);
    expect(second.marker).toBe(first.marker);
    expect(await readdir(join(work, 'instances'))).toEqual([]);
    second.child.stdin.end();
    expect(await once(second.child, 'exit')).toEqual([0, null]);
    expect(await leftOf(traces)).toEqual([]);
  });

  test('two endpoints at once have networks of their own', async () => {
    const other = await startCommand(join(folder, 'second'));
    expect(other.hostAddress).not.toBe(local.hostAddress);
    other.child.stdin.end();
    expect(await once(other.child, 'exit')).toEqual([0, null]);
  });
});

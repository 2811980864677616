/** Ten instances of four types as namespaces with the real agent file and the real controller: a whole run as its user does it. */
import { existsSync, readFileSync } from 'node:fs';
import { connect as connectTls } from 'node:tls';
import {
  AuthorizeSecurityGroupIngressCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { findEmulation, reasonAgainst } from '@ptp-tester/local-ec2';
import { expect, it } from 'vitest';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { agentPid } from '../spine/agent-process.ts';
import { attemptTo, type NamespaceSite, startNamespaceSite } from '../spine/namespace-site.ts';
import { reasonWithoutNamespaces } from '../spine/namespace-traces.ts';
import { waitUntil } from '../spine/wait-until.ts';

const reason = await reasonWithoutNamespaces();
if (reason !== null) console.log(`skipped: ${reason}`);

const emulation = await findEmulation({
  platform: process.platform,
  arch: process.arch,
  path: process.env['PATH'] ?? '',
});
const noArm = reasonAgainst(emulation, 'arm64');
if (noArm !== undefined) console.log(`without arm64: ${noArm}`);
const TYPES = `m7i.large:3,c7i.large:3,${noArm === undefined ? 'm7g.large:2,m8g.large:2' : 'm7a.large:2,r7i.large:2'}`;
const SSH = 22;
const ANY_PORT = 7600;

function living(site: NamespaceSite) {
  return site.describeInstances().then((all) => all.filter(({ State: state }) => state?.Name !== 'terminated'));
}

/** Nothing of this machine or of the VPC comes in; a rule of the API is what changes that, and is what the check would see. */
async function expectClosed(site: NamespaceSite): Promise<void> {
  const instances = await living(site);
  const addresses = instances.map(({ PrivateIpAddress: address = '' }) => address);
  const attempts = addresses.flatMap((address) => [attemptTo(address, SSH), attemptTo(address, ANY_PORT)]);
  expect(new Set(await Promise.all(attempts))).toEqual(new Set(['dropped']));
  const [address = ''] = addresses;
  const groupId = instances[0]?.SecurityGroups?.[0]?.GroupId ?? '';
  const opened = { GroupId: groupId, IpProtocol: 'tcp', FromPort: SSH, ToPort: SSH, CidrIp: site.network };
  await site.ec2.send(new AuthorizeSecurityGroupIngressCommand(opened));
  await waitUntil('packets come in', async () => (await attemptTo(address, SSH)) === 'refused', { timeoutMs: 10_000 });
  expect(await attemptTo(address, ANY_PORT)).toBe('dropped');
  await site.ec2.send(new RevokeSecurityGroupIngressCommand(opened));
  await waitUntil('nothing comes in', async () => (await attemptTo(address, SSH)) === 'dropped', { timeoutMs: 10_000 });
}

/** Whoever does not trust the controller's own authority does not get through: it is TLS, and pinned. */
async function expectPinned(site: NamespaceSite, agents: string): Promise<void> {
  expect(agents).toMatch(/^https:/);
  const { hostname: host, port } = new URL(agents);
  const answer = await new Promise<string>((resolve) => {
    const socket = connectTls({ host, port: Number(port) }, () => resolve('trusted'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  expect(answer, site.describe()).toMatch(/SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/);
}

it.skipIf(reason !== null)(
  'ten instances of four types into which nothing comes soak 30 s; 1 and 3 are kept, the others end, nothing is left',
  async ({ onTestFinished }) => {
    const site = await startNamespaceSite(onTestFinished);
    const flags = ['--keep', '1,3', '--out', site.path('report')];
    const run = site.run(TYPES, { duration: '30s', flags });
    const measuring = await site.untilMeasuring();
    const traces = await site.remember();
    // The VPC's and those of ten instances.
    expect(traces.namespaceCount).toBe(11);
    expect(measuring.instances.map(({ instanceId }) => instanceId)).toHaveLength(10);
    await expectClosed(site);
    await expectPinned(site, (await run.line(/^agents /)).split(/\s+/)[1] ?? '');

    const end = await run.ended;
    const { run: ended, instances } = await site.until('the run has ended', (stored) => stored.run.state === 'ended');
    // Ten agents, some of them emulated, may be too much for a busy machine's quality; that is judged from the data.
    const codes: Readonly<Record<string, number>> = { completed: 0, quality_failed: 1 };
    expect(end.code, run.describe()).toBe(codes[ended.outcome ?? '']);
    expect(ended).toMatchObject({ stopReason: null, leftovers: [] });
    expect(instances.map(({ failure }) => failure)).toEqual(Array(10).fill(null));
    const states = instances.map(({ state }) => state);
    expect(states).toEqual(['kept', 'terminated', 'kept', ...Array<string>(7).fill('terminated')]);
    const report = JSON.parse(readFileSync(site.path('report/report.json'), 'utf8')) as Report;
    expect(report.results).toHaveLength(10);
    const stays = report.results.filter(({ kept_running: isKept }) => isKept);
    expect(stays.map((one) => `${one.instance_type} ${one.instance_index}`)).toEqual(['m7i.large 1', 'm7i.large 3']);

    const kept = instances.filter(({ state }) => state === 'kept').map(({ instanceId }) => instanceId ?? '');
    await expectKept(site, kept);
    await expectCleanup(site, { run: ended.id, kept });
  },
);

/** They are up, by EC2 and by their own processes, and their agent has gone. */
async function expectKept(site: NamespaceSite, kept: readonly string[]): Promise<void> {
  const seen = await living(site);
  expect(seen.map(({ InstanceId: id, State: state }) => [id, state?.Name]).sort()).toEqual(
    kept.map((id) => [id, 'running']).sort(),
  );
  for (const id of kept) {
    const hasEnded = async () => (await agentPid(site.marker, id)) === null;
    await waitUntil(`the agent of ${id} has ended`, hasEnded);
    expect(existsSync(site.path(`ec2/instances/${id}`))).toBe(true);
  }
}

/** `cleanup` leaves alone what is kept; when its owner has ended it, cleanup finds the rest. */
async function expectCleanup(site: NamespaceSite, { run, kept }: { run: string; kept: readonly string[] }) {
  const cleanup = () => site.command('cleanup', run, '--data', site.path('data'));
  const before = await cleanup();
  expect(before.end?.code, before.describe()).toBe(0);
  for (const id of kept) expect(before.stdout).toContain(`kept         instance ${id}`);
  expect(await living(site)).toHaveLength(2);
  await site.ec2.send(new TerminateInstancesCommand({ InstanceIds: [...kept] }));
  await waitUntil('the kept instances have ended', async () => (await living(site)).length === 0);
  const after = await cleanup();
  expect(after.end?.code, after.describe()).toBe(0);
  const { SecurityGroups: groups = [] } = await site.ec2.send(new DescribeSecurityGroupsCommand({}));
  expect(groups.map(({ GroupName: name }) => name)).toEqual(['default']);
  expect((await site.ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
}

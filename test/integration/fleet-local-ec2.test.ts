/**
 * The fleet against local-ec2: the real SDK, the real user data run by real instances. Only the agent is a stand-in: a small
 * program that reads its configuration and the metadata service and reports over HTTP, which is written into the repository as ingest does.
 */
import { createHash, randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEc2Factory } from '../../controller/src/fleet/ec2-calls.ts';
import { FleetError } from '../../controller/src/fleet/fleet-error.ts';
import { FLEET_POLICY } from '../../controller/src/fleet/fleet-view.ts';
import { RunDriver } from '../../controller/src/fleet/run-driver.ts';
import { checkToken } from '../../controller/src/fleet/token.ts';
import { readUserDataTemplates } from '../../controller/src/fleet/user-data-templates.ts';
import type { Run, RunSpec } from '../../controller/src/runs/run.ts';
import type { RunRepository } from '../../controller/src/runs/run-repository.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';

const KEY = new Uint8Array(32).fill(9);
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** Speaks every 100 ms until it is told to finish. */
const AGENT = `#!${process.execPath}
const { readFileSync } = require('node:fs');
const config = JSON.parse(readFileSync(process.argv[4], 'utf8'));
const imds = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
(async () => {
  const header = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = await (await fetch(imds + '/latest/api/token', { method: 'PUT', headers: header })).text();
  const ask = { headers: { 'X-aws-ec2-metadata-token': token } };
  const instanceId = await (await fetch(imds + '/latest/meta-data/instance-id', ask)).text();
  for (;;) {
    const body = JSON.stringify({ ...config, instance_id: instanceId });
    const answer = await (await fetch(config.controller_url + '/spoke', { method: 'POST', body })).text();
    if (answer === 'finished') process.exit(0);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})();
`;
const AGENT_SHA256 = createHash('sha256').update(AGENT).digest('hex');

interface Spoken {
  readonly run: string;
  readonly index: number;
  readonly attempt: number;
  readonly token: string;
  readonly instance_id: string;
}

let root: string;
let ec2: LocalEc2;
let server: Server;
let repository: RunRepository;
let driver: RunDriver;
let publicUrl: string;
let subnetId: string;
let agentIsServed: boolean;

/** What ingest does, by the state the record is in. */
function hear(spoken: Spoken): string {
  if (!checkToken(KEY, spoken, spoken.token)) throw new Error('wrong token');
  const record = repository.instance(spoken.run, spoken.index);
  const run = repository.run(spoken.run);
  if (record === null || run === null) throw new Error('unknown instance');
  const change = (state: typeof record.state) =>
    repository.updateInstance(spoken.run, spoken.index, { instanceId: spoken.instance_id, state });
  if (record.state === 'launching' || record.state === 'running') change('enrolled');
  else if (record.state === 'enrolled') change('measuring');
  else if (record.state === 'measuring' && run.state === 'finishing') change('finished');
  return repository.instance(spoken.run, spoken.index)?.state ?? '';
}

async function startServer(): Promise<Server> {
  const made = createServer((request, response) => {
    if (request.url === `/v1/agent-file/${AGENT_SHA256}` && agentIsServed) {
      response.end(AGENT);
    } else if (request.url === '/spoke') {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => response.end(hear(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Spoken)));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', () => resolve()));
  return made;
}

async function findSubnet(): Promise<string> {
  const client = new EC2Client({ region: ec2.region, endpoint: ec2.endpoint, credentials: CREDENTIALS });
  const answer = await client.send(new DescribeSubnetsCommand({}));
  client.destroy();
  return answer.Subnets?.[0]?.SubnetId ?? '';
}

async function makeDriver(): Promise<RunDriver> {
  const ec2For = createEc2Factory(
    {
      controllerId: 'test-controller',
      ec2Endpoint: ec2.endpoint,
      ssmEndpoint: ec2.ssmEndpoint,
      credentials: CREDENTIALS,
    },
    { repository, log, now: Date.now },
  );
  return new RunDriver(
    {
      controllerId: 'test-controller',
      controllerKey: KEY,
      templates: await readUserDataTemplates(),
      policy: { ...FLEET_POLICY, settleMs: 2000, observeQuietEveryMs: 1000 },
    },
    {
      repository,
      ec2For,
      log,
      now: Date.now,
      randomInt: (limit) => randomInt(limit),
      agentFile: () => Promise.resolve({ path: join(root, 'agent'), sha256: AGENT_SHA256 }),
      timer: {
        schedule: (callback, ms) => {
          const timer = setTimeout(callback, ms);
          return () => clearTimeout(timer);
        },
      },
    },
  );
}

function spec(change: Partial<RunSpec> = {}): RunSpec {
  return {
    instanceTypes: [
      { type: 'c7i.large', quantity: 2 },
      { type: 'm7a.medium', quantity: 1 },
    ],
    region: ec2.region,
    subnetId,
    amiId: null,
    securityGroupId: null,
    placementGroup: null,
    keyName: null,
    durationS: 1,
    sources: { raw: { interval_ms: 1000 } },
    batch: { maxSamples: 60, maxAgeMs: 1000 },
    spoolMaxBytes: 1 << 20,
    publicUrl,
    timeouts: { launchS: 30, agentS: 30, finishS: 30, terminateS: 30, orphanS: 60 },
    tags: { purpose: "it's a test" },
    ...change,
  };
}

/** Resolves when the run satisfies the condition; the test's own time-out bounds it. */
function until(id: string, holds: (run: Run) => boolean): Promise<Run> {
  return new Promise((resolve) => {
    const look = () => {
      const run = repository.run(id);
      if (run === null || !holds(run)) return;
      stop();
      resolve(run);
    };
    const stop = repository.onChange(look);
    look();
  });
}

const hasEnded = (run: Run) => run.state === 'ended';

async function nothingIsLeft(): Promise<void> {
  expect(ec2.instances().filter(({ state }) => state !== 'terminated')).toEqual([]);
  expect(await ec2.processesOf()).toEqual([]);
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'ptp-fleet-'));
  writeFileSync(join(root, 'agent'), AGENT);
  chmodSync(join(root, 'agent'), 0o755);
  ec2 = await startLocalEc2({
    workFolder: join(root, 'ec2'),
    hostPath: process.env['PATH'] ?? '',
    timing: { pendingMs: 200, shuttingDownMs: 200, graceMs: 300 },
  });
  repository = openRunRepository(join(root, 'control.db'), { now: Date.now });
  agentIsServed = true;
  server = await startServer();
  publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  subnetId = await findSubnet();
  driver = await makeDriver();
});

afterEach(async () => {
  await driver.close();
  await ec2.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  repository.close();
  rmSync(root, { recursive: true });
});

describe('the fleet on local-ec2', () => {
  it('launches, watches, finishes and terminates a run', async () => {
    driver.resumeRuns();
    const id = await driver.startRun(spec());
    const run = await until(id, hasEnded);
    expect(run).toMatchObject({ outcome: 'completed', stopReason: null });
    const instances = repository.instances(id);
    expect(instances.map(({ instanceType, typeIndex, index }) => [instanceType, typeIndex, index])).toEqual([
      ['c7i.large', 1, 1],
      ['c7i.large', 2, 2],
      ['m7a.medium', 1, 3],
    ]);
    for (const instance of instances) {
      expect(instance).toMatchObject({ state: 'terminated', failure: null });
      expect(instance.reachedAt).toHaveProperty('finished');
    }
    const tags = ec2.instances().map((instance) => instance.tags);
    expect(tags.map((tag) => tag['ptp-tester:index']).sort()).toEqual(['1', '2', '3']);
    for (const tag of tags) expect(tag).toMatchObject({ 'ptp-tester:run': id, purpose: "it's a test" });
    await nothingIsLeft();
  });

  it('writes every call down, without parameters', async () => {
    driver.resumeRuns();
    const id = await driver.startRun(spec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }] }));
    await until(id, hasEnded);
    const calls = repository.awsCalls(id);
    const actions = new Set(calls.map((call) => call.action));
    expect([...actions].sort()).toEqual([
      'AuthorizeSecurityGroupEgress',
      'CreatePlacementGroup',
      'CreateSecurityGroup',
      'DeletePlacementGroup',
      'DeleteSecurityGroup',
      'DescribeImages',
      'DescribeInstanceStatus',
      'DescribeInstanceTypeOfferings',
      'DescribeInstanceTypes',
      'DescribeInstances',
      'DescribePlacementGroups',
      'DescribeSecurityGroups',
      'DescribeSubnets',
      'DescribeTags',
      'RevokeSecurityGroupEgress',
      'RunInstances',
      'TerminateInstances',
      'ssm:GetParameter',
    ]);
    for (const call of calls) {
      expect(call.result).toBe('ok');
      expect(call.requestId).not.toBeNull();
    }
    const launched = repository.launch(id, 1, 1);
    expect(JSON.stringify(calls)).not.toContain(launched?.clientToken);
  });

  it('ends with one instance for each index when answers to RunInstances are lost', async () => {
    ec2.addFaults([{ action: 'RunInstances', reset: 'after', times: 2 }]);
    driver.resumeRuns();
    const id = await driver.startRun(spec());
    const run = await until(id, hasEnded);
    expect(run.outcome).toBe('completed');
    expect(ec2.instances()).toHaveLength(3);
    expect(repository.awsCalls(id).filter(({ result }) => result === 'ECONNRESET')).toHaveLength(2);
  });

  it('waits through lack of capacity and throttling', async () => {
    ec2.addFaults([
      { action: 'RunInstances', code: 'InsufficientInstanceCapacity', status: 500 },
      { action: 'RunInstances', code: 'RequestLimitExceeded', status: 503 },
    ]);
    driver.resumeRuns();
    const id = await driver.startRun(spec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }] }));
    expect(await until(id, hasEnded)).toMatchObject({ outcome: 'completed' });
  });

  it('calls a type not tested that EC2 refuses for lack of rights, and goes on with the others', async () => {
    ec2.addFaults([{ action: 'RunInstances', code: 'UnauthorizedOperation', status: 403 }]);
    driver.resumeRuns();
    const id = await driver.startRun(spec());
    expect(await until(id, hasEnded)).toMatchObject({ outcome: 'completed' });
    const failed = repository.instances(id).filter(({ failure }) => failure !== null);
    expect(failed).toHaveLength(1);
    expect(failed[0]?.failure?.kind).toBe('permission');
    expect(failed[0]?.verdict?.capability.value).toBe('not_tested');
  });

  it('goes on where another controller process stopped', async () => {
    driver.resumeRuns();
    const id = await driver.startRun(spec());
    await until(id, (run) => run.state === 'launching');
    await driver.close();
    driver = await makeDriver();
    expect(driver.resumeRuns()).toEqual([id]);
    expect(await until(id, hasEnded)).toMatchObject({ outcome: 'completed' });
    expect(ec2.instances()).toHaveLength(3);
    await nothingIsLeft();
  });

  it('terminates everything when it is told to stop', async () => {
    driver.resumeRuns();
    const id = await driver.startRun(spec({ durationS: 3600 }));
    await until(id, (run) => run.state === 'soaking');
    driver.requestStop(id, 'stopped by the operator');
    const run = await until(id, hasEnded);
    expect(run).toMatchObject({ outcome: 'could_not_complete', stopReason: 'stopped by the operator' });
    await nothingIsLeft();
  });

  it('shows what an instance without its agent printed, and not its token', async () => {
    agentIsServed = false;
    driver.resumeRuns();
    const timeouts = { ...spec().timeouts, agentS: 4 };
    const id = await driver.startRun(spec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }], timeouts }));
    expect(await until(id, hasEnded)).toMatchObject({ outcome: 'could_not_complete' });
    const [instance] = repository.instances(id);
    expect(instance?.failure?.kind).toBe('agent_timeout');
    expect(instance?.failure?.message).toContain('ptp-tester: the agent file could not be fetched');
    const userData = JSON.parse(repository.launch(id, 1, 1)?.requestJson ?? '{}').UserData as string;
    const token = /token='([0-9a-f]{64})'/.exec(Buffer.from(userData, 'base64').toString('utf8'))?.[1];
    expect(token).toBeDefined();
    expect(instance?.failure?.message).not.toContain(token);
    await nothingIsLeft();
  });

  it('loses an instance that is terminated by somebody else, and ends', async () => {
    driver.resumeRuns();
    const id = await driver.startRun(spec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }], durationS: 3600 }));
    await until(id, (run) => run.state === 'soaking');
    const [machine] = ec2.instances();
    const other = createEc2Factory(
      { controllerId: 'somebody-else', ec2Endpoint: ec2.endpoint, credentials: CREDENTIALS },
      { repository, log, now: Date.now },
    )({ region: ec2.region, run: id });
    expect(await other.describeInstances()).toEqual([]);
    await other.terminate([machine?.id ?? '']);
    const run = await until(id, hasEnded);
    expect(run.stopReason).toBe('every instance failed (1 x terminated_outside)');
    expect(repository.events(id).map(({ event }) => event)).toEqual(['instance_lost']);
  });

  it('names every fault of a request before anything is launched', async () => {
    const wrong = spec({
      instanceTypes: [
        { type: 'c7i.lagre', quantity: 1 },
        { type: 'c7i.large', quantity: 0 },
      ],
      subnetId: 'subnet-0123456789abcdef0',
      amiId: 'ami-0123456789abcdef0',
      tags: { 'aws:name': 'x' },
    });
    const failure = await driver.startRun(wrong).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(FleetError);
    expect((failure as FleetError).code).toBe('spec_invalid');
    expect((failure as FleetError).faults).toHaveLength(5);
    expect(repository.runs()).toEqual([]);
    expect(ec2.instances()).toEqual([]);
  });

  it('says that EC2 cannot be reached, as such', async () => {
    ec2.addFaults([{ action: 'DescribeSubnets', code: 'AuthFailure', status: 401, times: 10 }]);
    const failure = await driver.startRun(spec()).catch((error: unknown) => error);
    expect((failure as FleetError).call).toMatchObject({ kind: 'credentials', awsCode: 'AuthFailure' });
  });
});

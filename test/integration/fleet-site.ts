/**
 * The fleet against local-ec2: the real SDK, the real user data run by real instances. Only the agent is a stand-in: a small
 * program that reads its configuration and the metadata service and reports over HTTP, which is written into the repository as
 * ingest does. It obeys the lease as the agent does, through the real dead-man's switch.
 */
import { createHash, randomInt } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalEc2, startLocalEc2 } from '@ptp-tester/local-ec2';
import { expect } from 'vitest';
import { createEc2Factory, type Ec2Factory } from '../../controller/src/fleet/aws/ec2-calls.ts';
import type { AwsOptions } from '../../controller/src/fleet/aws/ec2-client.ts';
import { FLEET_POLICY } from '../../controller/src/fleet/decide/fleet-view.ts';
import { RunDriver } from '../../controller/src/fleet/drive/run-driver.ts';
import { checkToken } from '../../controller/src/fleet/prepare/token.ts';
import { readUserDataTemplates } from '../../controller/src/fleet/prepare/user-data-templates.ts';
import type { FleetSpec } from '../../controller/src/runs/fleet-spec.ts';
import { LiveAgents } from '../../controller/src/runs/live-agents.ts';
import { madeSpec } from '../../controller/src/runs/made-run.fixture.ts';
import { leaseForRun } from '../../controller/src/runs/plan-for-run.ts';
import type { InstanceRecord, Run, RunSpec } from '../../controller/src/runs/run.ts';
import type { RunRepository } from '../../controller/src/runs/run-repository.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';

const KEY = new Uint8Array(32).fill(9);
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
export const CONTROLLER_ID = 'test-controller';
const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** Speaks every 100 ms until it is told to finish; orders the switch as its lease says, and tells what the switch answers. */
const AGENT = `#!${process.execPath}
const { readFileSync, writeFileSync } = require('node:fs');
const config = JSON.parse(readFileSync(process.argv[4], 'utf8'));
const imds = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT;
const answerOf = () => { try { return readFileSync(config.switch_dir + '/answer', 'utf8').trim(); } catch { return ''; } };
(async () => {
  const header = { 'X-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = await (await fetch(imds + '/latest/api/token', { method: 'PUT', headers: header })).text();
  const ask = { headers: { 'X-aws-ec2-metadata-token': token } };
  const instanceId = await (await fetch(imds + '/latest/meta-data/instance-id', ask)).text();
  let order = '';
  for (;;) {
    const body = JSON.stringify({ ...config, instance_id: instanceId, disarmed: answerOf() === 'disarmed' });
    const answer = await (await fetch(config.controller_url + '/spoke', { method: 'POST', body })).json();
    if (answer.end) process.exit(0);
    if (answer.order !== order) writeFileSync(config.state_dir + '/switch', (order = answer.order) + '\\n');
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
  readonly disarmed: boolean;
}

const SUPPORTED: NonNullable<InstanceRecord['verdict']> = {
  capability: { value: 'supported', reason: 'the stand-in of an agent says so' },
  setup: { value: 'locked', reason: 'the stand-in of an agent says so' },
  quality: { value: 'not_enough_data', reason: 'nothing is measured here' },
};

const ENDED_MS = 120_000;
/** As the real one, on a machine where everything takes a tenth of the time. */
const QUICK = {
  ...FLEET_POLICY,
  roundEveryMs: 200,
  observeEveryMs: 200,
  observeStillEveryMs: 500,
  observeCalmEveryMs: 500,
  launchPauseMs: 300,
  settleMs: 2000,
  auditAgainMs: 500,
};

interface SiteParts {
  readonly root: string;
  readonly ec2: LocalEc2;
  readonly repository: RunRepository;
  readonly server: Server;
}

export class FleetSite {
  readonly root: string;
  readonly ec2: LocalEc2;
  readonly repository: RunRepository;
  readonly live = new LiveAgents();
  /** Whether the controller serves the agent file. */
  agentIsServed = true;
  /** Whether the controller hears what agents say. */
  agentIsHeard = true;
  /** What agents report of their setup. */
  setup: NonNullable<InstanceRecord['verdict']>['setup']['value'] = 'locked';
  /** Credentials and where to find them. */
  aws: AwsOptions = { credentials: CREDENTIALS };
  readonly #server: Server;
  #driver: RunDriver | null = null;

  private constructor({ root, ec2, repository, server }: SiteParts) {
    this.root = root;
    this.ec2 = ec2;
    this.repository = repository;
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#serve(request, response));
  }

  static async open(): Promise<FleetSite> {
    const root = mkdtempSync(join(tmpdir(), 'ptp-fleet-'));
    writeFileSync(join(root, 'agent'), AGENT);
    chmodSync(join(root, 'agent'), 0o755);
    const ec2 = await startLocalEc2({
      workFolder: join(root, 'ec2'),
      hostPath: process.env['PATH'] ?? '',
      timing: { pendingMs: 200, shuttingDownMs: 200, graceMs: 300 },
    });
    const repository = openRunRepository(join(root, 'control.db'), { now: Date.now });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const site = new FleetSite({ root, ec2, repository, server });
    await site.newDriver();
    return site;
  }

  async close(): Promise<void> {
    await this.driver.close();
    await this.ec2.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.repository.close();
    rmSync(this.root, { recursive: true });
  }

  get driver(): RunDriver {
    if (this.#driver === null) throw new Error('the site has no driver yet');
    return this.#driver;
  }

  get publicUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  factory(controllerId = CONTROLLER_ID): Ec2Factory {
    const { endpoint: ec2Endpoint, ssmEndpoint } = this.ec2;
    return createEc2Factory(
      { controllerId, ec2Endpoint, ssmEndpoint, ...this.aws },
      { repository: this.repository, log, now: Date.now },
    );
  }

  /** Another controller process on the same data. */
  async newDriver(): Promise<void> {
    await this.#driver?.close();
    this.#driver = new RunDriver(
      {
        controllerId: CONTROLLER_ID,
        controllerKey: KEY,
        templates: await readUserDataTemplates(),
        policy: QUICK,
      },
      {
        repository: this.repository,
        ec2For: this.factory(),
        live: this.live,
        log,
        now: Date.now,
        randomInt: (limit) => randomInt(limit),
        agentFile: () => Promise.resolve({ path: join(this.root, 'agent'), sha256: AGENT_SHA256 }),
        timer: {
          schedule: (callback, ms) => {
            const timer = setTimeout(callback, ms);
            return () => clearTimeout(timer);
          },
        },
      },
    );
  }

  spec(change: Partial<RunSpec> = {}, fleet: Partial<FleetSpec> = {}): RunSpec {
    const base: Partial<RunSpec> = {
      instanceTypes: [
        { type: 'c7i.large', quantity: 2 },
        { type: 'm7a.medium', quantity: 1 },
      ],
      region: this.ec2.region,
      subnetId: this.ec2.subnetIds[0] ?? '',
      durationS: 1,
      sources: { raw: { interval_ms: 1000 } },
      publicUrl: this.publicUrl,
      timeouts: { launchS: 30, agentS: 30, finishS: 30, terminateS: 30, orphanS: 60 },
      tags: { purpose: "it's a test" },
    };
    return madeSpec({ ...base, ...change }, fleet);
  }

  /** One instance of one type. */
  small(change: Partial<RunSpec> = {}, fleet: Partial<FleetSpec> = {}): RunSpec {
    return this.spec({ instanceTypes: [{ type: 'c7i.large', quantity: 1 }], ...change }, fleet);
  }

  /** Resolves when the run satisfies the condition. */
  until(id: string, holds: (run: Run) => boolean): Promise<Run> {
    return new Promise((resolve, reject) => {
      const give = (settle: () => void) => {
        stop();
        clearTimeout(timer);
        settle();
      };
      const look = () => {
        const run = this.repository.run(id);
        if (run !== null && holds(run)) give(() => resolve(run));
      };
      const stop = this.repository.onChange(look);
      const timer = setTimeout(() => give(() => reject(new Error(this.#describe(id)))), ENDED_MS);
      look();
    });
  }

  untilEnded(id: string): Promise<Run> {
    return this.until(id, ({ state }) => state === 'ended');
  }

  /** Drives a run from its start to its end. */
  async play(spec: RunSpec): Promise<Run> {
    this.driver.resumeRuns();
    return this.untilEnded(await this.driver.startRun(spec));
  }

  living() {
    return this.ec2.instances().filter(({ state }) => state !== 'terminated');
  }

  /** No instance, no process, no group. */
  async nothingIsLeft(): Promise<void> {
    expect(this.living()).toEqual([]);
    expect(await this.ec2.processesOf()).toEqual([]);
    const ec2 = this.factory()({ region: this.ec2.region, run: null });
    expect(await ec2.securityGroups()).toEqual([]);
    expect(await ec2.placementGroups()).toEqual([]);
  }

  #describe(id: string): string {
    const instances = this.repository
      .instances(id)
      .map(({ index, state, failure, keep }) => ({ index, state, failure, keep }));
    return `the run did not get there: ${JSON.stringify({ run: this.repository.run(id), instances })}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === `/v1/agent-file/${AGENT_SHA256}` && this.agentIsServed) {
      response.end(AGENT);
    } else if (request.url === '/spoke' && this.agentIsHeard) {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const spoken = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Spoken;
        response.end(JSON.stringify(this.#hear(spoken)));
      });
    } else {
      response.writeHead(404).end();
    }
  }

  /** What ingest does, by the state the record is in. */
  #hear(spoken: Spoken): { readonly end: boolean; readonly order: string } {
    if (!checkToken(KEY, spoken, spoken.token)) throw new Error('wrong token');
    const run = this.repository.run(spoken.run);
    const record = this.repository.instance(spoken.run, spoken.index);
    if (record === null || run === null) throw new Error('unknown instance');
    if (run.state === 'ended') return { end: true, order: '' };
    const isFinishing = !['created', 'launching', 'soaking'].includes(run.state);
    const change = (state: InstanceRecord['state']) =>
      this.repository.updateInstance(spoken.run, spoken.index, {
        instanceId: spoken.instance_id,
        state,
        verdict: { ...SUPPORTED, setup: { ...SUPPORTED.setup, value: this.setup } },
      });
    if (record.state === 'launching' || record.state === 'running') change('enrolled');
    else if (record.state === 'enrolled') change('measuring');
    else if (record.state === 'measuring' && isFinishing) change('finished');
    this.#contact(spoken);
    const lease = leaseForRun(run, Date.now(), record);
    return { end: false, order: lease.disarmed === true ? 'disarmed' : 'armed' };
  }

  #contact({ run, instance_id: instanceId, disarmed }: Spoken): void {
    const reason = { value: 'supported', reason: 'x' } as const;
    const status = {
      type: 'status',
      generation: 1,
      phase: 'measuring',
      epoch: '00000000000000aa',
      capability: reason,
      setup: { value: 'locked', reason: 'x' },
      ptp_status: NO_PTP_STATUS,
      spool_records: 0,
      disarmed,
    } as const;
    this.live.update(instanceId, { run, connected: true, lastContactAt: Date.now(), status });
  }
}

const NO_PTP_STATUS = {
  supported: true,
  ena_driver_version: null,
  ena_driver_compatible: false,
  hardware_clock_present: false,
  ptp_ena_symlink_present: false,
  chrony_using_phc: false,
  chrony_synchronized: false,
  clock_device: null,
  clock_name: null,
  time_offset_ns: null,
  error_message: null,
  simulated: true,
  diagnostic_output: {},
};

/** A controller with the dashboard on it: real ingest, store, live figures and API, and a run whose instances deliver SIMULATED clocks. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdict } from '@ptp-tester/measurement';
import type { VerdictSoFar } from '../../controller/src/api/schemas.ts';
import { type OperatorServer, startOperatorServer } from '../../controller/src/app/operator-server.ts';
import { reportOfRun } from '../../controller/src/app/run-reports.ts';
import { bundleWeb } from '../../controller/src/app/web-bundle.ts';
import { registerWebPage } from '../../controller/src/app/web-page.ts';
import { ConfigError } from '../../controller/src/config/config-error.ts';
import { FiguresRestorer } from '../../controller/src/live/figures-restorer.ts';
import { LiveFigures } from '../../controller/src/live/live-figures.ts';
import type { InstanceRecord, Run } from '../../controller/src/runs/run.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { openSampleReader } from '../../controller/src/store/open-sample-reader.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import type { SampleWriter, StoreWrite } from '../../controller/src/store/sample-store.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';
import { HandAgent, IngestSite, instanceIdOf, RUN, RUN_ID, statusMessage } from '../integration/ingest-support.ts';
import { simulateRecords } from '../simulation/simulate-records.ts';
import { STARTED_AT } from '../simulation/simulate-samples.ts';
import type { SimulatedTruth } from '../simulation/simulated-truth.ts';
import { MADE_CHECK, MADE_PROBLEMS } from './made-check.ts';

export const TOKEN = 'e'.repeat(64);
const STARTED_AT_MS = Number(STARTED_AT / 1_000_000n);
const SEND_EVERY_MS = 500;

export interface SiteInstance {
  readonly type?: string;
  readonly zone?: string;
  readonly change?: Partial<InstanceRecord>;
  /** What its clock does; null: it delivers nothing. */
  readonly truth: SimulatedTruth | null;
}

export interface WebSiteOptions {
  readonly instances: readonly SiteInstance[];
  /** Seconds of the truths that lie in the store already; the rest arrives as time passes. */
  readonly historyS: number;
  readonly run?: Partial<Run>;
  readonly verdict?: VerdictSoFar;
  /** More history, straight into the store. */
  fill?(writer: SampleWriter): void;
}

/** What the page asked to be done. */
export interface Asked {
  readonly what: 'stop' | 'keep' | 'extend' | 'terminate' | 'start';
  readonly detail: string;
}

export class WebSite {
  readonly asked: Asked[] = [];
  readonly #options: WebSiteOptions;
  readonly #site: IngestSite;
  readonly #figures = new LiveFigures();
  readonly #restorer = new FiguresRestorer({
    figures: this.#figures,
    restore: (run, saved) => this.#site.listener.restoreFigures(run, saved),
    onFailure: (error) => {
      throw error;
    },
  });
  readonly #startedMs = Date.now();
  readonly #agents: HandAgent[] = [];
  #server: OperatorServer | null = null;
  #timer: NodeJS.Timeout | undefined;
  #port = 0;

  constructor(options: WebSiteOptions) {
    this.#options = options;
    const directory = mkdtempSync(join(tmpdir(), 'ptp-tester-browser-'));
    makeRun(directory, options);
    this.#site = new IngestSite({ directory, dependencies: { liveFigures: this.#figures, now: () => this.now() } });
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  get #samples(): string {
    return sampleDatabasePath(this.#site.directory, RUN_ID);
  }

  get agentUrl(): string {
    return this.#site.url;
  }

  get repository() {
    return this.#site.repository;
  }

  /** The controller's clock follows the simulated time. */
  now(): number {
    return STARTED_AT_MS + this.#options.historyS * 1000 + (Date.now() - this.#startedMs);
  }

  async start(): Promise<void> {
    const later = this.#store();
    await this.#restorer.fix([{ run: RUN_ID, path: this.#samples }]);
    await this.#site.start();
    this.#restorer.deliver();
    await this.startOperators();
    await this.#connect(later);
  }

  /** The operators' listener, on the same port after the first time. */
  async startOperators(): Promise<void> {
    const { directory } = await bundleWeb();
    const path = this.#samples;
    const { repository } = this.#site;
    const report = {
      repository,
      options: { version: '0.1.0', samplesDatabase: (run: string) => sampleDatabasePath(this.#site.directory, run) },
    };
    const where = { host: '127.0.0.1', port: this.#port };
    this.#server = await startOperatorServer(where, {
      page: (app) => registerWebPage(app, { directory }),
      runs: repository,
      live: this.#site.liveAgents,
      figures: this.#figures,
      prepareFigures: () => Promise.resolve(),
      judged: () => null,
      verdictSoFar: () => this.#options.verdict ?? null,
      openReader: (run) => (run === RUN_ID ? openSampleReader(path) : null),
      report: (id) => reportOfRun(repository.run(id) ?? RUN, { ...report, now: this.now() }),
      stop: (run, reason) => this.asked.push({ what: 'stop', detail: `${run} ${reason}` }),
      keep: (run, selection) => {
        this.asked.push({ what: 'keep', detail: `${run} ${selection}` });
        return [1];
      },
      extend: (run, seconds) => {
        this.asked.push({ what: 'extend', detail: `${run} ${seconds}` });
        return this.now() + seconds * 1000;
      },
      terminate: (run, instance) => this.asked.push({ what: 'terminate', detail: `${run} ${instance}` }),
      prune: () => Promise.resolve({ pruned: [], kept: [], storedBytes: 0 }),
      startRun: (configuration) => {
        this.asked.push({ what: 'start', detail: configuration });
        return Promise.resolve(RUN_ID);
      },
      checkRun: (text) => {
        if (text.includes('duration: never')) return Promise.reject(new ConfigError(MADE_PROBLEMS));
        return Promise.resolve(MADE_CHECK);
      },
      metrics: () => Promise.resolve(''),
      token: TOKEN,
      version: '0.1.0',
      now: () => Math.round(this.now()),
    });
    this.#port = Number(new URL(this.#server.url).port);
  }

  async stopOperators(): Promise<void> {
    await this.#server?.close();
    this.#server = null;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.stopOperators();
    for (const agent of this.#agents) await agent.close();
    await this.#restorer.close();
    await this.#site.close();
  }

  /** History goes into the store at once; what is later is returned, by instance. */
  #store(): Map<number, StoreWrite[]> {
    const until = STARTED_AT + BigInt(Math.round(this.#options.historyS * 1e9));
    const writer = openSampleWriter({ path: this.#samples });
    const later = new Map<number, StoreWrite[]>();
    for (const [place, { truth }] of this.#options.instances.entries()) {
      if (truth === null) continue;
      const writes = simulateRecords(instanceIdOf(place + 1), truth);
      writer.commit(writes.filter(({ receivedAt }) => receivedAt <= until));
      later.set(
        place + 1,
        writes.filter(({ receivedAt }) => receivedAt > until),
      );
    }
    this.#options.fill?.(writer);
    writer.close();
    return later;
  }

  async #connect(later: ReadonlyMap<number, StoreWrite[]>): Promise<void> {
    const queues = new Map<HandAgent, StoreWrite[]>();
    for (const [index, writes] of later) {
      const [first] = writes;
      if (first === undefined) continue;
      const epochs = [{ epoch: first.epoch, first: first.sequence, next: first.sequence }];
      const agent = await HandAgent.connect(this.#site, index);
      const facts = this.repository.instances(RUN_ID).find((instance) => instance.index === index)?.facts;
      agent.enrol(facts == null ? {} : { facts });
      await agent.next('enrolled');
      agent.received.length = 0;
      agent.hello(epochs);
      await agent.next('enrolled');
      agent.send(statusMessage(STATUS));
      this.#agents.push(agent);
      queues.set(agent, [...writes]);
    }
    this.#timer = setInterval(() => {
      for (const [agent, queue] of queues) sendDue(agent, queue, BigInt(Math.round(this.now())) * 1_000_000n);
    }, SEND_EVERY_MS);
  }
}

function sendDue(agent: HandAgent, queue: StoreWrite[], now: bigint): void {
  const due = queue.findIndex(({ receivedAt }) => receivedAt > now);
  const ready = queue.splice(0, due < 0 ? queue.length : due);
  const records = ready.flatMap((write) => ('bytes' in write ? [write.bytes] : []));
  if (records.length > 0) agent.sendRecords(...records);
}

const VERDICT: Verdict = {
  capability: { value: 'supported', reason: 'a PHC named ena-ptp-05 was read' },
  setup: { value: 'locked', reason: 'chronyd selected PHC0' },
  quality: { value: 'not_enough_data', reason: 'judged from the data' },
};

const PTP_STATUS = {
  supported: true,
  ena_driver_version: '2.17.0g',
  ena_driver_compatible: true,
  hardware_clock_present: true,
  ptp_ena_symlink_present: true,
  chrony_using_phc: true,
  chrony_synchronized: true,
  clock_device: '/dev/ptp0',
  clock_name: 'ena-ptp-05 SIMULATED',
  time_offset_ns: -24,
  error_message: null,
  simulated: true,
  diagnostic_output: {
    'chronyc tracking':
      'Reference ID    : 50484330 (PHC0)\nStratum         : 1\nSystem time     : 0.000000024 seconds slow of NTP time\n',
    'chronyc sources': '#* PHC0    0   0   377     1    -24ns[  -24ns] +/-   18us\n',
  },
};

const STATUS = {
  capability: { value: 'supported' as const, reason: 'a PHC named ena-ptp-05 was read' },
  setup: { value: 'locked' as const, reason: 'chronyd selected PHC0' },
  ptp_status: PTP_STATUS,
};

function makeRun(directory: string, { instances, run }: WebSiteOptions): void {
  const repository = openRunRepository(join(directory, 'control.db'), { now: Date.now });
  const types = Map.groupBy(instances, ({ type = 'c7i.large' }) => type);
  const spec: Run['spec'] = {
    ...RUN.spec,
    instanceTypes: [...types].map(([type, all]) => ({ type, quantity: all.length })),
    durationS: 3600,
    sources: { phc: { interval_ms: 250, readings: 3, mode: 'simulated' } },
    placementGroup: 'ptp-precision',
    // Agents enrol when the history is over, long after their launch.
    timeouts: { ...RUN.spec.timeouts, launchS: 1e7, agentS: 1e7 },
  };
  const soaking: Run = {
    ...RUN,
    spec,
    createdAt: STARTED_AT_MS - 90_000,
    soakStartedAt: STARTED_AT_MS,
    soakEndsAt: STARTED_AT_MS + 3_600_000,
    ...run,
  };
  repository.createRun(
    soaking,
    instances.map((instance, place) =>
      makeInstance(instance, { index: place + 1, typeIndex: typeIndex(instances, place) }),
    ),
  );
  repository.close();
}

function typeIndex(instances: readonly SiteInstance[], place: number): number {
  const { type } = instances[place] ?? {};
  return instances.slice(0, place + 1).filter((other) => other.type === type).length;
}

function makeInstance(
  { type = 'c7i.large', zone = 'us-east-1a', change }: SiteInstance,
  numbers: { index: number; typeIndex: number },
): InstanceRecord {
  const instanceId = instanceIdOf(numbers.index);
  return {
    run: RUN_ID,
    ...numbers,
    attempt: 1,
    instanceType: type,
    state: 'measuring',
    instanceId,
    facts: {
      instance_id: instanceId,
      instance_type: type,
      availability_zone: zone,
      region: 'us-east-1',
      architecture: type.includes('g.') ? 'arm64' : 'x86_64',
      image_id: 'ami-0123456789abcdef0',
      private_ip: '10.0.0.7',
    },
    agentVersion: '0.1.0',
    ptpStatus: PTP_STATUS,
    verdict: VERDICT,
    failure: null,
    reachedAt: {
      launching: STARTED_AT_MS - 80_000,
      running: STARTED_AT_MS - 60_000,
      enrolled: STARTED_AT_MS - 20_000,
      measuring: STARTED_AT_MS - 5000,
    },
    ...change,
  };
}

/** The load of the memory test: agents with SIMULATED clocks at the default cadence, in a process of their own, until it is told to end. */
import { type Batch, makeColumn, type RecordContent, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { epochBytes, RecordTemplate, seededRandom, zstdCodec } from '@ptp-tester/testkit';
import { answerRequests } from '../bench/measured-process.ts';
import { HandAgent, statusMessage } from '../integration/ingest-support.ts';

export interface LoadRequest {
  readonly do: 'start';
  readonly url: string;
  readonly agents: number;
  /** Begins with what the agents had spooled: so many seconds, delivered as fast as it is acknowledged. */
  readonly backlogS: number;
}

/** A batch is closed every 5 s, as agents do. */
const BATCH_S = 5;
/** All agents have their turn within the 5 s. */
const TURNS = 50;
const STREAMS_SENT = ['phc', 'raw', 'chrony'] as const;
const CONNECT_AT_ONCE = 20;
const FRAMES_ON_THEIR_WAY = 2;
const SLOTS_PER_FRAME = 20;

interface LoadAgent {
  readonly hand: HandAgent;
  readonly epoch: string;
  sent: number;
}

const agents: LoadAgent[] = [];
const random = seededRandom(7);
let timer: NodeJS.Timeout | undefined;
let turnsDone = 0;

answerRequests(async (request: LoadRequest | { readonly do: 'records' | 'stop' }) => {
  if (request.do === 'start') await start(request);
  if (request.do === 'stop') {
    clearInterval(timer);
    await Promise.all(agents.map(({ hand }) => hand.close()));
  }
  return { records: agents.reduce((sum, { sent }) => sum + sent, 0) };
});

async function start({ url, agents: count, backlogS }: LoadRequest): Promise<void> {
  const startedAtMs = Date.now() - backlogS * 1000;
  const started = new RecordTemplate(
    { kind: 'event', event: 'epoch_started', at: nsOf(startedAtMs), monoRawNs: monoOf(startedAtMs), detail: {} },
    zstdCodec,
  );
  const slots = Array.from({ length: Math.floor(backlogS / BATCH_S) }, (_, slot) =>
    templatesOf(startedAtMs + slot * BATCH_S * 1000),
  );
  const waiting = Array.from({ length: count }, (_, place) => place + 1);
  const connectNext = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const agent = await connect(url, index);
      agents.push(agent);
      send(agent, [started]);
      await deliver(agent, slots);
    }
  };
  await Promise.all(Array.from({ length: CONNECT_AT_ONCE }, connectNext));
  const beganAt = performance.now();
  timer = setInterval(() => {
    const due = Math.floor(((performance.now() - beganAt) * TURNS) / (BATCH_S * 1000));
    for (; turnsDone < due; turnsDone += 1) takeTurn(turnsDone);
  }, 50);
}

async function connect(url: string, index: number): Promise<LoadAgent> {
  const epoch = index.toString(16).padStart(16, '0');
  const hand = await HandAgent.connect({ url }, index);
  hand.hello([{ epoch, first: 1, next: 1 }]);
  await hand.next('enrolled');
  hand.send(
    statusMessage({
      epoch,
      capability: { value: 'supported', reason: 'SIMULATED' },
      phase: 'measuring',
      generation: 1,
    }),
  );
  return { hand, epoch, sent: 0 };
}

async function deliver(agent: LoadAgent, slots: readonly (readonly RecordTemplate[])[]): Promise<void> {
  for (let from = 0; from < slots.length; from += SLOTS_PER_FRAME) {
    const templates = slots.slice(from, from + SLOTS_PER_FRAME).flat();
    const floor = agent.sent - FRAMES_ON_THEIR_WAY * SLOTS_PER_FRAME * STREAMS_SENT.length;
    if (floor > 0) await agent.hand.ackedThrough(floor, agent.epoch);
    agent.hand.received.length = 0;
    send(agent, templates);
  }
}

function takeTurn(turn: number): void {
  const share = agents.filter((_, place) => place % TURNS === turn % TURNS);
  const templates = templatesOf(Date.now() - BATCH_S * 1000);
  for (const agent of share) {
    // What was acknowledged is of no interest here.
    agent.hand.received.length = 0;
    send(agent, templates);
  }
}

function send(agent: LoadAgent, templates: readonly RecordTemplate[]): void {
  const epoch = epochBytes(agent.epoch);
  agent.hand.sendRecords(
    ...templates.map((template) => {
      agent.sent += 1;
      return template.stamp(epoch, agent.sent);
    }),
  );
}

/** One record of each stream for the five seconds from `fromMs` on. */
function templatesOf(fromMs: number): RecordTemplate[] {
  return STREAMS_SENT.map((stream) => new RecordTemplate(batchOf(stream, fromMs), zstdCodec));
}

function batchOf(stream: StreamName, fromMs: number): Batch & Extract<RecordContent, { kind: 'batch' }> {
  const { columns: declared, defaultIntervalMs } = STREAMS[stream];
  const rows = (BATCH_S * 1000) / defaultIntervalMs;
  const columns = declared.map(({ name, kind }) => {
    const column = makeColumn(kind, rows);
    for (let row = 0; row < rows; row += 1) {
      const value = columnValue(name, fromMs + row * defaultIntervalMs);
      if (column instanceof BigInt64Array || column instanceof BigUint64Array) column[row] = BigInt(value);
      else column[row] = Number(value);
    }
    return column;
  });
  const intervalNs = defaultIntervalMs * 1_000_000;
  return { kind: 'batch', stream, key: '', generation: 1, intervalNs, missedTicks: 0, rows, columns };
}

const UPTIME_MS = 1_000_000;
const beganMs = Date.now();
const nsOf = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;
const monoOf = (ms: number) => nsOf(ms - beganMs + UPTIME_MS * 10);
const noise = (ns: number) => Math.round((random() + random() + random() - 1.5) * ns);

const VALUES: Readonly<Record<string, (ms: number) => number | bigint>> = {
  at: nsOf,
  mono_raw_ns: monoOf,
  phc_minus_raw_ns: (ms) => nsOf(ms) - monoOf(ms) + BigInt(noise(40)),
  reference_time_ns: nsOf,
  reference_id: () => 0x50484330,
  stratum: () => 1,
  phc_selected: () => 1,
  clock_error_bound_ns: () => 21_000 + noise(500),
  update_interval_ns: () => 1_000_000_000,
  read_delay_ns: () => 1500 + noise(100),
  readings_ok: () => 3,
  error_bound_ns: () => 14_000,
  error_bound_status: () => 2,
  wake_late_ns: () => 60_000 + noise(20_000),
  bracket_ns: () => 90 + noise(20),
  raw_bracket_ns: () => 1700 + noise(100),
  last_offset_ns: () => noise(40),
};

function columnValue(name: string, ms: number): number | bigint {
  const value = VALUES[name];
  if (value !== undefined) return value(ms);
  // phc: system clock - PHC; raw: system clock - raw clock. Both move by tens of nanoseconds.
  return name === 'offset_ns' ? noise(40) : 0;
}

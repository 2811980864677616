/** The agent's real spool and uplink on a memory disk and a fake clock, with kill and restart. */
import { Spool, Uplink } from '@ptp-tester/agent';
import type { RecordContent } from '@ptp-tester/measurement';
import { type FakeClock, MemoryDisk, makeBatch, plainCodec, randomHexDigits } from '@ptp-tester/testkit';
import type { LossyLink } from './lossy-link.ts';

const RUN = '20261120-231757-k3f9';
const INSTANCE = 'i-0123456789abcdef0';
const FACTS = {
  instance_id: INSTANCE,
  instance_type: 'm7i.large',
  availability_zone: 'a',
  region: 'r',
  architecture: 'x86_64',
  image_id: null,
  private_ip: null,
};
/** The number of a batch times this is its first sample's time. */
export const ID_NS = 1_000_000_000_000n;
export const BATCH_ROWS = 40;
const SECRET = '0'.repeat(64);

export interface ModelAgentOptions {
  readonly maxBytes: number;
  readonly random: () => number;
}

/** A sample or an event that was recorded, by a number that it carries. */
export interface Recorded {
  readonly id: number;
  readonly life: number;
  /** Known to be on the disk: it must not be lost any more. */
  isSafe: boolean;
}

export class ModelAgent {
  readonly #options: ModelAgentOptions;
  readonly #clock: FakeClock;
  readonly #link: LossyLink;
  readonly disk = new MemoryDisk();
  readonly recorded: Recorded[] = [];
  readonly rejected: string[] = [];
  readonly problems: unknown[] = [];
  #spool: Spool | null = null;
  #uplink: Uplink | null = null;
  #isEnrolled = false;
  #life = 0;

  constructor(options: ModelAgentOptions, parts: { readonly clock: FakeClock; readonly link: LossyLink }) {
    this.#options = options;
    this.#clock = parts.clock;
    this.#link = parts.link;
  }

  get spool(): Spool | null {
    return this.#spool;
  }

  /** A new process: a new epoch on what the disk has. */
  async start(): Promise<void> {
    this.#life += 1;
    const life = this.#life;
    const { random, maxBytes } = this.#options;
    const spool = new Spool(
      { run: RUN, instanceId: INSTANCE, epoch: randomHexDigits(random, 16), maxBytes },
      { disk: this.disk.open(), env: plainCodec, notice: () => undefined },
    );
    await spool.open();
    if (life !== this.#life) return;
    this.#spool = spool;
    this.#uplink = this.#makeUplink(spool);
    this.#uplink.start();
  }

  /** kill -9; the machine may lose what was not synced. */
  kill(keptPart: number): void {
    this.#life += 1;
    this.#uplink?.close();
    this.#uplink = null;
    this.#spool = null;
    this.disk.crash(keptPart);
  }

  record(kind: 'raw' | 'host' | 'event' | 'poison'): void {
    const id = this.recorded.length + 1;
    if (this.#spool === null) return;
    this.recorded.push({ id, life: this.#life, isSafe: false });
    this.#spool.append(contentOf(kind, id));
  }

  async flush(): Promise<void> {
    const spool = this.#spool;
    const life = this.#life;
    const before = this.recorded.length;
    if (spool === null) return;
    await spool.flush();
    if (life !== this.#life) return;
    if (spool.isFlushed) for (const one of this.recorded.slice(0, before)) if (one.life === life) one.isSafe = true;
    this.#uplink?.recordsWaiting();
  }

  #makeUplink(spool: Spool): Uplink {
    const identity = {
      run: RUN,
      instanceId: INSTANCE,
      secret: SECRET,
      isEnrolled: this.#isEnrolled,
      enrolment: { run: RUN, index: 1, attempt: 1, secret: SECRET, facts: FACTS },
    };
    return new Uplink(
      { identity, token: 'token', agentVersion: '0' },
      {
        connect: this.#link.connect,
        setTimer: this.#clock.setTimer,
        nowMs: this.#clock.nowMs,
        random: this.#options.random,
        spool,
        generation: () => 0,
        listener: {
          plan: () => undefined,
          lease: () => undefined,
          contact: () => undefined,
          rejected: ({ epoch, sequence }, record) => {
            this.rejected.push(`${epoch} ${sequence} ${record === null ? 'gone' : 'kept'}`);
          },
          enrolled: () => {
            this.#isEnrolled = true;
          },
          refused: () => undefined,
          disconnected: () => undefined,
          streaming: () => undefined,
          acked: () => undefined,
          ended: () => undefined,
          problem: (error) => this.problems.push(error),
        },
      },
    );
  }
}

function contentOf(kind: 'raw' | 'host' | 'event' | 'poison', id: number): RecordContent {
  const at = BigInt(id);
  if (kind === 'event' || kind === 'poison') {
    return { kind: 'event', event: 'clock_set', at, monoRawNs: at, detail: { id, poison: kind === 'poison' } };
  }
  // The times carry the number; the rows make it large.
  const startAt = at * ID_NS;
  return makeBatch(kind, { rows: BATCH_ROWS, seed: id, startAt, startMonoRawNs: startAt });
}

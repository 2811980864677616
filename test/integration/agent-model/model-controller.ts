/** The controller's ingest as a model: accepts by the product's own rules, commits when told, forgets the uncommitted at a restart. */
import { zstdCodec } from '@ptp-tester/testkit';
import { decodeFrame, encodeMessage, parseAgentMessage } from '@ptp-tester/wire';
import { acceptRecord } from '../../../controller/src/ingest/accept-record.ts';
import { inspectRecord, type SoundRecord } from '../../../controller/src/ingest/inspect-record.ts';
import type { ControllerEnd, LinkSide } from './lossy-link.ts';

/** What became of a sequence number, or of a range of them. */
export interface Taken {
  readonly epoch: string;
  readonly firstSequence: number;
  readonly sequence: number;
  readonly outcome: 'stored' | 'nacked';
  readonly content: SoundRecord['content'];
}

const PLAN = {
  generation: 1,
  phase: 'measure',
  sources: {},
  batch: { max_samples: 60, max_age_ms: 5000 },
  spool_max_bytes: 65_536,
} as const;

export class ModelController implements LinkSide {
  /** On the controller's disk. */
  readonly durable: Taken[] = [];
  readonly #durableThrough = new Map<string, number>();
  #uncommitted: Taken[] = [];
  /** With what is not committed yet. */
  #cursors = new Map<string, number>();
  #touched = new Set<string>();
  #send: ((text: string) => void) | null = null;

  accept(sendText: (text: string) => void): ControllerEnd {
    this.#send = sendText;
    const isCurrent = () => this.#send === sendText;
    return {
      text: (text) => {
        if (isCurrent()) this.#takeText(text);
      },
      frame: (frame) => {
        if (isCurrent()) this.#takeFrame(frame);
      },
    };
  }

  /** Everything of the epoch up to here is on the disk. */
  through(epoch: string): number {
    return this.#durableThrough.get(epoch) ?? 0;
  }

  /** One commit; nacks and acks go out after it. */
  commit(): void {
    for (const taken of this.#uncommitted) {
      this.durable.push(taken);
      this.#durableThrough.set(taken.epoch, taken.sequence);
      const { epoch, sequence } = taken;
      if (taken.outcome === 'nacked') {
        this.#send?.(encodeMessage({ type: 'nack', epoch, sequence, code: 'out_of_bounds', reason: 'poison' }));
      }
    }
    this.#uncommitted = [];
    for (const epoch of this.#touched)
      this.#send?.(encodeMessage({ type: 'ack', epoch, through: this.through(epoch) }));
    this.#touched = new Set();
  }

  /** kill -9 and a new process on the same disk. */
  restart(): void {
    this.#uncommitted = [];
    this.#cursors = new Map(this.#durableThrough);
    this.#touched = new Set();
    this.#send = null;
  }

  #takeText(text: string): void {
    const message = parseAgentMessage(text);
    if (message.type !== 'hello' && message.type !== 'enrol') return;
    const epochs = message.type === 'hello' ? message.epochs : [];
    const stored = epochs.map(({ epoch }) => ({ epoch, through: this.through(epoch) }));
    const instanceId = message.type === 'hello' ? message.instance_id : message.facts.instance_id;
    this.#send?.(encodeMessage({ type: 'enrolled', protocol: 1, run: message.run, instance_id: instanceId, stored }));
    if (message.type === 'enrol') return;
    this.#send?.(encodeMessage({ type: 'lease', orphan_s: 600, ends_in_s: 600 }));
    this.#send?.(encodeMessage({ type: 'plan', plan: PLAN }));
  }

  #takeFrame(frame: Uint8Array): void {
    for (const bytes of decodeFrame(frame)) {
      const record = inspectRecord(bytes, zstdCodec);
      if (record.state !== 'sound')
        throw new Error(`the agent sent a record that is ${record.state}: ${record.reason}`);
      const isPoison = record.content.kind === 'event' && record.content.detail['poison'] === true;
      const through = this.#cursors.get(record.epoch) ?? 0;
      const place = { firstSequence: record.firstSequence, sequence: record.sequence, sound: !isPoison };
      const acceptance = acceptRecord(through, place);
      if (acceptance === 'hole') {
        const refusal = { code: 'sequence_hole', reason: 'hole', retry: true } as const;
        this.#send?.(encodeMessage({ type: 'refuse', ...refusal }));
        this.#send = null;
        return;
      }
      this.#touched.add(record.epoch);
      if (acceptance === 'duplicate') continue;
      const outcome = acceptance === 'store' ? 'stored' : 'nacked';
      this.#uncommitted.push({ ...place, epoch: record.epoch, outcome, content: record.content });
      this.#cursors.set(record.epoch, record.sequence);
    }
  }
}

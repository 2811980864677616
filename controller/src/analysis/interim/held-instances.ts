/** What is held of a run's instances between judgements: as bytes in memory, and now and then in a file for the next start. */
import { deserialize, serialize } from 'node:v8';
import type { InstanceState, InstanceStates } from '../../store/instance-states.ts';
import { StoreError } from '../../store/store-error.ts';
import type { SavedInstance } from './follow-instance.ts';
import type { SavedInstances } from './judge-run.ts';

interface Held {
  readonly bytes: Uint8Array;
  /** When it was written to the file last, ms. */
  readonly writtenAt: number;
}

/** After a crash so much is read again; each instance takes some 45 kB, so writing more often would cost more than it saves. */
const WRITE_EVERY_MS = 3_600_000;
/** Bytes that are written together. */
const WRITE_AT_ONCE = 2 ** 21;
/** Where catching up takes long, what is done is written down. */
const WRITE_AFTER_MS = 10_000;

export class HeldInstances {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();

  /** `now`: milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** For one judgement, with the file open. */
  on(states: InstanceStates): SavedInstances & { flush(): void } {
    const now = this.#now;
    let waiting: InstanceState[] = [];
    let bytes = 0;
    let flushedAt = now();
    const flush = () => {
      if (waiting.length > 0) writeIfPossible(states, waiting);
      for (const { instanceId, bytes: written } of waiting) {
        this.#held.set(instanceId, { bytes: written, writtenAt: now() });
      }
      waiting = [];
      bytes = 0;
      flushedAt = now();
    };
    const load = (instanceId: string) => this.#load(instanceId, states);
    const keep = (instanceId: string, saved: SavedInstance) => {
      // A copy: the serializer's own buffer is up to twice as long.
      const state = { instanceId, bytes: new Uint8Array(serialize(saved)) };
      const writtenAt = this.#held.get(instanceId)?.writtenAt ?? 0;
      this.#held.set(instanceId, { bytes: state.bytes, writtenAt });
      if (now() - writtenAt < WRITE_EVERY_MS) return;
      waiting.push(state);
      bytes += state.bytes.length;
      if (bytes >= WRITE_AT_ONCE || now() - flushedAt >= WRITE_AFTER_MS) flush();
    };
    return { load, keep, flush };
  }

  #load(instanceId: string, states: InstanceStates): SavedInstance | null {
    const held = this.#held.get(instanceId);
    const bytes = held?.bytes ?? states.read(instanceId);
    if (bytes === null) return null;
    if (held === undefined) this.#held.set(instanceId, { bytes, writtenAt: this.#now() });
    return parsed(bytes);
  }
}

/** Where it cannot be written, on a full disk of which others tell, it is held in memory alone until the next hour: nobody goes without a judgement. */
function writeIfPossible(states: InstanceStates, waiting: readonly InstanceState[]): void {
  try {
    states.write(waiting);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

/** Null: written by a runtime that this one does not understand; it is made anew. */
function parsed(bytes: Uint8Array): SavedInstance | null {
  try {
    return deserialize(bytes) as SavedInstance;
  } catch {
    // What is wrong with it does not matter: it is a cache.
    return null;
  }
}

/** From samples and events to records in the spool: the open batches, and when they are written. */
import type { Batch, EventKind, JsonValue, StreamName } from '@ptp-tester/measurement';
import { Batcher, type BatchRules } from './batch.ts';
import type { SamplingOutput } from './sampling-loop.ts';
import type { NoticedEvent, Reading } from './source.ts';
import type { ClockPair } from './sources/clock-reader.ts';
import type { Spool } from './spool/spool.ts';
import { EventLimiter } from './watch/event-limiter.ts';

export interface RecorderDependencies {
  readonly spool: Pick<Spool, 'append' | 'flush' | 'isFlushed'>;
  readonly readPair: () => ClockPair;
  /** After a flush: the spool may have new records to send. */
  readonly flushed: () => void;
  /** Each event that is recorded. */
  readonly told: (noticed: NoticedEvent) => void;
}

export class Recorder implements SamplingOutput {
  readonly #deps: RecorderDependencies;
  readonly #batcher: Batcher;
  readonly #limiter = new EventLimiter();
  #hasNew = false;
  #flushing: Promise<void> | null = null;

  constructor(rules: BatchRules, dependencies: RecorderDependencies) {
    this.#deps = dependencies;
    this.#batcher = new Batcher(rules);
  }

  setRules(rules: BatchRules): void {
    this.#take(this.#batcher.setRules(rules));
  }

  sample(stream: StreamName, intervalNs: number, reading: Reading): void {
    this.#take(this.#batcher.addSample({ stream, intervalNs }, reading));
  }

  missed(stream: StreamName, ticks: number): void {
    this.#batcher.addMissed(stream, ticks);
  }

  event(noticed: NoticedEvent): void {
    this.record(noticed.event, noticed.detail);
  }

  /** An event that happened now. One too many of its kind is only counted. */
  record(event: EventKind, detail: { readonly [key: string]: JsonValue }): void {
    const now = this.#deps.readPair();
    const noticed = this.#limiter.take({ event, detail }, now.monoRawNs);
    if (noticed !== null) this.#append(noticed, now);
  }

  /** Tells what was left out and may be told now. */
  tellLeftOut(): void {
    const now = this.#deps.readPair();
    for (const noticed of this.#limiter.due(now.monoRawNs)) this.#append(noticed, now);
  }

  #append({ event, detail }: NoticedEvent, { at, monoRawNs }: ClockPair): void {
    this.#deps.spool.append({ kind: 'event', event, at, monoRawNs, detail });
    this.#deps.told({ event, detail });
    this.#hasNew = true;
  }

  served(monoRawNs: bigint): void {
    this.#take(this.#batcher.closeAged(monoRawNs));
    if (this.#hasNew) void this.flush();
  }

  wantsWakeAt(): bigint | null {
    return this.#batcher.deadlineMonoRawNs();
  }

  /** Ends the open batches; ticks missed since the last sample of each stream are returned, no batch tells them. */
  closeBatches(): Partial<Record<StreamName, number>> {
    this.#take(this.#batcher.closeAll());
    return this.#batcher.missedSinceLastSample();
  }

  /** Brings everything recorded so far to the disk. Calls that come while one is under way share the next one. */
  async flush(): Promise<void> {
    await this.#flushing;
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    this.#hasNew = false;
    await this.#deps.spool.flush();
    this.#deps.flushed();
  }

  #take(batches: readonly Batch[]): void {
    for (const batch of batches) this.#deps.spool.append(batch);
    if (batches.length > 0) this.#hasNew = true;
  }
}

/** The spool: records on the disk until the controller has them. It numbers the records, and a record is sent only after its sync. */
import type { EpochId, EventKind, JsonValue, RecordContent } from '@ptp-tester/measurement';
import { type CodecEnvironment, encodeRecord, readRecordHeader, WireError } from '@ptp-tester/wire';
import { bytesOf, type EpochLog, newEpochLog, segmentWith } from './epoch-log.ts';
import { makeRoom } from './make-room.ts';
import { PendingRecords } from './pending-records.ts';
import { mendSegment, recoverSpool, type SpoolRepair } from './recover.ts';
import { accountRecord, newSegment, type Segment, segmentBytes } from './segment.ts';
import { SegmentReader, type SpoolChunk } from './segment-reader.ts';
import { SequentialWork } from './sequential-work.ts';
import type { SpoolDisk } from './spool-disk.ts';
import { SpoolError } from './spool-error.ts';
import { removeAcked, writeLedger } from './spool-ledger.ts';
import { forgetOffers, readOffers, writeOffers } from './spool-offers.ts';

export interface SpoolOptions {
  readonly run: string;
  readonly instanceId: string;
  /** The epoch of this process. */
  readonly epoch: EpochId;
  readonly maxBytes: number;
}

export interface SpoolDependencies {
  readonly disk: SpoolDisk;
  readonly env: CodecEnvironment;
  /** What is worth an event. The receiver may append that event to this spool at once. */
  readonly notice: (event: EventKind, detail: { readonly [key: string]: JsonValue }) => void;
}

const LARGEST_SEGMENT_BYTES = 512 * 1024;
const SMALLEST_SEGMENT_BYTES = 4096;
/** At most this much waits in memory while the disk cannot be written. */
const PENDING_BYTES = 2 * 1024 * 1024;
const LARGEST_WINDOW_BYTES = 256 * 1024;
/** `hello` names at most 1000 epochs. */
const MOST_OLD_EPOCHS = 999;

export class Spool {
  readonly #options: SpoolOptions;
  readonly #deps: SpoolDependencies;
  readonly #pending = new PendingRecords(PENDING_BYTES);
  readonly #work = new SequentialWork();
  readonly #reader: SegmentReader;
  #logs: EpochLog[] = [];
  #own: EpochLog;
  #tail: Segment | null = null;
  /** A write failed: this segment's file may hold more than its account says, which must be cut before anything else. */
  #torn: Segment | null = null;
  #maxBytes: number;
  #isFull = false;
  #hasFailed = false;
  readonly #toldUnencodable = new Set<string>();

  constructor(options: SpoolOptions, dependencies: SpoolDependencies) {
    this.#options = options;
    this.#deps = dependencies;
    this.#maxBytes = options.maxBytes;
    this.#own = newEpochLog(options.epoch);
    this.#reader = new SegmentReader(dependencies);
  }

  /** Recovers what the folder holds and begins this process's epoch. Throws `SpoolError` when it belongs to another run. */
  async open(): Promise<readonly SpoolRepair[]> {
    const { disk, env } = this.#deps;
    const { ledger, logs, repairs } = await recoverSpool({ disk, env });
    if (ledger !== null && (ledger.run !== this.#options.run || ledger.instance_id !== this.#options.instanceId)) {
      throw new SpoolError('other_run', `the spool holds run ${ledger.run} of ${ledger.instance_id}`);
    }
    await readOffers(disk, logs);
    this.#logs = [...logs.slice(-MOST_OLD_EPOCHS), this.#own];
    try {
      await writeLedger(disk, this.#options, this.#logs);
      await writeOffers(disk, this.#logs);
    } catch (error) {
      this.#failed(error);
    }
    return repairs;
  }

  /** Takes a record; it is on the disk after the next `flush`. */
  append(content: RecordContent): void {
    this.#pending.add(content);
  }

  /** Writes and syncs everything appended so far, in one go. A failure is kept for the next flush and told by an event. */
  flush(): Promise<void> {
    return this.#work.run(async () => {
      if (this.#pending.isEmpty) return;
      const taken = this.#pending.take();
      try {
        await this.#write(taken);
        this.#hasFailed = false;
      } catch (error) {
        const hasNoRoom = error instanceof SpoolError && error.code === 'no_room';
        const kept = hasNoRoom ? taken.slice(Math.ceil(taken.length / 2)) : taken;
        for (const content of taken.slice(0, taken.length - kept.length)) this.#pending.lose(content, 'spool_full');
        this.#pending.putBack(kept);
        this.#failed(error);
      }
    });
  }

  /** The next records of the oldest epoch that has any beyond `sentThrough`; at least one record, then up to `maxBytes`. */
  next(sentThrough: ReadonlyMap<EpochId, number>, maxBytes: number): Promise<SpoolChunk | null> {
    return this.#work.run(async () => {
      for (const log of this.#logs) {
        const after = Math.max(log.acked, sentThrough.get(log.epoch) ?? 0);
        const segment = after < log.written ? segmentWith(log, after + 1) : undefined;
        if (segment === undefined) continue;
        await this.#offer(log, segment);
        return this.#read(log, segment, { after, maxBytes });
      }
      return null;
    });
  }

  /** One record by its identity, while the spool still has it. */
  record(epoch: EpochId, sequence: number): Promise<Uint8Array | null> {
    return this.#work.run(async () => {
      const log = this.#logs.find((candidate) => candidate.epoch === epoch);
      const segment = log === undefined ? undefined : segmentWith(log, sequence);
      if (segment === undefined) return null;
      const chunk = await this.#reader.read(segment, { after: sequence - 1, maxBytes: 1 });
      this.#reader.forget();
      return chunk.records[0] ?? null;
    });
  }

  /** The controller has everything of the epoch through this sequence. An unknown epoch is ignored: it was delivered long ago. */
  ack(epoch: EpochId, through: number): Promise<void> {
    return this.#work.run(async () => {
      const log = this.#logs.find((candidate) => candidate.epoch === epoch);
      if (log === undefined || through <= log.acked) return;
      log.acked = Math.min(through, log.written);
      try {
        await this.#removeAcked();
      } catch (error) {
        this.#failed(error);
      }
    });
  }

  /** What is unacknowledged of each epoch, oldest first, as `hello` says it; delivered old epochs are left out. */
  epochs(): { epoch: EpochId; first: number; next: number }[] {
    return this.#logs
      .filter((log) => log === this.#own || log.acked < log.written)
      .map((log) => ({ epoch: log.epoch, first: log.acked + 1, next: log.written + 1 }));
  }

  /** Sequence numbers on the disk that are not acknowledged. */
  get unackedRecords(): number {
    let records = 0;
    for (const log of this.#logs) records += log.written - log.acked;
    return records;
  }

  get bytes(): number {
    return bytesOf(this.#logs);
  }

  /** Whether everything that was appended is on the disk. */
  get isFlushed(): boolean {
    return this.#pending.isEmpty;
  }

  /** How much may be on its way unacknowledged: those records cannot be dropped when the spool is full. */
  get windowBytes(): number {
    return Math.min(LARGEST_WINDOW_BYTES, Math.floor(this.#maxBytes / 8));
  }

  setMaxBytes(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /** Writes the ledger a last time, removes what was delivered, and lets go of the folder. */
  close(): Promise<void> {
    return this.#work.run(async () => {
      await writeLedger(this.#deps.disk, this.#options, this.#logs);
      await this.#removeAcked(true);
      await this.#deps.disk.close();
    });
  }

  get #segmentBytes(): number {
    return Math.max(SMALLEST_SEGMENT_BYTES, Math.min(LARGEST_SEGMENT_BYTES, Math.floor(this.#maxBytes / 64)));
  }

  async #write(contents: readonly RecordContent[]): Promise<void> {
    const { disk } = this.#deps;
    await this.#cutTorn();
    const { records, unencodable } = this.#encode(contents);
    await this.#makeRoom(segmentBytes(records).length);
    if (records.length > 0) {
      const tail = this.#tailForWriting();
      this.#torn = tail;
      await disk.append(tail.name, segmentBytes(records));
      await disk.sync(tail.name);
      this.#torn = null;
      for (const record of records) accountRecord(tail, readRecordHeader(record), record.length);
      if (!this.#own.segments.includes(tail)) this.#own.segments.push(tail);
      this.#own.written = tail.last;
    }
    for (const content of unencodable) this.#pending.lose(content, 'not_spooled');
  }

  /** Encodes with the next sequence numbers. What cannot be encoded is a fault of its source: lost, but counted. */
  #encode(contents: readonly RecordContent[]): { records: Uint8Array[]; unencodable: RecordContent[] } {
    const records: Uint8Array[] = [];
    const unencodable: RecordContent[] = [];
    for (const content of contents) {
      const sequence = this.#own.written + records.length + 1;
      const numbered = content.kind === 'gap' ? { ...content, firstSequence: sequence } : content;
      try {
        records.push(encodeRecord({ epoch: this.#own.epoch, sequence }, numbered, this.#deps.env));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        unencodable.push(content);
        this.#tellOnce(content.kind === 'batch' ? content.stream : content.kind, error);
      }
    }
    return { records, unencodable };
  }

  #tellOnce(what: string, error: WireError): void {
    if (this.#toldUnencodable.has(what)) return;
    this.#toldUnencodable.add(what);
    this.#deps.notice('spool_failed', { problem: error.message.slice(0, 300), record: what });
  }

  /** Drops old records where the spool would exceed its size. Throws `no_room` when that is not enough. */
  async #makeRoom(bytes: number): Promise<void> {
    if (this.bytes + bytes <= this.#maxBytes) {
      if (this.bytes < this.#maxBytes * 0.75) this.#isFull = false;
      return;
    }
    await this.#removeAcked(true);
    const excess = this.bytes + bytes - this.#maxBytes;
    if (excess <= 0) return;
    const needed = {
      bytes: excess + Math.floor(this.#maxBytes / 16),
      segmentBytes: this.#segmentBytes,
      tail: this.#tail,
    };
    const made = await makeRoom(this.#logs, needed, this.#deps);
    this.#reader.forget();
    if (!this.#isFull) {
      const { droppedSamples, droppedEvents } = made;
      const dropped = { dropped_samples: droppedSamples, dropped_events: droppedEvents };
      this.#deps.notice('spool_full', { max_bytes: this.#maxBytes, ...dropped });
    }
    this.#isFull = true;
    if (this.bytes + bytes > this.#maxBytes) throw new SpoolError('no_room', 'nothing more can be dropped');
  }

  #tailForWriting(): Segment {
    const isOffered = this.#tail !== null && this.#tail.first <= this.#own.offeredFrom;
    // While the spool is full, what was not offered yet is kept apart from what was, so that it can be dropped.
    const rolls = this.#tail !== null && (this.#tail.bytes >= this.#segmentBytes || (this.#isFull && isOffered));
    if (this.#tail === null || rolls) this.#tail = newSegment(this.#own.epoch, this.#own.written + 1);
    return this.#tail;
  }

  async #cutTorn(): Promise<void> {
    const torn = this.#torn;
    if (torn === null) return;
    const names = await this.#deps.disk.list();
    if (names.includes(torn.name)) await this.#deps.disk.truncate(torn.name, torn.bytes);
    this.#torn = null;
  }

  /** Before the first record of a segment is sent, the disk says so: see `EpochLog.offeredFrom`. */
  async #offer(log: EpochLog, segment: Segment): Promise<void> {
    if (segment.first <= log.offeredFrom) return;
    log.offeredFrom = segment.first;
    try {
      await writeOffers(this.#deps.disk, this.#logs);
    } catch (error) {
      // On a full disk sending is what frees it, so it goes on without the mark.
      this.#failed(error);
      await forgetOffers(this.#deps.disk).catch((second: unknown) => this.#failed(second));
    }
  }

  /** Reads; what turns out to be damaged is mended and read again. */
  async #read(log: EpochLog, segment: Segment, wanted: { after: number; maxBytes: number }): Promise<SpoolChunk> {
    try {
      return await this.#reader.read(segment, wanted);
    } catch (error) {
      if (!(error instanceof SpoolError)) throw error;
      const repairs = await mendSegment(log, segment, this.#deps);
      if (segment === this.#tail) this.#tail = null;
      for (const repair of repairs) this.#deps.notice('spool_repaired', { ...repair });
      this.#reader.forget();
      return this.#reader.read(segmentWith(log, wanted.after + 1) ?? segment, wanted);
    }
  }

  async #removeAcked(withTail = false): Promise<void> {
    if (withTail && this.#tail !== null && this.#tail.last <= this.#own.acked) this.#tail = null;
    await removeAcked({ disk: this.#deps.disk, identity: this.#options, logs: this.#logs, keep: this.#tail });
  }

  #failed(error: unknown): void {
    if (!this.#hasFailed) {
      this.#deps.notice('spool_failed', {
        problem: (error instanceof Error ? error.message : String(error)).slice(0, 300),
      });
    }
    this.#hasFailed = true;
  }
}

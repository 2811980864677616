/** Decides and stores: frames in, one commit for each group, answers out once it is on disk. Runs in the ingest worker. */

import { instantToMs, type RecordContent } from '@ptp-tester/measurement';
import { type CodecEnvironment, decodeFrame, encodeMessage, type Nack, type Refuse, WireError } from '@ptp-tester/wire';
import type { LiveTracker } from '../live/live-tracker.ts';
import type { RunId } from '../runs/run.ts';
import type { StoredNack, StoreWrite } from '../store/sample-store.ts';
import { StoreError } from '../store/store-error.ts';
import { summarizeBatch } from '../store/summarize-batch.ts';
import { acceptRecord } from './accept-record.ts';
import { BrokenRecords } from './broken-records.ts';
import type { EpochCursors } from './epoch-cursors.ts';
import { type InspectedRecord, inspectRecord, type SoundRecord } from './inspect-record.ts';
import type { RunStores } from './run-stores.ts';
import type {
  ConnectionAnswer,
  ConnectionId,
  ConnectionNotOpened,
  ConnectionOpened,
  FramesArrived,
  GroupCommitted,
  NoticedEvent,
  OpenConnection,
} from './worker-messages.ts';

interface Connection {
  readonly id: ConnectionId;
  readonly run: RunId;
  readonly instanceId: string;
  readonly cursors: EpochCursors;
  readonly epochs: OpenConnection['epochs'];
  lastEpoch: string | null;
  /** Refused: whatever still arrives from it is dropped. */
  refused: boolean;
}

/** What a group has come to so far. */
interface Group {
  readonly receivedAt: bigint;
  readonly writes: Map<RunId, StoreWrite[]>;
  readonly answers: Map<ConnectionId, AnswerDraft>;
  readonly events: NoticedEvent[];
  /** What was accepted, for the live figures: told only once it is on disk. */
  readonly accepted: { readonly connection: Connection; readonly content: RecordContent }[];
}

interface KnownStore {
  readonly cursors: EpochCursors;
  readonly nacks: readonly Nack[];
}

interface AnswerDraft {
  readonly connection: Connection;
  readonly nacks: string[];
  readonly touchedEpochs: Set<string>;
  samples: number;
  records: number;
  refuse: Refuse | null;
}

export interface IngestEngineDependencies {
  readonly stores: RunStores;
  readonly codec: CodecEnvironment;
  /** Follows what is stored. */
  readonly live: LiveTracker;
}

export class IngestEngine {
  readonly #stores: RunStores;
  readonly #codec: CodecEnvironment;
  readonly #live: LiveTracker;
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #broken = new BrokenRecords();

  constructor(dependencies: IngestEngineDependencies) {
    this.#stores = dependencies.stores;
    this.#codec = dependencies.codec;
    this.#live = dependencies.live;
  }

  /** Says what is stored of the epochs that hello named. What the agent no longer has is skipped, so that it can go on. */
  async open(message: OpenConnection): Promise<ConnectionOpened | ConnectionNotOpened> {
    const { connection: id, run, instanceId, epochs } = message;
    const known = this.#openStore(message);
    if (known instanceof StoreError) return { kind: 'not_opened', connection: id, run, reason: known.message };
    const { cursors, nacks } = known;
    const skipped = await this.#skipWhatIsGone(message, cursors);
    this.#connections.set(id, { id, run, instanceId, cursors, epochs, lastEpoch: null, refused: false });
    const stored = epochs.map(({ epoch }) => ({ epoch, through: cursors.through(instanceId, epoch) }));
    const events = [...skipped, ...nacks.map((nack) => nackEvent(run, instanceId, nack))];
    return { kind: 'opened', connection: id, stored, nacks: nacks.map(encodeMessage), events };
  }

  /** The cursors, and the nacks of what the agent still has: their answer may have been lost. */
  #openStore({ run, instanceId, epochs }: OpenConnection): KnownStore | StoreError {
    try {
      const cursors = this.#stores.cursors(run);
      const nacks = epochs.flatMap((held) =>
        this.#stores.nacks(run, instanceId, held).map((nack) => nackOf(held.epoch, nack)),
      );
      return { cursors, nacks };
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  }

  async #skipWhatIsGone(message: OpenConnection, cursors: EpochCursors): Promise<NoticedEvent[]> {
    const { run, instanceId, epochs, receivedAt } = message;
    const events: NoticedEvent[] = [];
    const skips: StoreWrite[] = [];
    for (const { epoch, first } of epochs) {
      const through = cursors.through(instanceId, epoch);
      if (first <= through + 1) continue;
      const sequence = first - 1;
      skips.push({ kind: 'skip', instanceId, epoch, firstSequence: through + 1, sequence, receivedAt });
      cursors.advance(instanceId, epoch, sequence);
      events.push({ run, instanceId, event: 'data_gap', detail: { epoch, from: through + 1, to: sequence } });
    }
    if (skips.length > 0) await this.#stores.commit(run, skips);
    return events;
  }

  close(connection: ConnectionId): void {
    this.#connections.delete(connection);
  }

  /** Closes the database of a run. */
  forget(run: RunId): void {
    for (const connection of this.#connections.values()) {
      if (connection.run === run) this.#connections.delete(connection.id);
    }
    this.#stores.forget(run);
    this.#live.forget(run);
  }

  /** Takes a group of frames, stores what is new in one transaction for each run, then answers. */
  async take(message: FramesArrived): Promise<GroupCommitted> {
    const { buffer, usedBytes, receivedAt } = message;
    const group: Group = { receivedAt, writes: new Map(), answers: new Map(), events: [], accepted: [] };
    const view = new DataView(buffer);
    for (let at = 0; at < usedBytes; ) {
      const length = view.getUint32(at + 4, true);
      const connection = this.#connections.get(view.getUint32(at, true));
      const frame = new Uint8Array(buffer, at + 8, length);
      if (connection !== undefined && !connection.refused) this.#takeFrame(group, connection, frame);
      at += 8 + length;
    }
    for (const [run, writes] of group.writes) await this.#stores.commit(run, writes);
    const receivedAtMs = instantToMs(receivedAt);
    for (const { connection, content } of group.accepted) this.#live.take(connection, content, receivedAtMs);
    const answers = [...group.answers.values()].map(finishAnswer);
    return { kind: 'committed', buffer, answers, events: group.events };
  }

  #takeFrame(group: Group, connection: Connection, frame: Uint8Array): void {
    let records: readonly Uint8Array[];
    try {
      records = decodeFrame(frame);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#takeBroken(group, connection, { epoch: null, reason: error.message });
      return;
    }
    for (const bytes of records) {
      this.#takeRecord(group, connection, bytes);
      if (connection.refused) return;
    }
  }

  #takeRecord(group: Group, connection: Connection, bytes: Uint8Array): void {
    const record = inspectRecord(bytes, this.#codec);
    if (record.state === 'broken') {
      this.#takeBroken(group, connection, record);
      return;
    }
    const { epoch, firstSequence, sequence, state } = record;
    const through = connection.cursors.through(connection.instanceId, epoch);
    const acceptance = acceptRecord(through, { firstSequence, sequence, sound: state === 'sound' });
    if (acceptance === 'hole') {
      const reason = `record ${firstSequence} of epoch ${epoch} came where ${through + 1} was expected`;
      refuse(this.#answer(group, connection), { code: 'sequence_hole', reason });
      return;
    }
    this.#answer(group, connection).touchedEpochs.add(epoch);
    if (acceptance === 'duplicate') return;
    this.#noticeRestart(group, connection, epoch);
    if (state === 'sound') this.#store(group, connection, { record, bytes });
    else this.#nack(group, connection, record);
  }

  #store(group: Group, connection: Connection, { record, bytes }: { record: SoundRecord; bytes: Uint8Array }): void {
    const { instanceId } = connection;
    const { epoch, sequence, content } = record;
    const base = { instanceId, epoch, sequence, receivedAt: group.receivedAt, bytes };
    const answer = this.#answer(group, connection);
    answer.records += 1;
    group.accepted.push({ connection, content });
    if (content.kind === 'batch') {
      answer.samples += content.rows;
      this.#write(group, connection, { ...base, kind: 'batch', summary: summarizeBatch(instanceId, content) });
    } else if (content.kind === 'event') {
      this.#write(group, connection, { ...base, kind: 'event', content });
    } else {
      this.#write(group, connection, { ...base, kind: 'gap', content });
    }
  }

  #nack(group: Group, connection: Connection, record: InspectedRecord & { readonly state: 'unsound' }): void {
    const { run, instanceId } = connection;
    const { epoch, sequence, code } = record;
    const reason = record.reason.slice(0, 256);
    const receivedAt = group.receivedAt;
    this.#write(group, connection, { kind: 'nack', instanceId, epoch, sequence, receivedAt, code, reason });
    const nack: Nack = { type: 'nack', epoch, sequence, code, reason };
    this.#answer(group, connection).nacks.push(encodeMessage(nack));
    group.events.push(nackEvent(run, instanceId, nack));
  }

  /** The connection ends; the third time in a row that the same record was due, that record is nacked. */
  #takeBroken(group: Group, connection: Connection, broken: { epoch: string | null; reason: string }): void {
    const { instanceId } = connection;
    const epoch = this.#dueEpoch(connection, broken.epoch);
    if (epoch !== null) {
      const sequence = connection.cursors.through(instanceId, epoch) + 1;
      if (this.#broken.isThird(instanceId, epoch, sequence)) {
        const reason = `arrived broken three times: ${broken.reason}`;
        const code = 'broken_three_times';
        this.#nack(group, connection, { state: 'unsound', epoch, firstSequence: sequence, sequence, code, reason });
        this.#answer(group, connection).touchedEpochs.add(epoch);
      }
    }
    refuse(this.#answer(group, connection), { code: 'broken_frame', reason: broken.reason });
  }

  /** The epoch whose next record was due: the one the damaged head names if there is such an epoch, else the oldest unfinished one. */
  #dueEpoch(connection: Connection, named: string | null): string | null {
    const { cursors, instanceId, epochs } = connection;
    if (named !== null && (cursors.has(instanceId, named) || epochs.some(({ epoch }) => epoch === named))) return named;
    const unfinished = epochs.find(({ epoch, next }) => cursors.through(instanceId, epoch) + 1 < next);
    return unfinished?.epoch ?? connection.lastEpoch ?? epochs.at(-1)?.epoch ?? null;
  }

  #noticeRestart(group: Group, connection: Connection, epoch: string): void {
    const { cursors, run, instanceId } = connection;
    if (!cursors.has(instanceId, epoch) && cursors.epochCount(instanceId) > 0) {
      group.events.push({ run, instanceId, event: 'agent_restarted', detail: { epoch } });
    }
  }

  #write(group: Group, connection: Connection, write: StoreWrite): void {
    const writes = group.writes.get(connection.run);
    if (writes === undefined) group.writes.set(connection.run, [write]);
    else writes.push(write);
    connection.cursors.advance(write.instanceId, write.epoch, write.sequence);
    connection.lastEpoch = write.epoch;
  }

  #answer(group: Group, connection: Connection): AnswerDraft {
    const known = group.answers.get(connection.id);
    if (known !== undefined) return known;
    const draft = { connection, nacks: [], touchedEpochs: new Set<string>(), samples: 0, records: 0, refuse: null };
    group.answers.set(connection.id, draft);
    return draft;
  }
}

/** What the store has written of a nack, as it was said first. */
function nackOf(epoch: string, { sequence, code, reason }: StoredNack): Nack {
  return { type: 'nack', epoch, sequence, code: code as Nack['code'], reason };
}

function nackEvent(run: RunId, instanceId: string, { epoch, sequence, code, reason }: Nack): NoticedEvent {
  return { run, instanceId, event: 'record_nacked', detail: { epoch, sequence, code, reason } };
}

function refuse(answer: AnswerDraft, { code, reason }: { code: Refuse['code']; reason: string }): void {
  answer.refuse = { type: 'refuse', code, reason: reason.slice(0, 256), retry: true };
  answer.connection.refused = true;
}

function finishAnswer({ connection, nacks, touchedEpochs, samples, records, refuse }: AnswerDraft): ConnectionAnswer {
  const texts = [...nacks];
  for (const epoch of touchedEpochs) {
    texts.push(
      encodeMessage({ type: 'ack', epoch, through: connection.cursors.through(connection.instanceId, epoch) }),
    );
  }
  return { connection: connection.id, texts, samples, records, refuse };
}

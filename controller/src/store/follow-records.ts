/** Reads what each agent's life has sent since somebody looked last, record by record, beside the writer. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { RecordContent } from '@ptp-tester/measurement';
import { decodeRecord, reuseColumns } from '@ptp-tester/wire';
import { NODE_CODEC } from './node-codec-environment.ts';
import { openForReading } from './sample-database.ts';
import { StoreError, storeErrorFrom } from './store-error.ts';

/** One life of an agent and how far it is stored. */
export interface FollowedEpoch {
  readonly id: number;
  readonly instanceId: string;
  readonly epoch: string;
  readonly bootId: string | null;
  /** Everything up to and including this sequence is stored. */
  readonly through: number;
}

/** A record in passing: the columns of a batch are valid until the next one is asked for. */
export interface FollowedRecord {
  readonly sequence: number;
  readonly content: RecordContent;
}

export interface SequencesAfter {
  readonly epoch: FollowedEpoch;
  /** Exclusive; up to the epoch's `through`. */
  readonly after: number;
}

export interface RecordFollower {
  /** Of all instances, in the order of first arrival. */
  epochs(): readonly FollowedEpoch[];
  records(range: SequencesAfter): IterableIterator<FollowedRecord>;
  /** Sequences that were refused, ascending. */
  nacks(range: SequencesAfter): readonly number[];
  close(): void;
}

/** Records read in one statement: about 64 KiB. */
const AT_ONCE = 256;

/** Throws `StoreError`: `not_found` where nothing has been stored yet. */
export function openRecordFollower(path: string): RecordFollower {
  const database = openForReading(path);
  try {
    return new SqliteRecordFollower(database);
  } catch (error) {
    database.close();
    throw storeErrorFrom(error);
  }
}

class SqliteRecordFollower implements RecordFollower {
  readonly #database: DatabaseSync;
  readonly #records: StatementSync;
  readonly #nacks: StatementSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const range = 'WHERE epoch = ? AND sequence > ? AND sequence <= ? ORDER BY sequence';
    this.#records = database.prepare(`SELECT sequence, bytes FROM records ${range} LIMIT ${AT_ONCE}`);
    this.#records.setReturnArrays(true);
    this.#nacks = database.prepare(`SELECT sequence FROM nacks ${range}`);
  }

  epochs(): readonly FollowedEpoch[] {
    const rows = this.#database.prepare('SELECT id, instance, epoch, boot_id, through FROM epochs ORDER BY id').all();
    return rows.map((row) => ({
      id: Number(row['id']),
      instanceId: String(row['instance']),
      epoch: String(row['epoch']),
      bootId: row['boot_id'] === null ? null : String(row['boot_id']),
      through: Number(row['through']),
    }));
  }

  *records({ epoch, after }: SequencesAfter): IterableIterator<FollowedRecord> {
    const columns = reuseColumns();
    let last = after;
    for (;;) {
      // Rows as arrays, as `setReturnArrays` has it; the declaration knows objects only.
      const rows = this.#records.all(epoch.id, last, epoch.through) as unknown as readonly [number, Uint8Array][];
      for (const [sequence, bytes] of rows) {
        yield { sequence, content: contentOf(bytes, columns) };
        last = sequence;
      }
      if (rows.length < AT_ONCE) return;
    }
  }

  nacks({ epoch, after }: SequencesAfter): readonly number[] {
    return this.#nacks.all(epoch.id, after, epoch.through).map((row) => Number(row['sequence']));
  }

  close(): void {
    this.#database.close();
  }
}

function contentOf(bytes: Uint8Array, columns: ReturnType<typeof reuseColumns>): RecordContent {
  try {
    return decodeRecord(bytes, NODE_CODEC, columns).content;
  } catch (cause) {
    throw new StoreError('damaged', 'a stored record cannot be decoded', { cause });
  }
}

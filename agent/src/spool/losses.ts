/** What a gap record tells about dropped records (pure): one loss for each series and reason, with its first and last lost sample. */
import {
  AT_COLUMN,
  type Batch,
  type ColumnValues,
  type GapRecord,
  type Loss,
  type LossReason,
  MONO_COLUMN,
  type RecordContent,
  STREAM_NAMES,
} from '@ptp-tester/measurement';
import { LIMITS } from '@ptp-tester/wire';

const MOST_EXACT_LOSSES = LIMITS.losses - 3 * STREAM_NAMES.length;

/** Collects dropped records into the content of one gap. */
export class LossTally {
  readonly #losses = new Map<string, Loss>();
  #lostEvents = 0;

  get isEmpty(): boolean {
    return this.#losses.size === 0 && this.#lostEvents === 0;
  }

  /** Samples counted so far. */
  get samples(): number {
    let samples = 0;
    for (const loss of this.#losses.values()) samples += loss.samples;
    return samples;
  }

  get events(): number {
    return this.#lostEvents;
  }

  /** Counts a record that is dropped for `reason`. A gap that is dropped keeps the reasons it had. */
  drop(content: RecordContent, reason: LossReason): void {
    switch (content.kind) {
      case 'batch':
        this.#add(lossOfBatch(content, reason));
        break;
      case 'event':
        this.#lostEvents += 1;
        break;
      case 'gap':
        for (const loss of content.losses) this.#add(loss);
        this.#lostEvents += content.lostEvents;
        break;
    }
  }

  gap(firstSequence: number): GapRecord {
    return { kind: 'gap', firstSequence, lostEvents: this.#lostEvents, losses: [...this.#losses.values()] };
  }

  #add(loss: Loss): void {
    const exact = `${loss.reason} ${loss.stream} ${loss.key}`;
    // A gap record has room for so many series; the rest are told together, by stream.
    const isKnown = this.#losses.has(exact) || this.#losses.size < MOST_EXACT_LOSSES;
    const told = isKnown ? loss : { ...loss, key: '' };
    const id = isKnown ? exact : `${loss.reason} ${loss.stream} `;
    const known = this.#losses.get(id);
    this.#losses.set(id, known === undefined ? told : mergeLosses(known, told));
  }
}

function mergeLosses(earlier: Loss, later: Loss): Loss {
  const laterFirst = later.fromMonoRawNs < earlier.fromMonoRawNs;
  const first = laterFirst ? later : earlier;
  const last = later.toMonoRawNs > earlier.toMonoRawNs ? later : earlier;
  return {
    ...earlier,
    samples: earlier.samples + later.samples,
    fromAt: first.fromAt,
    fromMonoRawNs: first.fromMonoRawNs,
    toAt: last.toAt,
    toMonoRawNs: last.toMonoRawNs,
  };
}

function lossOfBatch(batch: Batch, reason: LossReason): Loss {
  const at = batch.columns[AT_COLUMN];
  const monoRaw = batch.columns[MONO_COLUMN];
  return {
    stream: batch.stream,
    key: batch.key,
    samples: batch.rows,
    fromAt: valueAt(at, 0),
    toAt: valueAt(at, batch.rows - 1),
    fromMonoRawNs: valueAt(monoRaw, 0),
    toMonoRawNs: valueAt(monoRaw, batch.rows - 1),
    reason,
  };
}

function valueAt(column: ColumnValues | undefined, row: number): bigint {
  return BigInt(column?.[row] ?? 0);
}

/** Drops the records of one importance and leaves gap records in their place (pure). Gaps that touch become one. */
import type { EpochId, RecordContent } from '@ptp-tester/measurement';
import {
  type CodecEnvironment,
  decodeRecord,
  encodeRecord,
  type RecordHeader,
  readRecordHeader,
} from '@ptp-tester/wire';
import { LossTally } from './losses.ts';
import { importanceOf } from './segment.ts';

export interface ThinnedRecords {
  readonly records: readonly Uint8Array[];
  readonly droppedSamples: number;
  readonly droppedEvents: number;
}

/**
 * `importance`: which records go; null = none, only gaps that touch are joined. The event `epoch_started` always stays: without
 * it nothing else of the epoch can be understood.
 */
export function thinRecords(
  records: readonly Uint8Array[],
  importance: number | null,
  env: CodecEnvironment,
): ThinnedRecords {
  const joiner = new GapJoiner(env);
  const dropped = new LossTally();
  for (const record of records) {
    const header = readRecordHeader(record);
    const goes = header.kind === 'gap' || importanceOf(header) === importance;
    const content = goes ? decodeRecord(record, env).content : null;
    if (content === null || (content.kind === 'event' && content.event === 'epoch_started')) {
      joiner.keep(record);
      continue;
    }
    joiner.drop(header, content);
    if (content.kind !== 'gap') dropped.drop(content, 'spool_full');
  }
  return { records: joiner.finish(), droppedSamples: dropped.samples, droppedEvents: dropped.events };
}

interface OpenGap {
  readonly epoch: EpochId;
  readonly tally: LossTally;
  readonly first: number;
  last: number;
}

/** Puts kept records and gaps in a row; what is dropped in sequence becomes one gap. */
class GapJoiner {
  readonly #env: CodecEnvironment;
  readonly #records: Uint8Array[] = [];
  #gap: OpenGap | null = null;

  constructor(env: CodecEnvironment) {
    this.#env = env;
  }

  keep(record: Uint8Array): void {
    this.#endGap();
    this.#records.push(record);
  }

  drop(header: RecordHeader, content: RecordContent): void {
    this.#gap ??= { epoch: header.epoch, tally: new LossTally(), first: header.firstSequence, last: header.sequence };
    this.#gap.tally.drop(content, 'spool_full');
    this.#gap.last = header.sequence;
  }

  finish(): readonly Uint8Array[] {
    this.#endGap();
    return this.#records;
  }

  #endGap(): void {
    if (this.#gap === null) return;
    const { epoch, tally, first, last } = this.#gap;
    this.#records.push(encodeRecord({ epoch, sequence: last }, tally.gap(first), this.#env));
    this.#gap = null;
  }
}

/** Gap records for sequences whose records cannot be read any more: what was in them is not known. */
export function unreadableGaps(
  lost: { readonly epoch: EpochId; readonly first: number; readonly last: number },
  env: CodecEnvironment,
): Uint8Array[] {
  const { epoch, first, last } = lost;
  const gap = (from: number, to: number) =>
    encodeRecord({ epoch, sequence: to }, { kind: 'gap', firstSequence: from, lostEvents: 0, losses: [] }, env);
  // One gap for each record, so that none straddles what the controller may have stored of them; a large hole is one gap.
  if (last - first >= MOST_SINGLE_GAPS) return [gap(first, last)];
  return Array.from({ length: last - first + 1 }, (_, index) => gap(first + index, first + index));
}

const MOST_SINGLE_GAPS = 256;

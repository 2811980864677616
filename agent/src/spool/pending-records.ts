/** Records that are not on the disk yet: bounded, and what does not fit is counted (pure). */
import type { LossReason, RecordContent } from '@ptp-tester/measurement';
import { LossTally } from './losses.ts';

/** About what a record takes in memory. */
const EVENT_BYTES = 512;
const BYTES_PER_VALUE = 8;

export class PendingRecords {
  readonly #maxBytes: number;
  #contents: RecordContent[] = [];
  #bytes = 0;
  #lost = new LossTally();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#contents.length === 0 && this.#lost.isEmpty;
  }

  /** Adds a record; the oldest ones are given up when there are too many. */
  add(content: RecordContent): void {
    this.#contents.push(content);
    this.#bytes += sizeOf(content);
    while (this.#bytes > this.#maxBytes && this.#contents.length > 1) {
      const oldest = this.#contents.shift();
      if (oldest === undefined) return;
      this.#bytes -= sizeOf(oldest);
      this.lose(oldest, 'not_spooled');
    }
  }

  /** Counts a record that cannot be kept. */
  lose(content: RecordContent, reason: LossReason): void {
    this.#lost.drop(content, reason);
  }

  /** Takes everything out, oldest first; what was lost comes before the rest as one gap. The caller puts it back if it fails. */
  take(): RecordContent[] {
    const taken = this.#lost.isEmpty ? this.#contents : [this.#lost.gap(0), ...this.#contents];
    this.#contents = [];
    this.#bytes = 0;
    this.#lost = new LossTally();
    return taken;
  }

  /** Puts back what `take` gave, in front of what came since. */
  putBack(taken: readonly RecordContent[]): void {
    const newer = this.#contents;
    this.#contents = [];
    this.#bytes = 0;
    for (const content of [...taken, ...newer]) {
      if (content.kind === 'gap') this.lose(content, 'not_spooled');
      else this.add(content);
    }
  }
}

function sizeOf(content: RecordContent): number {
  return content.kind === 'batch' ? content.rows * content.columns.length * BYTES_PER_VALUE : EVENT_BYTES;
}

/** What was sent on this connection and is not acknowledged (pure): bounds the memory on both sides and measures the round trip. */
import type { EpochId } from '@ptp-tester/measurement';

interface SentFrame {
  readonly epoch: EpochId;
  readonly last: number;
  readonly bytes: number;
  readonly sentAtMs: number;
}

export class InFlight {
  readonly #frames: SentFrame[] = [];
  readonly #sentThrough = new Map<EpochId, number>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** The last sequence sent of each epoch on this connection. */
  get sentThrough(): ReadonlyMap<EpochId, number> {
    return this.#sentThrough;
  }

  /** When the oldest frame that waits for its ack was sent; null when none waits. */
  get oldestSentAtMs(): number | null {
    return this.#frames[0]?.sentAtMs ?? null;
  }

  sent(frame: SentFrame): void {
    this.#frames.push(frame);
    this.#bytes += frame.bytes;
    this.#sentThrough.set(frame.epoch, frame.last);
  }

  /** Takes the frames that the ack covers; how long the newest of them took, ms, or null when it covers none. */
  acked(epoch: EpochId, through: number, nowMs: number): number | null {
    let roundTripMs: number | null = null;
    for (let index = 0; index < this.#frames.length; ) {
      const frame = this.#frames[index];
      if (frame === undefined || frame.epoch !== epoch || frame.last > through) {
        index += 1;
        continue;
      }
      this.#frames.splice(index, 1);
      this.#bytes -= frame.bytes;
      roundTripMs = nowMs - frame.sentAtMs;
    }
    return roundTripMs;
  }
}

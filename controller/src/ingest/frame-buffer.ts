/** Collects frames of many connections in one buffer, which then moves to the worker without a copy. */
import type { ConnectionId } from './worker-messages.ts';

const HEAD_BYTES = 8;

export class FrameBuffer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #usedBytes = 0;
  /** When it began to be filled, on the clock of `performance.now()`. */
  readonly openedAtMs: number;

  constructor(buffer: ArrayBuffer, openedAtMs: number) {
    this.openedAtMs = openedAtMs;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  /** What a frame takes in a buffer. */
  static bytesFor(frame: Uint8Array): number {
    return frame.length + HEAD_BYTES;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get buffer(): ArrayBuffer {
    return this.#bytes.buffer;
  }

  /** Copies a frame in; false when there is no room for it. */
  add(connection: ConnectionId, frame: Uint8Array): boolean {
    const at = this.#usedBytes;
    if (at + HEAD_BYTES + frame.length > this.#bytes.length) return false;
    this.#view.setUint32(at, connection, true);
    this.#view.setUint32(at + 4, frame.length, true);
    this.#bytes.set(frame, at + HEAD_BYTES);
    this.#usedBytes = at + HEAD_BYTES + frame.length;
    return true;
  }
}

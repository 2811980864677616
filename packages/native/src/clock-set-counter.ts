/** Counts how often the system clock was set (stepped), by a timer that the kernel cancels then (TFD_TIMER_CANCEL_ON_SET). */
import { closeSync } from 'node:fs';
import type { NativeClocks } from './native-clocks.ts';

export class ClockSetCounter {
  readonly #native: NativeClocks;
  #fd: number | undefined;
  #count = 0;

  constructor(native: NativeClocks) {
    this.#native = native;
  }

  /** Begins to watch. Returns 0 or the errno. */
  open(): number {
    const fd = this.#native.openClockSetWatch();
    if (fd < 0) return -fd;
    this.close();
    this.#fd = fd;
    return 0;
  }

  /**
   * How often the clock was found set since `open`, asking the kernel once. Several sets between two calls count as one: the
   * kernel remembers only that it happened.
   */
  read(): number {
    if (this.#fd !== undefined && this.#native.readClockSetWatch(this.#fd) === 1) this.#count += 1;
    return this.#count;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

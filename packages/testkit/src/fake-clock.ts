/** Time under test control: clocks that stand still until they are advanced, and the timers that then fire, in order. */

interface FakeTimer {
  readonly atNs: bigint;
  readonly order: number;
  readonly callback: () => void;
}

export interface FakeClockOptions {
  /** CLOCK_REALTIME at the start, ns since 1970. */
  readonly realtimeNs?: bigint;
  /** CLOCK_MONOTONIC_RAW at the start, ns since boot. */
  readonly monoRawNs?: bigint;
}

export class FakeClock {
  #realtimeNs: bigint;
  #monoRawNs: bigint;
  #order = 0;
  readonly #timers = new Set<FakeTimer>();

  constructor(options: FakeClockOptions = {}) {
    this.#realtimeNs = options.realtimeNs ?? 1_700_000_000_000_000_000n;
    this.#monoRawNs = options.monoRawNs ?? 1_000_000_000n;
  }

  /** Both clocks as the agent's sources read them. */
  readonly readTriple = () => ({
    rawBeforeNs: this.#monoRawNs,
    realtimeNs: this.#realtimeNs,
    rawAfterNs: this.#monoRawNs,
  });

  get monoRawNs(): bigint {
    return this.#monoRawNs;
  }

  /** Monotonic milliseconds. */
  readonly nowMs = () => Number(this.#monoRawNs) / 1e6;

  readonly setTimer = (delayMs: number, callback: () => void) => {
    this.#order += 1;
    const atNs = this.#monoRawNs + BigInt(Math.round(Math.max(0, delayMs) * 1e6));
    const timer: FakeTimer = { atNs, order: this.#order, callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  };

  /** When the next timer is due, ms from now; null when none is set. */
  get nextTimerMs(): number | null {
    const next = this.#next();
    return next === null ? null : Math.max(0, Number(next.atNs - this.#monoRawNs) / 1e6);
  }

  /** Moves both clocks on and fires every timer on the way at its time, also those that are set meanwhile. */
  advanceMs(milliseconds: number): void {
    const until = this.#monoRawNs + BigInt(Math.round(milliseconds * 1e6));
    for (let next = this.#next(); next !== null && next.atNs <= until; next = this.#next()) {
      this.#timers.delete(next);
      if (next.atNs > this.#monoRawNs) this.#move(next.atNs);
      next.callback();
    }
    this.#move(until);
  }

  /** Sets the system clock, as a step does; the monotonic clock does not notice. */
  stepRealtime(ns: bigint): void {
    this.#realtimeNs += ns;
  }

  #move(monoRawNs: bigint): void {
    this.#realtimeNs += monoRawNs - this.#monoRawNs;
    this.#monoRawNs = monoRawNs;
  }

  #next(): FakeTimer | null {
    let next: FakeTimer | null = null;
    for (const timer of this.#timers) {
      if (next === null || timer.atNs < next.atNs || (timer.atNs === next.atNs && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

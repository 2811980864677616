/**
 * The controller's clock, and when it jumped: because somebody set it, or because the machine slept. Time-outs that were begun before are
 * worth nothing then (pure but for the clocks passed in). Corrections without a step move all three clocks alike, and are none. A clock that
 * was wrong from the start is corrected by what it was off, until somebody sets it right: that moves nothing.
 */

export interface ClockJump {
  /** By how much the clock was set, ms; positive: ahead. 0: not at all. */
  readonly steppedMs: number;
  /** How long the machine slept. */
  readonly sleptMs: number;
}

export interface ClockJumpsDependencies {
  /** The system clock, ms since 1970. */
  readonly wallMs: () => number;
  /** CLOCK_MONOTONIC, which stands while the machine sleeps. */
  readonly awakeMs: () => number;
  /** CLOCK_BOOTTIME, which does not. Asked only when the first two disagree. */
  readonly bootMs: () => number;
}

/** Below this a time-out is only a little off. */
const LEAST_MS = 10_000;

export class ClockJumps {
  readonly #clocks: ClockJumpsDependencies;
  readonly #listeners = new Set<(jump: ClockJump) => void>();
  #wallAheadMs: number;
  #bootAheadMs: number;
  #aheadMs = 0;
  #offByMs = 0;

  constructor(clocks: ClockJumpsDependencies) {
    this.#clocks = clocks;
    this.#wallAheadMs = clocks.wallMs() - clocks.awakeMs();
    this.#bootAheadMs = clocks.bootMs() - clocks.awakeMs();
  }

  /** How far ahead the clock was set since the beginning, all steps ahead together, ms. */
  get aheadMs(): number {
    return this.#aheadMs;
  }

  /** Called at the first look after a jump, before the caller of `now` gets its answer. */
  onJump(listener: (jump: ClockJump) => void): void {
    this.#listeners.add(listener);
  }

  /** The system clock is ahead by so much (negative: behind), ms. That it was set before this is no jump. */
  correct(offByMs: number): void {
    const { wallMs, awakeMs, bootMs } = this.#clocks;
    this.#wallAheadMs = wallMs() - awakeMs();
    this.#bootAheadMs = bootMs() - awakeMs();
    this.#offByMs = offByMs;
  }

  /** The system clock, corrected, ms since 1970. Whoever asks sees to it that a jump is noticed. */
  now(): number {
    const wallMs = this.#clocks.wallMs();
    const wallAheadMs = wallMs - this.#clocks.awakeMs();
    const jumpedMs = wallAheadMs - this.#wallAheadMs;
    this.#wallAheadMs = wallAheadMs;
    if (Math.abs(jumpedMs) >= LEAST_MS) this.#jumped(jumpedMs);
    return wallMs - this.#offByMs;
  }

  #jumped(jumpedMs: number): void {
    const bootAheadMs = this.#clocks.bootMs() - this.#clocks.awakeMs();
    const sleptMs = bootAheadMs - this.#bootAheadMs;
    this.#bootAheadMs = bootAheadMs;
    const wasSet = Math.abs(jumpedMs - sleptMs) >= LEAST_MS;
    const steppedMs = wasSet ? this.#stepped(Math.round(jumpedMs - sleptMs)) : 0;
    this.#aheadMs += Math.max(0, steppedMs);
    const jump = { steppedMs, sleptMs: sleptMs < LEAST_MS ? 0 : Math.round(sleptMs) };
    for (const listener of this.#listeners) listener(jump);
  }

  /** By how much the corrected clock was set: not at all, while it is known how wrong the system clock is. */
  #stepped(byMs: number): number {
    if (this.#offByMs === 0) return byMs;
    const offByMs = this.#offByMs + byMs;
    this.#offByMs = Math.abs(offByMs) < LEAST_MS ? 0 : offByMs;
    return 0;
  }
}

/**
 * Bounds how many wrong tokens are answered as such. It counts all wrong tokens together, from wherever they come: addresses are cheap to
 * change and are shared by the innocent. The right token is never counted and never held up (pure but for the clock that is passed in).
 */

/** Wrong tokens in a row before the limit holds. */
const BURST = 20;
/** One more wrong token is answered as such this often. */
const REFILL_MS = 3_000;

export interface Failure {
  /** Whole seconds until a wrong token is answered as such again; null: below the limit. */
  readonly retryAfterS: number | null;
  /** The limit is reached with this one: to be said once. */
  readonly reached: boolean;
}

export class FailureLimit {
  readonly #now: () => number;
  #left = BURST;
  #refilledAt: number;
  #isReached = false;

  /** `now`: milliseconds since any instant. */
  constructor(dependencies: { readonly now: () => number }) {
    this.#now = dependencies.now;
    this.#refilledAt = this.#now();
  }

  /** Another wrong token. */
  fail(): Failure {
    this.#refill();
    if (this.#left >= 1) {
      this.#left -= 1;
      return { retryAfterS: null, reached: false };
    }
    const reached = !this.#isReached;
    this.#isReached = true;
    return { retryAfterS: Math.ceil(REFILL_MS / 1000), reached };
  }

  #refill(): void {
    const now = this.#now();
    this.#left = Math.min(BURST, this.#left + Math.max(0, now - this.#refilledAt) / REFILL_MS);
    this.#refilledAt = now;
    if (this.#left >= BURST / 2) this.#isReached = false;
  }
}

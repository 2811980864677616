/** How many samples a second come in, over the last 10 to 20 s of the controller's clock (pure). */

const WINDOW_MS = 10_000;
/** Further back than any record waits in a queue: the clock was set back. */
const SET_BACK_MS = 60_000;

export class ReceivingRate {
  #startedAtMs: number | null = null;
  #windowAtMs = 0;
  #before = 0;
  #now = 0;

  add(samples: number, atMs: number): void {
    this.#startedAtMs ??= atMs;
    if (this.#windowAtMs === 0) this.#windowAtMs = atMs;
    this.#roll(atMs);
    this.#now += samples;
  }

  perSecond(atMs: number): number {
    if (this.#startedAtMs === null) return 0;
    this.#roll(atMs);
    const sinceWindowMs = Math.max(0, atMs - this.#windowAtMs);
    // Before there is a whole window, one second at least: the first batch says nothing of a rate.
    const spanMs = Math.min(WINDOW_MS + sinceWindowMs, Math.max(1000, atMs - this.#startedAtMs));
    return ((this.#before + this.#now) * 1000) / spanMs;
  }

  #roll(atMs: number): void {
    if (atMs < this.#windowAtMs - SET_BACK_MS) this.#beginAnew(atMs);
    const passed = Math.floor((atMs - this.#windowAtMs) / WINDOW_MS);
    if (passed < 1) return;
    this.#before = passed === 1 ? this.#now : 0;
    this.#now = 0;
    this.#windowAtMs += passed * WINDOW_MS;
  }

  #beginAnew(atMs: number): void {
    this.#startedAtMs = atMs;
    this.#windowAtMs = atMs;
    this.#before = 0;
    this.#now = 0;
  }
}

/** When a state is worth another JSON line: as soon as something happens, otherwise now and then; figures alone change all the time. */

export interface ShownState {
  /** All that the line says, but for the time. */
  readonly state: object;
  /** The part of it that is told at once. */
  readonly happened: unknown;
  /** ms since 1970. */
  readonly now: number;
}

/** For two hundred instances a line is 150 kB. */
const FIGURES_EVERY_MS = 10_000;

export class LinePace {
  #state = '';
  #happened = '';
  #saidAt = Number.NEGATIVE_INFINITY;

  /** Whether to write it now; the same is never written twice. */
  isDue({ state, happened, now }: ShownState): boolean {
    const [text, key] = [JSON.stringify(state), JSON.stringify(happened)];
    const isSoon = key === this.#happened && now - this.#saidAt < FIGURES_EVERY_MS;
    if (text === this.#state || isSoon) return false;
    this.#state = text;
    this.#happened = key;
    this.#saidAt = now;
    return true;
  }
}

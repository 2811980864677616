/** Reproducible random numbers for fixtures and simulations; not for statistics that depend on their quality. */

/** Numbers in [0, 1): xorshift32 (Marsaglia 2003). */
export function seededRandom(seed: number): () => number {
  let state = seed === 0 ? 0x9e3779b9 : seed >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** As many random hex digits. */
export function randomHexDigits(random: () => number, digits: number): string {
  return Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
}

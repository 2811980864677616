/** Measures round after round until what they say together is precise enough: sequential, bounded, and with its level kept. Pure. */
import type { Block } from './truth-estimates.ts';

/** The truth lies within a stated uncertainty with this probability, however many rounds it took. */
export const STATED_LEVEL = 0.999;
/** What is not precise after so many is given back as it is. */
const MOST_ROUNDS = 4;
/** Whoever may look that often, each time at what could end it, has this left for each look (Bonferroni). */
const LEVEL_OF_A_LOOK = 1 - (1 - STATED_LEVEL) / MOST_ROUNDS;

export interface SequentialDesign<T> {
  readonly measureRound: () => Block[] | Promise<Block[]>;
  /** Of all blocks so far, at this level. */
  readonly estimate: (blocks: readonly Block[], level: number) => T;
  readonly isPrecise: (estimate: T) => boolean;
}

export async function untilPrecise<T>({ measureRound, estimate, isPrecise }: SequentialDesign<T>): Promise<T> {
  const blocks = await measureRound();
  let rounds = 1;
  let so = estimate(blocks, LEVEL_OF_A_LOOK);
  while (!isPrecise(so) && rounds < MOST_ROUNDS) {
    blocks.push(...(await measureRound()));
    rounds += 1;
    so = estimate(blocks, LEVEL_OF_A_LOOK);
  }
  return so;
}

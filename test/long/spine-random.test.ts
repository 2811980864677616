/** Random faults on the whole spine, twenty seeds. A failure names its seed and what was done. */
import { expect, it } from 'vitest';
import { surviveRandomFaults } from '../spine/random-faults.ts';
import { startSpine } from '../spine/spine-harness.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => 101 + index);

it.for(SEEDS)('delivers everything exactly once whatever fails, seed %i', async (seed, { onTestFinished }) => {
  const done = await surviveRandomFaults(await startSpine(onTestFinished), seed);
  expect(done.length).toBeGreaterThan(0);
});

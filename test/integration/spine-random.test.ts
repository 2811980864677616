/** Random faults, two seeds; twenty more are in test/long. */
import { expect, it } from 'vitest';
import { surviveRandomFaults } from '../spine/random-faults.ts';
import { startSpine } from '../spine/spine-harness.ts';

it.concurrent.for([1, 2])(
  'delivers everything exactly once whatever fails, seed %i',
  async (seed, { onTestFinished }) => {
    const done = await surviveRandomFaults(await startSpine(onTestFinished), seed);
    expect(done.length).toBeGreaterThan(0);
  },
);

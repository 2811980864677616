import { expect, it } from 'vitest';
import { madeSpec } from './made-run.fixture.ts';
import { seedOfRun, withSeed } from './simulated-seed.ts';

const FIRST = '20261121-084500-aaaa';
const SECOND = '20261121-084500-aaab';
const simulated = {
  seed: 1,
  offset_ns: 120,
  frequency_ppb: 0,
  white_noise_ns: 30,
  random_walk_ns: 5,
  read_delay_ns: 1500,
  faults: [],
};
const spec = madeSpec({ sources: { phc: { interval_ms: 250, readings: 3, mode: 'simulated', simulated } } });
const seedIn = (of: typeof spec) => of.sources.phc?.simulated?.seed;

it('two runs have different seeds, and one run always the same', () => {
  expect(seedOfRun(FIRST)).toBe(seedOfRun(FIRST));
  expect(seedOfRun(FIRST)).not.toBe(seedOfRun(SECOND));
  expect(seedIn(withSeed({ ...spec, seedFromRun: true }, FIRST))).toBe(seedOfRun(FIRST));
  expect(withSeed({ ...spec, seedFromRun: true }, FIRST)).not.toHaveProperty('seedFromRun');
});

it('a seed that was given stays, and a real clock has none', () => {
  expect(seedIn(withSeed(spec, FIRST))).toBe(1);
  expect(withSeed({ ...madeSpec(), seedFromRun: true }, FIRST)).toEqual(madeSpec());
});

/** The seed of the simulated PHC where none is given (pure): another in every run, and the same whenever that run is looked at. */
import type { RunId, RunSpec } from './run.ts';

/** FNV-1a, 32 bits: ids that differ in one character give seeds that have nothing in common. */
export function seedOfRun(id: RunId): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(id)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** What is asked for, with its seed made of the run's id where that was left open. */
export function withSeed(spec: RunSpec, id: RunId): RunSpec {
  const { seedFromRun, ...rest } = spec;
  const { phc } = spec.sources;
  if (seedFromRun !== true || phc?.simulated === undefined) return rest;
  const simulated = { ...phc.simulated, seed: seedOfRun(id) };
  return { ...rest, sources: { ...spec.sources, phc: { ...phc, simulated } } };
}

/** A random walk whose value at any time is a pure function of the seed: Brownian motion by Lévy's midpoint construction. */
import { type PhiloxKey, philox, toNormal } from './philox.ts';

const NS_PER_S = 1e9;
/** The walk is defined up to 2^25 s (388 days) and stays at its end after that. */
const HORIZON_LEVEL = 25;
/** Steps of 2^-5 s; a straight line between them. */
const FINEST_LEVEL = -5;

/** Value of the walk at `elapsedNs` for a standard deviation of 1 after one second; it starts at 0 and grows with the square root of time. */
export function randomWalkAt(key: PhiloxKey, elapsedNs: number): number {
  const horizonS = 2 ** HORIZON_LEVEL;
  const timeS = Math.min(Math.max(elapsedNs / NS_PER_S, 0), horizonS);
  let start = 0;
  let left = 0;
  let right = Math.sqrt(horizonS) * normalAt(key, HORIZON_LEVEL, 0);
  for (let level = HORIZON_LEVEL; level > FINEST_LEVEL; level--) {
    const half = 2 ** (level - 1);
    // Given both ends, the middle of an interval of length L is normal around their mean with variance L / 4.
    const middle = (left + right) / 2 + (Math.sqrt(2 * half) / 2) * normalAt(key, level - 1, (start + half) / half);
    if (timeS >= start + half) {
      start += half;
      left = middle;
    } else {
      right = middle;
    }
  }
  return left + (right - left) * Math.min(1, (timeS - start) / 2 ** FINEST_LEVEL);
}

function normalAt(key: PhiloxKey, level: number, index: number): number {
  const [first, second] = philox(key, [index, level - FINEST_LEVEL, 0, 0]);
  return toNormal(first, second);
}

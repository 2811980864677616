/** The frequency data sets of NBS Special Publication 559 and NIST SP1065 section 12 (pp. 107-108), which published answers exist for. */

/** Nine frequencies, tau0 = 1. */
export const NBS14_FREQUENCIES: readonly number[] = [892, 809, 823, 798, 671, 644, 883, 903, 677];

/** 1000 frequencies: n' = 16807 n mod (2^31 - 1) from 1234567890, f = n / (2^31 - 1). */
export function nbs14Sequence(): Float64Array {
  const values = new Float64Array(1000);
  let n = 1_234_567_890;
  for (let i = 0; i < 1000; i += 1) {
    values[i] = n / 2_147_483_647;
    n = (16_807 * n) % 2_147_483_647;
  }
  return values;
}

/** Time error of frequencies from 0 on; the mean frequency taken away gives Stable32's PHASE.DAT for the 1000-point sequence. */
export function phaseOf(frequencies: ArrayLike<number>, removed: 'mean' | 'nothing'): Float64Array {
  const list = Array.from(frequencies);
  const mean = removed === 'mean' ? list.reduce((sum, f) => sum + f, 0) / list.length : 0;
  const phase = new Float64Array(list.length + 1);
  list.forEach((f, i) => {
    phase[i + 1] = (phase[i] as number) + f - mean;
  });
  return phase;
}

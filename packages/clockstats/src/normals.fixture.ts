/** Nearly normal numbers of deviation 1 (sums of twelve uniform ones), the same in each run. */
export function normals(seed: number): () => number {
  let state = seed;
  return () => {
    let sum = 0;
    for (let k = 0; k < 12; k += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      sum += state / 2 ** 32 - 0.5;
    }
    return sum;
  };
}

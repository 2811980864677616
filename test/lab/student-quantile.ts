/** Quantiles of Student's t for whole degrees of freedom, by the exact sums of Abramowitz and Stegun 26.7.3 and 26.7.4. Pure. */

const HALVINGS = 80;

/** How far from its middle Student's t stays with this probability, to both sides: 4.587 for 10 degrees of freedom and 0.999. */
export function studentHalfWidth(level: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (probabilityWithin(high, freedom) < level) high *= 2;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (probabilityWithin(middle, freedom) < level) low = middle;
    else high = middle;
  }
  return high;
}

/** Probability that |t| is at most `reach`. */
function probabilityWithin(reach: number, freedom: number): number {
  const angle = Math.atan(reach / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = isOdd && freedom === 1 ? 0 : term;
  for (let power = isOdd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power;
    sum += term;
  }
  return isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/** Numbers on axes: one unit for a whole linear axis, each label in its own unit on a logarithmic one. */

const STEPS = [
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'us'],
] as const;

export interface AxisUnit {
  /** Divides a value in ns into this unit. */
  readonly divisor: number;
  readonly name: string;
}

/** The unit that suits the largest value of an axis in ns. */
export function axisUnit(largestAbsNs: number): AxisUnit {
  const step = STEPS.find(([size]) => largestAbsNs >= size);
  return step === undefined ? { divisor: 1, name: 'ns' } : { divisor: step[0], name: step[1] };
}

/** `250 ns`, `1 us`: each in the unit that suits it. */
export function nsText(value: number): string {
  const { divisor, name } = axisUnit(Math.abs(value));
  return `${plain(value / divisor)} ${name}`;
}

/** Seconds of tau: `0.25 s`, `100 s`, `1e+4 s` beyond that. */
export function tauText(seconds: number): string {
  return seconds >= 10_000 ? `${seconds.toExponential(0).replace('e+', 'e')} s` : `${plain(seconds)} s`;
}

/** Without the noise of binary fractions, 4 digits. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Colours of the heat strip on a logarithmic scale (pure): from dark blue to yellow, which colour-blind readers can order too. */

/** Anchors of viridis, which grows evenly in lightness. */
const ANCHORS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

export interface HeatScale {
  /** log10 of the ends. */
  readonly low: number;
  readonly high: number;
}

/** Whole decades around what there is; at least one. */
export function heatScale(values: Iterable<number | null>): HeatScale {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || value <= 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return { low: 1, high: 2 };
  const floor = Math.floor(Math.log10(low));
  return { low: floor, high: Math.max(floor + 1, Math.ceil(Math.log10(high))) };
}

/** Red, green, blue of a value; 0 has the colour of the least. */
export function heatColour(value: number, { low, high }: HeatScale): readonly [number, number, number] {
  const place = value <= 0 ? 0 : (Math.log10(value) - low) / (high - low);
  const position = Math.min(1, Math.max(0, place)) * (ANCHORS.length - 1);
  const index = Math.min(ANCHORS.length - 2, Math.floor(position));
  const share = position - index;
  const from = ANCHORS[index] ?? ANCHORS[0];
  const to = ANCHORS[index + 1] ?? from;
  const mix = (channel: 0 | 1 | 2) => Math.round(from[channel] + (to[channel] - from[channel]) * share);
  return [mix(0), mix(1), mix(2)];
}

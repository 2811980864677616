/** Zooming and moving along time (pure). */
import type { TimeSpan } from '../../../src/charts/chart-frame.ts';

/** A span of less shows one sample at most. */
const SHORTEST_MS = 250;

/** Keeps the middle; `factor` below 1 shows less. */
export function zoomed({ fromMs, toMs }: TimeSpan, factor: number): TimeSpan {
  const half = Math.max(SHORTEST_MS, (toMs - fromMs) * factor) / 2;
  const middle = (fromMs + toMs) / 2;
  return { fromMs: middle - half, toMs: middle + half };
}

/** By a share of its length; positive = later. */
export function moved({ fromMs, toMs }: TimeSpan, share: number): TimeSpan {
  const by = (toMs - fromMs) * share;
  return { fromMs: fromMs + by, toMs: toMs + by };
}

/** From two places on the axis, in any order; null when they are too close to mean a span. */
export function chosenSpan(a: number, b: number): TimeSpan | null {
  const fromMs = Math.min(a, b);
  const toMs = Math.max(a, b);
  return toMs - fromMs < SHORTEST_MS ? null : { fromMs, toMs };
}

/** A minute, or a tenth of what is shown, around a moment. */
export function around(atMs: number, { fromMs, toMs }: TimeSpan): TimeSpan {
  const half = Math.max(30_000, (toMs - fromMs) / 20);
  return { fromMs: atMs - half, toMs: atMs + half };
}

/** How far the system clock can be from true time at most, as chronyd and the device say. Pure. */
import { isSynchronised, type Tracking } from './tracking.ts';

/**
 * |system time| + root dispersion + root delay / 2, plus the PHC's own bound when the reference is the PHC and the bound is known:
 * chrony takes a reference clock for perfect, so the device's own error is not in its figures (ClockBound PROTOCOL.md and README).
 * In ns, rounded up; NaN while chronyd is not synchronised.
 */
export function clockErrorBoundNs(tracking: Tracking, phcErrorBoundNs: number | null): number {
  if (!isSynchronised(tracking)) return Number.NaN;
  const seconds = Math.abs(tracking.currentCorrection) + tracking.rootDispersion + tracking.rootDelay / 2;
  return Math.ceil(seconds * 1e9) + (phcErrorBoundNs ?? 0);
}

/** How far the system clock can be from true time at most, as chronyd and the device say. Pure. */
import { isSynchronised, type Tracking } from './tracking.ts';

export interface PhcReference {
  /** Whether the reference that chronyd follows is the PHC. */
  readonly selected: boolean;
  /** What the device says of its own error, ns; null when unknown. */
  readonly errorBoundNs: number | null;
}

/**
 * |system time| + root dispersion + root delay / 2, and where the reference is the PHC its own bound: chrony takes a reference clock
 * for perfect, so the device's error is not in its figures. A PHC that says nothing of its error leaves the sum without a bound
 * (ClockBound fails its whole snapshot then: PROTOCOL.md, chronyd_snapshot_poller.rs).
 *
 * It holds at the moment of the report: chronyd has let the dispersion grow until then, by `maxclockerror` and its own skew. Later it
 * grows on by `maxclockerror`, which is a guarantee only where somebody set it to what the hardware keeps. In ns, rounded up; NaN
 * while chronyd is not synchronised, or where the PHC's bound is not known.
 */
export function clockErrorBoundNs(tracking: Tracking, phc: PhcReference): number {
  if (!isSynchronised(tracking)) return Number.NaN;
  const seconds = Math.abs(tracking.currentCorrection) + tracking.rootDispersion + tracking.rootDelay / 2;
  return Math.ceil(seconds * 1e9) + (phc.selected ? (phc.errorBoundNs ?? Number.NaN) : 0);
}

/** From a burst to one sample: the reading with the smallest delay wins, the others say how much they spread. Pure. */
import { type Nanoseconds, nanoseconds } from '@ptp-tester/measurement';
import {
  type CrossTimestamp,
  isTorn,
  offsetNs,
  rawBracketNs,
  rawMidpointNs,
  readDelayNs,
  systemMidpointNs,
} from './cross-timestamp.ts';
import type { PhcBurst } from './phc-clock.ts';

/** What the `phc` stream stores of a burst; the names are those of its columns. */
export interface OffsetEstimate {
  /** System clock at the winning reading, ns since 1970 UTC. */
  readonly at: bigint;
  /** CLOCK_MONOTONIC_RAW at the winning reading, ns since boot. */
  readonly monoRawNs: bigint;
  /** System clock - PHC; positive = system clock ahead. */
  readonly offsetNs: Nanoseconds;
  readonly readDelayNs: Nanoseconds;
  /** Largest minus smallest offset within the burst. */
  readonly burstSpreadNs: Nanoseconds;
  /** PHC - CLOCK_MONOTONIC_RAW, absolute. */
  readonly phcMinusRawNs: bigint;
  readonly rawBracketNs: Nanoseconds;
  readonly readingsOk: number;
  /** Failed readings, and those that a step of the system clock tore. */
  readonly readingsFailed: number;
  /** What the device said of the winning reading, ns; null: nothing. Absent where the method cannot tell. */
  readonly errorBoundNs?: number | null;
}

/**
 * - `no_reading`: every reading failed; the burst's errno says why
 * - `offset_too_large`: the clocks are more than 104 days apart (2^53 ns): the PHC was never set, or is not a clock of day
 */
export type NoEstimate = 'no_reading' | 'offset_too_large';

export type EstimateResult =
  | { readonly ok: true; readonly estimate: OffsetEstimate }
  | { readonly ok: false; readonly reason: NoEstimate };

/** The sample of a burst. The smallest-delay rule is that of linuxptp's sysoff.c: the least delayed reading was disturbed least. */
export function estimateOffset(burst: PhcBurst): EstimateResult {
  const usable = burst.readings.filter((reading) => !isTorn(reading));
  const best = smallestDelay(usable);
  if (best === undefined) return { ok: false, reason: 'no_reading' };
  const offsets = usable.map(offsetNs);
  if (!offsets.every(Number.isSafeInteger)) return { ok: false, reason: 'offset_too_large' };
  const monoRawNs = rawMidpointNs(best);
  const torn = burst.readings.length - usable.length;
  return {
    ok: true,
    estimate: {
      at: systemMidpointNs(best),
      monoRawNs,
      offsetNs: offsetNs(best),
      readDelayNs: readDelayNs(best),
      burstSpreadNs: nanoseconds(Math.max(...offsets) - Math.min(...offsets)),
      phcMinusRawNs: best.phcNs - monoRawNs,
      rawBracketNs: rawBracketNs(best),
      readingsOk: usable.length,
      readingsFailed: burst.failed + torn,
      ...(best.errorBoundNs === undefined ? {} : { errorBoundNs: best.errorBoundNs }),
    },
  };
}

function smallestDelay(readings: readonly CrossTimestamp[]): CrossTimestamp | undefined {
  let best: CrossTimestamp | undefined;
  for (const reading of readings) {
    if (best === undefined || readDelayNs(reading) < readDelayNs(best)) best = reading;
  }
  return best;
}

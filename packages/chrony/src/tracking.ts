/** chronyd's tracking report, in chrony's own names, units and signs (candm.h RPY_Tracking; chronyc(1) "tracking"). Pure. */
import { readAddress, refidText } from './address.ts';
import { malformed } from './chrony-error.ts';
import { decodeReply, readFloat, readTimespecNs } from './command-packet.ts';

/** 0 normal, 1 insert second, 2 delete second, 3 not synchronised. */
export type LeapStatus = 0 | 1 | 2 | 3;
export const NOT_SYNCHRONISED: LeapStatus = 3;

/** Seconds and ppm, chrony's signs. Only `to-sample.ts` turns them. */
export interface Tracking {
  /** 32 bits; 0 = no reference. */
  readonly refid: number;
  /** Address of the reference, or the text of its ID for a reference clock (`PHC0`), or '' for none. */
  readonly name: string;
  readonly stratum: number;
  readonly leapStatus: LeapStatus;
  /** When the last measurement of the reference was processed, ns since 1970 UTC; 0 = never. */
  readonly refTimeNs: bigint;
  /** "System time": what chronyd is still to add to the system clock. Positive = system clock slow (behind). */
  readonly currentCorrection: number;
  /** "Last offset": positive = the system clock was ahead at the last update. */
  readonly lastOffset: number;
  readonly rmsOffset: number;
  /** "Frequency": positive = the system clock runs fast if it is not corrected. */
  readonly freqPpm: number;
  /** "Residual freq": positive = the measurements show the clock to be faster than the frequency in use says. */
  readonly residFreqPpm: number;
  readonly skewPpm: number;
  readonly rootDelay: number;
  readonly rootDispersion: number;
  readonly lastUpdateInterval: number;
}

/** Decodes a reply; throws ChronyError (`status`, `malformed`). */
export function decodeTracking(bytes: Uint8Array): Tracking {
  const view = decodeReply('tracking', bytes);
  const refid = view.getUint32(0);
  return {
    refid,
    name: readAddress(view, 4) ?? refidText(refid),
    stratum: view.getUint16(24),
    leapStatus: parseLeap(view.getUint16(26)),
    refTimeNs: readTimespecNs(view, 28),
    currentCorrection: readFloat(view, 40),
    lastOffset: readFloat(view, 44),
    rmsOffset: readFloat(view, 48),
    freqPpm: readFloat(view, 52),
    residFreqPpm: readFloat(view, 56),
    skewPpm: readFloat(view, 60),
    rootDelay: readFloat(view, 64),
    rootDispersion: readFloat(view, 68),
    lastUpdateInterval: readFloat(view, 72),
  };
}

function parseLeap(value: number): LeapStatus {
  if (value === 0 || value === 1 || value === 2 || value === 3) return value;
  throw malformed(`leap status ${value}`);
}

/** Whether chronyd follows a reference at all. */
export function isSynchronised(tracking: Tracking): boolean {
  return tracking.leapStatus !== NOT_SYNCHRONISED && tracking.refid !== 0;
}

/** Until the second update chronyd reports an interval of 0 (reference.c); then this one, the polling of Amazon's NTP source, counts. */
const FIRST_UPDATE_INTERVAL_S = 16;
/** Refclocks are not polled more often; the first updates after a start come closer together than those that follow. */
const SHORTEST_INTERVAL_S = 1;

/**
 * ClockBound's rule: without an update for eight update intervals the clock is free running, whatever the leap status says
 * (clock-bound-d, chronyd_snapshot_poller). `nowNs` is the system clock, ns since 1970 UTC.
 */
export function isFreeRunning(tracking: Tracking, nowNs: bigint): boolean {
  if (!isSynchronised(tracking)) return true;
  const { lastUpdateInterval: last } = tracking;
  const intervalS = last === 0 ? FIRST_UPDATE_INTERVAL_S : Math.max(last, SHORTEST_INTERVAL_S);
  return Number(nowNs - tracking.refTimeNs) > 8 * intervalS * 1e9;
}

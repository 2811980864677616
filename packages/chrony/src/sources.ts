/** One of chronyd's sources, in chrony's own names, units and signs (candm.h RPY_Source_Data; chronyc(1) "sources"). Pure. */
import { readAddress, refidText } from './address.ts';
import { malformed } from './chrony-error.ts';
import { decodeReply, readFloat } from './command-packet.ts';

/** 0 selected `*`, 1 not selectable `?`, 2 falseticker `x`, 3 jittery `~`, 4 combined `+`, 5 selectable `-`. */
export type SourceState = 0 | 1 | 2 | 3 | 4 | 5;
export const SOURCE_SELECTED: SourceState = 0;
/** 0 client `^`, 1 peer `=`, 2 reference clock `#`. */
export type SourceMode = 0 | 1 | 2;
export const MODE_REFERENCE_CLOCK: SourceMode = 2;
/** `sinceSample` of a source that never answered. */
export const NEVER_SAMPLED = 0xffffffff;

/** Seconds, chrony's signs. */
export interface SourceData {
  /** Address, or the text of the reference ID for a reference clock. */
  readonly name: string;
  readonly state: SourceState;
  readonly mode: SourceMode;
  readonly stratum: number;
  /** log2 seconds. */
  readonly poll: number;
  /** The last eight polls, one bit each. */
  readonly reachability: number;
  /** Seconds; NEVER_SAMPLED when there was none. */
  readonly sinceSample: number;
  /** The last sample, adjusted for slews since. Positive = system clock ahead of the source. */
  readonly latestMeas: number;
  /** The last sample as measured. Positive = system clock ahead of the source. */
  readonly origLatestMeas: number;
  readonly latestMeasErr: number;
}

/** Decodes a reply; throws ChronyError (`status`, `malformed`). */
export function decodeSource(bytes: Uint8Array): SourceData {
  const view = decodeReply('source_data', bytes);
  const mode = parseMode(view.getUint16(26));
  return {
    // A reference clock carries its ID in the place of an IPv4 address.
    name: mode === MODE_REFERENCE_CLOCK ? refidText(view.getUint32(0)) : (readAddress(view, 0) ?? ''),
    state: parseState(view.getUint16(24)),
    mode,
    stratum: view.getUint16(22),
    poll: view.getInt16(20),
    reachability: view.getUint16(30),
    sinceSample: view.getUint32(32),
    origLatestMeas: readFloat(view, 36),
    latestMeas: readFloat(view, 40),
    latestMeasErr: readFloat(view, 44),
  };
}

function parseState(value: number): SourceState {
  if (value === 0 || value === 1 || value === 2 || value === 3 || value === 4 || value === 5) return value;
  throw malformed(`source state ${value}`);
}

function parseMode(value: number): SourceMode {
  if (value === 0 || value === 1 || value === 2) return value;
  throw malformed(`source mode ${value}`);
}

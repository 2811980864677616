/** Statistics of one source, in chrony's own names, units and signs (candm.h RPY_Sourcestats; chronyc(1) "sourcestats"). Pure. */
import { readAddress, refidText } from './address.ts';
import { decodeReply, readFloat } from './command-packet.ts';

/** Seconds and ppm, chrony's signs. */
export interface SourceStats {
  readonly name: string;
  /** Samples in the regression; 0 = the other fields say nothing. */
  readonly nSamples: number;
  readonly nRuns: number;
  readonly spanSeconds: number;
  readonly residFreqPpm: number;
  readonly skewPpm: number;
  /** Positive = system clock ahead of the source. */
  readonly estOffset: number;
  readonly sd: number;
}

/** Decodes a reply; throws ChronyError (`status`, `malformed`). */
export function decodeSourceStats(bytes: Uint8Array): SourceStats {
  const view = decodeReply('sourcestats', bytes);
  return {
    name: readAddress(view, 4) ?? refidText(view.getUint32(0)),
    nSamples: view.getUint32(24),
    nRuns: view.getUint32(28),
    spanSeconds: view.getUint32(32),
    sd: readFloat(view, 36),
    residFreqPpm: readFloat(view, 40),
    skewPpm: readFloat(view, 44),
    estOffset: readFloat(view, 48),
  };
}

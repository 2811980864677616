/** What a PTP hardware clock says it can do (struct ptp_clock_caps, linux/ptp_clock.h). */
import type { NativeClocks } from './native-clocks.ts';

export interface PtpCaps {
  /** Largest frequency adjustment, ppb; 0 on ENA, whose clock nobody but AWS adjusts. */
  readonly maxAdjustmentPpb: number;
  readonly alarms: number;
  readonly externalTimestamps: number;
  readonly periodicOutputs: number;
  readonly pps: boolean;
  readonly pins: number;
  /** Whether PTP_SYS_OFFSET_PRECISE works. */
  readonly crossTimestamping: boolean;
  /** Whether the driver gives attributes with PTP_SYS_OFFSET_EXTENDED_ATTRS; false on kernels that do not have it. */
  readonly extendedAttributes: boolean;
}

const CAPS_WORDS = 20;
/** After adjust_phase and max_phase_adj; a reserved word, and 0, before. */
const EXTENDED_ATTRIBUTES_WORD = 9;

/** The capabilities of the open device, or the errno (ENOTTY: not a PTP clock). */
export function readPtpCaps(native: NativeClocks, fd: number): PtpCaps | number {
  const words = new Int32Array(CAPS_WORDS);
  const errno = native.readPtpCaps(fd, words);
  if (errno !== 0) return errno;
  const [maxAdjustmentPpb = 0, alarms = 0, externalTimestamps = 0, periodicOutputs = 0, pps, pins = 0, cross] = words;
  const extendedAttributes = words[EXTENDED_ATTRIBUTES_WORD];
  return {
    maxAdjustmentPpb,
    alarms,
    externalTimestamps,
    periodicOutputs,
    pps: pps !== 0,
    pins,
    crossTimestamping: cross !== 0,
    extendedAttributes: extendedAttributes !== undefined && extendedAttributes !== 0,
  };
}

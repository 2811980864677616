/** What the agent asks of a PTP hardware clock: bursts of cross-timestamps. Two implementations: the device and the simulation. */
import type { CrossTimestamp } from './cross-timestamp.ts';

/**
 * How a reading is bracketed.
 * - `precise`: PTP_SYS_OFFSET_PRECISE, both clocks latched by hardware (ENA does not offer it)
 * - `extended_attrs`: PTP_SYS_OFFSET_EXTENDED_ATTRS, as `extended`, with the device's error bound of each reading
 * - `extended`: PTP_SYS_OFFSET_EXTENDED, the driver reads the system clock right before and after the PHC
 * - `basic`: PTP_SYS_OFFSET, the kernel reads the system clock around the whole driver call
 * - `simulated`: no device at all
 */
export type PhcReadMethod = 'precise' | 'extended_attrs' | 'extended' | 'basic' | 'simulated';

export interface PhcBurst {
  readonly method: PhcReadMethod;
  /** The readings that succeeded, oldest first. */
  readonly readings: readonly CrossTimestamp[];
  /** Readings that were tried and failed. After EBUSY the rest of the burst is not tried, so that the device can recover. */
  readonly failed: number;
  /** Linux errno of the last failed reading; 0 = none failed. EBUSY: reads are refused for a moment. ENODEV: open the device again. */
  readonly errno: number;
}

export interface PhcClock {
  /** `clock_name` of the device, or of the simulation; for people and reports. */
  readonly name: string;
  /** True: nothing that this clock says is about hardware. */
  readonly simulated: boolean;
  /** Up to 25 readings, one after the other. Never throws on a failing device; the errno is in the burst. */
  readBurst(readings: number): PhcBurst;
  close(): void;
}

/** One ioctl can take 25 readings (PTP_MAX_SAMPLES in linux/ptp_clock.h); chronyd takes as many. */
export const MAX_READINGS = 25;

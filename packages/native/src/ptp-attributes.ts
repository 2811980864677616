/** What a device says of one of its readings (struct ptp_clock_attrs, linux/ptp_clock.h of 2026). Pure. */

/** In the order of the kernel's enum ptp_clock_status. */
export const PTP_CLOCK_STATUSES = [
  'unknown',
  'initializing',
  'synchronized',
  'holdover',
  'free_running',
  'unreliable',
] as const;
export type PtpClockStatus = (typeof PTP_CLOCK_STATUSES)[number];

/** Null: the driver does not say. */
export interface PtpAttributes {
  /** The PHC is within so many ns of true time. Null also where the status says that it must not be trusted. */
  readonly errorBoundNs: number | null;
  readonly status: PtpClockStatus | null;
  /** enum ptp_clock_timescale: 1 TAI, 4 UTC, 5 POSIX time, ... */
  readonly timescale: number | null;
}

const VALID_ERROR_BOUND = 1;
const VALID_TIMESCALE = 2;
const VALID_STATUS = 4;
/** All bits set: the device has no bound (ENA_PHC_MAX_ERROR_BOUND of ena_com.c). */
const NO_BOUND = 0xffffffff;

/** Names the numbers that `readPtpAttributed` gave from `PTP_ATTRIBUTES_AT` on. */
export function namePtpAttributes(numbers: BigInt64Array): PtpAttributes {
  const [valid = 0, boundNs = 0, timescale = 0, status = 0] = Array.from(numbers, Number);
  const named = (valid & VALID_STATUS) === 0 ? null : (PTP_CLOCK_STATUSES[status] ?? 'unknown');
  const isTrusted = named !== 'unknown' && named !== 'unreliable';
  const hasBound = (valid & VALID_ERROR_BOUND) !== 0 && isTrusted && boundNs < NO_BOUND;
  return {
    errorBoundNs: hasBound ? boundNs : null,
    status: named,
    timescale: (valid & VALID_TIMESCALE) === 0 ? null : timescale,
  };
}

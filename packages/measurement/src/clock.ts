/** The clocks that samples compare, by the names their field uses. */

/**
 * - `realtime`: CLOCK_REALTIME, the system clock, the one under test
 * - `monotonic_raw`: CLOCK_MONOTONIC_RAW, never stepped or slewed; orders everything within one boot
 * - `phc`: the PTP hardware clock of the network card
 * - `chrony`: chronyd's estimate of true time ("NTP time" in its manual)
 */
export type ClockId = 'realtime' | 'monotonic_raw' | 'phc' | 'chrony';

/** What each clock is called in text for people. */
export const CLOCK_NAMES: Readonly<Record<ClockId, string>> = {
  realtime: 'system clock',
  monotonic_raw: 'CLOCK_MONOTONIC_RAW',
  phc: 'PHC',
  chrony: "chronyd's NTP time",
};

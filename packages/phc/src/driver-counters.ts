/** The counters of the ENA driver that the `ena` stream stores, out of all its ethtool statistics. Pure. */
import { STREAMS, TIME_COLUMNS } from '@ptp-tester/measurement';
import type { EthtoolStats } from '@ptp-tester/native';

/** Their names, in the order of the stream's columns: between the two times and `reset_epoch`. */
export const DRIVER_COUNTER_NAMES: readonly string[] = STREAMS.ena.columns
  .slice(TIME_COLUMNS.length, -1)
  .map((column) => column.name);

/** One value per name of `DRIVER_COUNTER_NAMES`; NaN where the driver does not have it (the names changed with 2.15.0). */
export function pickDriverCounters(stats: EthtoolStats): number[] {
  const byName = new Map(stats.names.map((name, index) => [name, Number(stats.values[index] ?? Number.NaN)]));
  return DRIVER_COUNTER_NAMES.map((name) => byName.get(name) ?? Number.NaN);
}

/** True when a counter is lower than before: a device reset zeroes them (ena_com_phc_init). Counters that are missing say nothing. */
export function countersWentBackwards(before: readonly number[], now: readonly number[]): boolean {
  return now.some((value, index) => value < (before[index] ?? Number.NaN));
}

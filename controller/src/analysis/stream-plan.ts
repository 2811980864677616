/** Which figures a report gives of each stream's columns. A column that is not named here is stored and exported, not summarised. */
import type { StreamName } from '@ptp-tester/measurement';

/**
 * - `distribution`: summary, and quantiles from a histogram (bracket of 0.8 %)
 * - `offset`: the same with exact quantiles, and the rate (the values are held in memory: 16 bytes for each sample)
 * - `rate`: only the rate, for absolute differences of clocks
 * - `counter`: first, last, growth, and how often it fell
 * - `sum`: the total
 * - `shares`: how often each code occurred
 * - `last`: the last value
 */
type FigureKind = 'distribution' | 'offset' | 'rate' | 'counter' | 'sum' | 'shares' | 'last';

export interface PlannedFigure {
  readonly column: string;
  readonly kind: FigureKind;
}

function figures(kind: FigureKind, ...columns: readonly string[]): readonly PlannedFigure[] {
  return columns.map((column) => ({ column, kind }));
}

export const STREAM_FIGURES: Readonly<Record<StreamName, readonly PlannedFigure[]>> = {
  raw: [...figures('rate', 'offset_ns'), ...figures('distribution', 'bracket_ns')],
  phc: [
    ...figures('offset', 'offset_ns'),
    ...figures('distribution', 'read_delay_ns', 'burst_spread_ns', 'error_bound_ns', 'raw_bracket_ns', 'wake_late_ns'),
    ...figures('sum', 'readings_ok', 'readings_failed'),
    ...figures('shares', 'error_bound_status'),
    ...figures('rate', 'phc_minus_raw_ns'),
  ],
  kernel: [
    ...figures('distribution', 'frequency_ppb', 'max_error_ns', 'estimated_error_ns'),
    ...figures('counter', 'clock_sets'),
    ...figures('last', 'tai_offset_s', 'status'),
  ],
  chrony: [
    ...figures('shares', 'phc_selected', 'leap_status'),
    ...figures('distribution', 'system_time_ns', 'last_offset_ns', 'clock_error_bound_ns', 'root_dispersion_ns'),
    ...figures('distribution', 'root_delay_ns', 'frequency_ppb', 'skew_ppb'),
    ...figures('last', 'stratum', 'reference_id'),
  ],
  chrony_source: [
    ...figures('shares', 'state', 'mode'),
    ...figures('distribution', 'offset_ns', 'error_ns', 'std_dev_ns'),
    ...figures('last', 'stratum', 'reach'),
  ],
  ena: figures(
    'counter',
    'phc_cnt',
    'phc_exp',
    'phc_skp',
    'phc_err_dv',
    'phc_err_ts',
    'phc_err_eb',
    'phc_err',
    'bw_in_allowance_exceeded',
    'bw_out_allowance_exceeded',
    'pps_allowance_exceeded',
    'conntrack_allowance_exceeded',
    'linklocal_allowance_exceeded',
    'reset_epoch',
  ),
  host: [
    ...figures('counter', 'cpu_steal_ticks', 'cpu_total_ticks', 'psi_cpu_some_us', 'vmclock_marker'),
    ...figures('distribution', 'load_1m'),
    ...figures('shares', 'vmclock_status'),
  ],
  self: [
    ...figures('counter', 'cpu_ns', 'missed_ticks'),
    ...figures('distribution', 'rss_anon_bytes', 'rss_bytes', 'spool_bytes', 'uplink_rtt_ns'),
  ],
};

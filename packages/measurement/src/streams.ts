/** Every stream, declared once. The columns' order is the order on the wire; change it only together with `version`. */
import type { ColumnDeclaration } from './column.ts';
import { type StreamDeclaration, TIME_COLUMNS } from './stream.ts';

export const ERROR_BOUND_STATUSES = ['missing', 'cached', 'paired'] as const;
export const LEAP_STATUSES = ['normal', 'insert_second', 'delete_second', 'not_synchronised'] as const;
export const SOURCE_STATES = ['selected', 'nonselectable', 'falseticker', 'jittery', 'combined', 'selectable'] as const;
export const SOURCE_MODES = ['client', 'peer', 'reference_clock'] as const;
export const VMCLOCK_STATUSES = [
  'absent',
  'unknown',
  'initialising',
  'synchronised',
  'free_running',
  'unreliable',
] as const;
export const YES_NO = ['no', 'yes'] as const;

function ns(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'int', unit: 'ns', meaning };
}

function optionalNs(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'int', unit: 'ns', meaning, optional: true };
}

function seconds64(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'i64', unit: 'ns', meaning };
}

function count(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'int', unit: 'count', meaning };
}

function optionalCount(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'int', unit: 'count', meaning, optional: true };
}

function rate(name: string, meaning: string): ColumnDeclaration {
  return { name, kind: 'float', unit: 'ppb', meaning };
}

function code(name: string, labels: readonly string[], meaning: string): ColumnDeclaration {
  return { name, kind: 'code', unit: 'none', labels, meaning };
}

const raw: StreamDeclaration = {
  name: 'raw',
  id: 1,
  version: 1,
  meaning:
    'System clock against CLOCK_MONOTONIC_RAW: shows steps and rate changes on every machine, with or without a PHC',
  defaultIntervalMs: 1000,
  importance: 80,
  columns: [
    ...TIME_COLUMNS,
    seconds64('offset_ns', 'CLOCK_REALTIME - CLOCK_MONOTONIC_RAW (absolute; its changes matter)'),
    ns('bracket_ns', 'Time between the two raw readings around the system clock reading'),
  ],
};

const phc: StreamDeclaration = {
  name: 'phc',
  id: 2,
  version: 1,
  meaning: "System clock against the PHC: what is left after chrony's servo, not accuracy to UTC",
  defaultIntervalMs: 250,
  importance: 100,
  columns: [
    ...TIME_COLUMNS,
    ns('offset_ns', 'System clock - PHC of the smallest-delay reading; positive = system clock ahead'),
    ns('read_delay_ns', 'Time the smallest-delay PHC reading took (post - pre)'),
    ns('burst_spread_ns', 'Largest minus smallest offset within the burst'),
    seconds64('phc_minus_raw_ns', 'PHC - CLOCK_MONOTONIC_RAW (absolute; its changes matter)'),
    ns('raw_bracket_ns', 'Width of the raw clock readings around the PHC reading'),
    count('readings_ok', 'PHC readings of the burst that succeeded'),
    count('readings_failed', 'PHC readings of the burst that failed'),
    optionalNs('error_bound_ns', 'What the device says of its own error (phc_error_bound)'),
    code('error_bound_status', ERROR_BOUND_STATUSES, 'Whether the bound belongs to this reading'),
    ns('wake_late_ns', 'How late the sampling loop woke for this sample'),
  ],
};

const kernel: StreamDeclaration = {
  name: 'kernel',
  id: 3,
  version: 1,
  meaning: "The kernel's own clock discipline, as adjtimex shows it",
  defaultIntervalMs: 10_000,
  importance: 50,
  columns: [
    ...TIME_COLUMNS,
    rate('frequency_ppb', 'Frequency correction the kernel applies (adjtimex freq)'),
    count('status', 'adjtimex status bits (STA_*)'),
    ns('max_error_ns', 'adjtimex maxerror'),
    ns('estimated_error_ns', 'adjtimex esterror'),
    count('tai_offset_s', 'TAI - UTC that the kernel knows, seconds (0 = not set)'),
    count('clock_sets', 'How often the system clock was set (stepped) since the epoch began'),
  ],
};

const chrony: StreamDeclaration = {
  name: 'chrony',
  id: 4,
  version: 1,
  meaning: "chronyd's tracking report",
  defaultIntervalMs: 1000,
  importance: 90,
  columns: [
    ...TIME_COLUMNS,
    count('reference_id', 'Reference ID of the selected source as a 32-bit number'),
    seconds64('reference_time_ns', 'When the last measurement from the reference was processed, ns since 1970 UTC'),
    count('stratum', 'Stratum'),
    code('leap_status', LEAP_STATUSES, 'Leap status'),
    ns(
      'system_time_ns',
      "System clock - chronyd's NTP time; positive = system clock ahead (sign turned from chronyc's)",
    ),
    ns('last_offset_ns', 'Offset at the last clock update; positive = system clock was ahead'),
    ns('rms_offset_ns', 'Long-term average of the offset'),
    rate('frequency_ppb', 'Rate by which the system clock would run fast if chronyd did not correct it'),
    rate('residual_frequency_ppb', 'Difference between the measured and the used frequency'),
    rate('skew_ppb', "chronyd's error bound of the frequency"),
    ns('root_delay_ns', 'Round-trip network delay to the stratum-1 source'),
    ns('root_dispersion_ns', 'Accumulated dispersion to the stratum-1 source'),
    ns('update_interval_ns', 'Time between the last two clock updates'),
    code('phc_selected', YES_NO, 'Whether the selected source is the PHC'),
    optionalNs(
      'clock_error_bound_ns',
      '|system time| + root dispersion + root delay / 2, + PHC error bound where the reference is the PHC; missing where that bound is',
    ),
  ],
};

const chronySource: StreamDeclaration = {
  name: 'chrony_source',
  id: 5,
  version: 1,
  meaning: 'One of chronyd’s sources; the NTP source is the independent witness beside the PHC',
  keyMeaning: 'address or reference ID of the source',
  defaultIntervalMs: 10_000,
  importance: 60,
  columns: [
    ...TIME_COLUMNS,
    code('state', SOURCE_STATES, 'Selection state'),
    code('mode', SOURCE_MODES, 'Kind of source'),
    count('stratum', 'Stratum'),
    count('poll', 'Polling interval as log2 seconds'),
    count('reach', 'Which of the last eight polls were answered, one bit each, newest lowest; 255 (octal 377): all'),
    count('last_rx_s', 'Seconds since the last sample was received (4294967295 = never)'),
    ns('offset_ns', 'Adjusted offset of the last sample; positive = system clock ahead of the source'),
    ns('measured_offset_ns', 'Offset as measured; positive = system clock ahead of the source'),
    ns('error_ns', 'Margin of error of the last sample'),
    optionalNs('std_dev_ns', 'Estimated standard deviation of the samples'),
    optionalCount('samples', 'Samples that sourcestats uses'),
  ],
};

const ena: StreamDeclaration = {
  name: 'ena',
  id: 6,
  version: 1,
  meaning: 'Counters of the ENA driver for the PHC and for exceeded allowances',
  keyMeaning: 'network interface',
  defaultIntervalMs: 10_000,
  importance: 40,
  columns: [
    ...TIME_COLUMNS,
    ...['phc_cnt', 'phc_exp', 'phc_skp', 'phc_err_dv', 'phc_err_ts', 'phc_err_eb', 'phc_err'].map((name) =>
      optionalCount(name, `Driver counter ${name}`),
    ),
    ...[
      'bw_in_allowance_exceeded',
      'bw_out_allowance_exceeded',
      'pps_allowance_exceeded',
      'conntrack_allowance_exceeded',
      'linklocal_allowance_exceeded',
    ].map((name) => optionalCount(name, `Driver counter ${name}`)),
    count('reset_epoch', 'How often the counters went backwards (a device reset) since the epoch began'),
  ],
};

const host: StreamDeclaration = {
  name: 'host',
  id: 7,
  version: 1,
  meaning: 'What the hypervisor and the load do to this machine',
  defaultIntervalMs: 10_000,
  importance: 30,
  columns: [
    ...TIME_COLUMNS,
    optionalCount('cpu_steal_ticks', 'CPU time taken by the hypervisor since boot, USER_HZ ticks (/proc/stat)'),
    optionalCount('cpu_total_ticks', 'All CPU time since boot, USER_HZ ticks (/proc/stat)'),
    optionalCount('psi_cpu_some_us', 'Microseconds since boot in which a task waited for CPU (/proc/pressure/cpu)'),
    { name: 'load_1m', kind: 'float', unit: 'none', optional: true, meaning: 'Load average over one minute' },
    {
      name: 'vmclock_marker',
      kind: 'u64',
      unit: 'count',
      meaning: 'Disruption marker of /dev/vmclock0 (0 when absent)',
    },
    code('vmclock_status', VMCLOCK_STATUSES, 'Clock status of /dev/vmclock0'),
  ],
};

const self: StreamDeclaration = {
  name: 'self',
  id: 8,
  version: 1,
  meaning: 'What the agent costs and how well it keeps up',
  defaultIntervalMs: 10_000,
  importance: 20,
  columns: [
    ...TIME_COLUMNS,
    ns('cpu_ns', 'CPU time the agent used since it started (user + system)'),
    { name: 'rss_anon_bytes', kind: 'int', unit: 'bytes', meaning: 'Anonymous resident memory of the agent' },
    {
      name: 'rss_bytes',
      kind: 'int',
      unit: 'bytes',
      meaning: 'Resident memory of the agent, with the mapped executable',
    },
    { name: 'spool_bytes', kind: 'int', unit: 'bytes', meaning: 'Bytes in the spool' },
    count('spool_records', 'Records in the spool that are not acknowledged'),
    count('missed_ticks', 'Ticks that the sampling loop missed since the epoch began, all streams'),
    optionalNs('uplink_rtt_ns', 'Time from sending a frame to its acknowledgement'),
  ],
};

export const STREAMS = { raw, phc, kernel, chrony, chrony_source: chronySource, ena, host, self } as const;

export type StreamName = keyof typeof STREAMS;

export const STREAM_NAMES = Object.keys(STREAMS) as readonly StreamName[];

const byId = new Map<number, StreamName>(STREAM_NAMES.map((name) => [STREAMS[name].id, name]));

/** The stream with this number on the wire, or undefined for a number this version does not know. */
export function streamById(id: number): StreamName | undefined {
  return byId.get(id);
}

/** Whether a text names a stream. */
export function isStreamName(text: string): text is StreamName {
  return Object.hasOwn(STREAMS, text);
}

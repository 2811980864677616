/** What is true in a simulated run: three clocks, what disturbs the readings, and what gets lost on the way. Times are seconds from the start. */
import type { StreamName } from '@ptp-tester/measurement';

/** How samples between two times do not arrive. */
export interface SimulatedGap {
  readonly fromS: number;
  readonly toS: number;
  /**
   * - `missed`: the agent was late and says so
   * - `silent`: they are not there and nothing says why
   * - `spool_full`, `nacked`: the records were dropped or refused
   * - `restart`, `reboot`: the agent (or the machine) was gone
   */
  readonly kind: 'missed' | 'silent' | 'spool_full' | 'nacked' | 'restart' | 'reboot';
  /** Only this stream; all when absent. Restarts concern all. */
  readonly stream?: StreamName;
}

export interface SimulatedTruth {
  readonly durationS: number;
  readonly seed?: number;
  /** The first sample is taken at about this time; 0. */
  readonly startsS?: number;
  /** System clock - UTC, ns. */
  readonly systemNs?: (t: number) => number;
  /** PHC - UTC, ns. */
  readonly phcNs?: (t: number) => number;
  /** Rate of CLOCK_MONOTONIC_RAW against UTC, ppb; changes of it are those of the oscillator. */
  readonly rawNs?: (t: number) => number;
  /** Standard deviation of each PHC reading. */
  readonly whiteNs?: number;
  /** Standard deviation of the system clock's random walk after one second. */
  readonly walkNs?: number;
  /** What a reading is wrong by, beside the noise. */
  readonly readingErrorNs?: (t: number) => number;
  readonly readDelayNs?: (t: number) => number;
  readonly readingsFailed?: (t: number) => number;
  /** Null: chronyd does not answer on this machine. */
  readonly chrony?: {
    readonly selected?: (t: number) => boolean;
    readonly boundNs?: (t: number) => number;
    readonly leap?: (t: number) => number;
  } | null;
  /** The NTP source beside the PHC. */
  readonly witness?: { readonly offsetNs?: (t: number) => number; readonly errorNs?: (t: number) => number } | null;
  readonly vmclockMarker?: (t: number) => bigint;
  /** Readings per second that the driver counts, of whomever. */
  readonly driverReadsPerS?: (t: number) => number;
  readonly driverErrors?: (t: number) => number;
  readonly gaps?: readonly SimulatedGap[];
  /** Spacing of the PHC samples; 0.25 s. */
  readonly phcIntervalS?: number;
  /** `device` unless the scenario is about a simulated PHC. */
  readonly mode?: 'device' | 'simulated';
  /** Also the streams that only say what machine and agent do. */
  readonly everyStream?: boolean;
  /** The series of this stream ends here while the others go on. */
  readonly endsAtS?: Readonly<Partial<Record<StreamName, number>>>;
}

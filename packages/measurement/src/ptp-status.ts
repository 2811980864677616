/** What an instance says about its PTP hardware clock, and the verdict on three axes. Field names are those of the report. */

export interface PtpStatus {
  /** Follows from capability and setup: a PHC was found and read, and nothing speaks against it. */
  readonly supported: boolean;
  readonly ena_driver_version: string | null;
  /** True when the version is >= 2.10.0: necessary, never sufficient. */
  readonly ena_driver_compatible: boolean;
  readonly hardware_clock_present: boolean;
  readonly ptp_ena_symlink_present: boolean;
  /** chronyd's selected source is the PHC. */
  readonly chrony_using_phc: boolean;
  readonly chrony_synchronized: boolean;
  /** The device, for example `/dev/ptp0`; null when there is none. */
  readonly clock_device: string | null;
  readonly clock_name: string | null;
  /** System clock - PHC of one reading; positive = system clock ahead. */
  readonly time_offset_ns: number | null;
  readonly error_message: string | null;
  /** True when the clock is the simulated one of this tool: nothing here says anything about hardware. */
  readonly simulated: boolean;
  /** What the tools on the machine printed, by command. */
  readonly diagnostic_output: { readonly [command: string]: string };
}

/** Whether the instance has a PHC that can be read. `not_tested` is never a "no". */
export type Capability = 'supported' | 'unsupported' | 'not_tested';

/** What became of configuring it. `not_attempted`: this version only inspects. */
export type Setup = 'locked' | 'failed' | 'rolled_back' | 'not_attempted';

export type Quality = 'pass' | 'fail' | 'not_enough_data';

export interface AxisVerdict<T extends string> {
  readonly value: T;
  /** One sentence: why. */
  readonly reason: string;
}

export interface Verdict {
  readonly capability: AxisVerdict<Capability>;
  readonly setup: AxisVerdict<Setup>;
  readonly quality: AxisVerdict<Quality>;
}

/** What the addon offers, as the rest of the project sees it. The C side is in `addon/`, one file for each group below. */

export interface EthtoolDriver {
  readonly driver: string;
  readonly version: string;
  readonly firmware: string;
  /** PCI address for PCI devices. */
  readonly bus: string;
}

export interface EthtoolStats {
  readonly names: readonly string[];
  /** As many as `names`, in the same order. */
  readonly values: BigUint64Array;
}

/**
 * Linux clocks and their ioctls. A failing system call is an outcome: functions return 0 or the errno (see `errnoName`), and leave
 * `out` alone when they fail. A wrong argument is a programming error: TypeError or RangeError.
 */
export interface NativeClocks {
  /** Where `readTriple` and `readClock` put their values: 256 slots of memory that the addon owns, ns. */
  readonly clockBuffer: BigInt64Array<ArrayBuffer>;
  /**
   * CLOCK_MONOTONIC_RAW, the named clock, CLOCK_MONOTONIC_RAW, one right after the other, into
   * `clockBuffer[index]`..`[index + 2]`. Dynamic clocks of an open device (`phcClockId`) are allowed.
   */
  readTriple(clockId: number, index: number): number;
  /** One reading of a clock into `clockBuffer[index]`. */
  readClock(clockId: number, index: number): number;

  /** PTP_CLOCK_GETCAPS: the 20 words of `struct ptp_clock_caps` (linux/ptp_clock.h). `readPtpCaps` in this package names them. */
  readPtpCaps(fd: number, out: Int32Array): number;
  /**
   * The PTP_SYS_OFFSET ioctls. `out` has `PTP_RAW_VALUES + PTP_READING_VALUES * readings` slots, its length says how many
   * readings (1 to 25) are wanted: CLOCK_MONOTONIC_RAW before and after the ioctl, then pre, PHC, post of each reading, ns.
   * One failing reading fails the whole ioctl (drivers/ptp/ptp_chardev.c).
   */
  readPtpExtended(fd: number, clockId: number, out: BigInt64Array): number;
  /** As `readPtpExtended` against CLOCK_REALTIME; neighbouring readings share the system clock value between them. */
  readPtpBasic(fd: number, out: BigInt64Array): number;
  /** One reading, latched by hardware: pre = post, and both raw values are that of the same instant. EOPNOTSUPP on ENA. */
  readPtpPrecise(fd: number, out: BigInt64Array): number;

  /**
   * PTP_SYS_OFFSET_EXTENDED_ATTRS: one reading, and in the slots from `PTP_ATTRIBUTES_AT` of `PTP_ATTRIBUTED_VALUES` what the device
   * says of it (`namePtpAttributes`). The raw values are of the same instants as pre and post. ENOTTY on kernels without it.
   */
  readPtpAttributed(fd: number, clockId: number, out: BigInt64Array): number;

  /** adjtimex, read only: freq (2^-16 ppm), status, maxerror (us), esterror (us), tai (s), clock state, into 6 slots. */
  readAdjtimex(out: BigInt64Array): number;

  /** `ethtool -i`: the description, or the errno. */
  readEthtoolDriver(interfaceName: string): EthtoolDriver | number;
  /** `ethtool -S`: the statistics, or the errno. On ENA this costs admin-queue commands: 0.1 Hz at most. */
  readEthtoolStats(interfaceName: string): EthtoolStats | number;

  /** A descriptor that notices when the system clock is set, or a negative errno. Close it with `fs.closeSync`. */
  openClockSetWatch(): number;
  /** 1: the clock was set since it was last asked, once or more; 0: it was not; negative: errno. Never blocks. */
  readClockSetWatch(fd: number): number;
}

export const PTP_RAW_VALUES = 2;
export const PTP_READING_VALUES = 3;
/** Where the attributes of `readPtpAttributed` begin, and all its values. */
export const PTP_ATTRIBUTES_AT = PTP_RAW_VALUES + PTP_READING_VALUES;
export const PTP_ATTRIBUTED_VALUES = PTP_ATTRIBUTES_AT + 4;

/** A real PTP hardware clock: /dev/ptpN, read by the best method that it offers. */
import { closeSync, constants, openSync } from 'node:fs';
import {
  CLOCK_REALTIME,
  ERRNO,
  type NativeClocks,
  namePtpAttributes,
  PTP_ATTRIBUTED_VALUES,
  PTP_ATTRIBUTES_AT,
  PTP_RAW_VALUES,
  PTP_READING_VALUES,
  type PtpCaps,
  readPtpCaps,
} from '@ptp-tester/native';
import type { CrossTimestamp } from './cross-timestamp.ts';
import { MAX_READINGS, type PhcBurst, type PhcClock, type PhcReadMethod } from './phc-clock.ts';

export interface PhcDeviceOptions {
  /** `/dev/ptp0` */
  readonly path: string;
  /** clock_name from sysfs. */
  readonly name: string;
}

/** The clock, or why it could not be opened: `errno` of open(2) (EACCES, ENOENT, ...) or of GETCAPS (ENOTTY: not a PTP clock). */
export type OpenedPhcDevice = { readonly clock: PhcDevice } | { readonly errno: number };

/** Opens the device read-only, which is enough for all its readings. After ENODEV close it and open the path that sysfs names then. */
export function openPhcDevice(options: PhcDeviceOptions, native: NativeClocks): OpenedPhcDevice {
  const fd = openReadOnly(options.path);
  if (fd < 0) return { errno: -fd };
  const caps = readPtpCaps(native, fd);
  if (typeof caps !== 'number') return { clock: new PhcDevice({ name: options.name, fd, caps }, native) };
  closeSync(fd);
  return { errno: caps };
}

type DeviceMethod = Exclude<PhcReadMethod, 'simulated'>;

/** From best to worst. */
const METHODS: readonly DeviceMethod[] = ['precise', 'extended_attrs', 'extended', 'basic'];

/** The first two only where the capabilities promise them: a kernel that lacks them is not asked at every opening. */
function firstMethod(caps: PtpCaps): DeviceMethod {
  if (caps.crossTimestamping) return 'precise';
  return caps.extendedAttributes ? 'extended_attrs' : 'extended';
}

/** These say that the kernel or the driver lacks the method. Everything else says something about this one reading. */
const LACKING: readonly number[] = [ERRNO.ENOTTY, ERRNO.EOPNOTSUPP, ERRNO.EINVAL];

export class PhcDevice implements PhcClock {
  readonly name: string;
  readonly simulated = false;
  readonly caps: PtpCaps;
  readonly #native: NativeClocks;
  readonly #values = new BigInt64Array(PTP_RAW_VALUES + PTP_READING_VALUES);
  readonly #attributed = new BigInt64Array(PTP_ATTRIBUTED_VALUES);
  #fd: number | undefined;
  #method: DeviceMethod;
  /** True once the method has given a reading: then EOPNOTSUPP means a device in reset, not a lacking method. */
  #proven = false;

  constructor(device: { name: string; fd: number; caps: PtpCaps }, native: NativeClocks) {
    this.name = device.name;
    this.caps = device.caps;
    this.#fd = device.fd;
    this.#native = native;
    this.#method = firstMethod(device.caps);
  }

  /**
   * One ioctl for each reading, because one failing reading fails its whole ioctl, and because so each has its own raw bracket.
   * The burst ends at the first failure: a device that refuses reads stays closed for about 1 ms, and asking on keeps it closed
   * for chronyd too (ena_com.c).
   */
  readBurst(readings: number): PhcBurst {
    if (!Number.isInteger(readings) || readings < 1 || readings > MAX_READINGS) {
      throw new RangeError(`a burst has 1 to ${MAX_READINGS} readings, not ${readings}`);
    }
    const taken: CrossTimestamp[] = [];
    for (let i = 0; i < readings; i++) {
      const errno = this.#readWithBestMethod();
      if (errno !== 0) return { method: this.#method, readings: taken, failed: 1, errno };
      taken.push(this.#lastReading());
    }
    return { method: this.#method, readings: taken, failed: 0, errno: 0 };
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /**
   * Falls back to the next method until one has worked; until then each reading begins with the best again, for a device that is just
   * being reset lacks every method (EOPNOTSUPP). An EBUSY never changes the method.
   */
  #readWithBestMethod(): number {
    if (!this.#proven) this.#method = firstMethod(this.caps);
    for (;;) {
      const errno = this.#readOnce();
      const next = this.#nextMethod();
      if (errno === 0) this.#proven = true;
      if (errno === 0 || this.#proven || next === undefined || !LACKING.includes(errno)) return errno;
      this.#method = next;
    }
  }

  /** After `precise` the attributes come only where they are promised. */
  #nextMethod(): DeviceMethod | undefined {
    const left = METHODS.slice(METHODS.indexOf(this.#method) + 1);
    return left.find((method) => method !== 'extended_attrs' || this.caps.extendedAttributes);
  }

  #readOnce(): number {
    const fd = this.#fd;
    if (fd === undefined) return ERRNO.EBADF;
    switch (this.#method) {
      case 'precise':
        return this.#native.readPtpPrecise(fd, this.#values);
      case 'extended_attrs':
        return this.#native.readPtpAttributed(fd, CLOCK_REALTIME, this.#attributed);
      case 'extended':
        return this.#native.readPtpExtended(fd, CLOCK_REALTIME, this.#values);
      case 'basic':
        return this.#native.readPtpBasic(fd, this.#values);
    }
  }

  #lastReading(): CrossTimestamp {
    const isAttributed = this.#method === 'extended_attrs';
    const values = isAttributed ? this.#attributed : this.#values;
    const [rawBeforeNs = 0n, rawAfterNs = 0n, preNs = 0n, phcNs = 0n, postNs = 0n] = values;
    const reading = { rawBeforeNs, preNs, phcNs, postNs, rawAfterNs };
    if (!isAttributed) return reading;
    return { ...reading, errorBoundNs: namePtpAttributes(values.subarray(PTP_ATTRIBUTES_AT)).errorBoundNs };
  }
}

/** The descriptor, or a negative errno. */
function openReadOnly(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    // Node's file errors carry the errno as a negative number.
    if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') return error.errno;
    throw error;
  }
}

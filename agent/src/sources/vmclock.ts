/** The header of the VMClock page, /dev/vmclock0 (VMClock specification, include/uapi/linux/vmclock-abi.h; little endian). Pure. */

const MAGIC = 0x4b4c4356;
const MARKER_OFFSET = 16;
const STATUS_OFFSET = 34;
/** As much of the page as is read here. */
export const VMCLOCK_BYTES = 40;

/** `clock_status` of the page, as indices into VMCLOCK_STATUSES (which has `absent` in front). */
const HIGHEST_STATUS = 4;

export interface Vmclock {
  /** Grows when the hypervisor disrupted the clock, as a live migration does. */
  readonly disruptionMarker: bigint;
  /** Index into VMCLOCK_STATUSES: 0 absent, 1 unknown ... 5 unreliable. */
  readonly status: number;
}

export const ABSENT_VMCLOCK: Vmclock = { disruptionMarker: 0n, status: 0 };
/** The page is there and says nothing: no right to read it, or in the middle of an update. */
export const UNREADABLE_VMCLOCK: Vmclock = { disruptionMarker: 0n, status: 1 };

/** The page's marker and status, or null when the bytes are not a VMClock page or are just being updated (odd sequence count). */
export function parseVmclock(bytes: Uint8Array): Vmclock | null {
  if (bytes.length < VMCLOCK_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(12, true) % 2 === 1) return null;
  const status = view.getUint8(STATUS_OFFSET);
  return {
    disruptionMarker: view.getBigUint64(MARKER_OFFSET, true),
    status: status <= HIGHEST_STATUS ? status + 1 : 1,
  };
}

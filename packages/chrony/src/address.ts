/** Addresses and reference IDs as the command protocol carries them. Pure. */
import { malformed } from './chrony-error.ts';

/** An address has 16 bytes of the union, then its family, then padding up to 20 (addressing.h, IPAddr). */
const FAMILY_OFFSET = 16;
const UNSPECIFIED = 0;
const INET4 = 1;
const INET6 = 2;
/** A source whose name is not resolved yet. */
const SOURCE_ID = 3;

/** The address as `chronyc -n` prints it; null where there is none. Throws ChronyError `malformed` for an unknown family. */
export function readAddress(view: DataView, offset: number): string | null {
  const family = view.getUint16(offset + FAMILY_OFFSET);
  switch (family) {
    case UNSPECIFIED:
      return null;
    case INET4:
      return [0, 1, 2, 3].map((byte) => view.getUint8(offset + byte)).join('.');
    case INET6:
      return formatInet6([0, 2, 4, 6, 8, 10, 12, 14].map((byte) => view.getUint16(offset + byte)));
    case SOURCE_ID:
      return `ID#${String(view.getUint32(offset)).padStart(10, '0')}`;
    default:
      throw malformed(`address family ${family}`);
  }
}

/** A reference ID as text where its bytes are printable: `PHC0`; '' otherwise (util.c, UTI_RefidToString). */
export function refidText(refid: number): string {
  const bytes = [24, 16, 8, 0].map((shift) => (refid >>> shift) & 0xff);
  const end = bytes.indexOf(0);
  const used = end === -1 ? bytes : bytes.slice(0, end);
  return used
    .filter((byte) => byte >= 0x20 && byte < 0x7f)
    .map((byte) => String.fromCharCode(byte))
    .join('');
}

/** A text of up to four ASCII characters as a reference ID. */
export function refidOfText(text: string): number {
  return [0, 1, 2, 3].reduce((refid, index) => refid * 256 + ((text.charCodeAt(index) || 0) & 0xff), 0);
}

/** RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
export function formatInet6(groups: readonly number[]): string {
  const zeros = longestZeroRun(groups);
  const texts = groups.map((group) => group.toString(16));
  if (zeros.length < 2) return texts.join(':');
  return `${texts.slice(0, zeros.start).join(':')}::${texts.slice(zeros.start + zeros.length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}

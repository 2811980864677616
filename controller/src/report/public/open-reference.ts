/** Which of chronyd's 32-bit reference IDs say nothing about anybody (pure). An NTP source over IPv4 has its address there (RFC 5905). */

/** None, 127.127.1.1 (the machine's own clock) and 169.254.169.123 (AWS's time server, the same on every instance). */
const EVERYBODYS: ReadonlySet<number> = new Set([0, 0x7f7f0101, 0xa9fea97b]);
/** The letters `PHC` in the upper three bytes, and the refclock's number. */
const PHC = 0x504843;

export function isOpenReference(referenceId: number): boolean {
  return EVERYBODYS.has(referenceId) || Math.floor(referenceId / 0x100) === PHC;
}

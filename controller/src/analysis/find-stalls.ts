/** Stretches in which the PHC stood still while the raw clock went on. */

export interface FoundStall {
  /** The last row at which the PHC still ran. */
  readonly rowBefore: number;
  /** The last row at which it stood. */
  readonly lastRow: number;
  readonly lengthNs: number;
}

/** A PHC that gains less than this share of the passed time stands still. */
const STANDS = 0.01;

/** From PHC - raw: while the PHC stands it falls by the passed time. At least two standing samples make a stall. */
export function findStalls(timeNs: Float64Array, phcMinusRawNs: Float64Array): FoundStall[] {
  const stalls: FoundStall[] = [];
  let from = -1;
  for (let row = 1; row <= timeNs.length; row += 1) {
    const stands = row < timeNs.length && standsInto(timeNs, phcMinusRawNs, row);
    if (stands && from < 0) from = row - 1;
    if (stands || from < 0) continue;
    const lengthNs = (timeNs[row - 1] as number) - (timeNs[from] as number);
    if (row - 1 - from >= 2) stalls.push({ rowBefore: from, lastRow: row - 1, lengthNs });
    from = -1;
  }
  return stalls;
}

/** Whether the PHC gained next to nothing from the row before to this one. */
function standsInto(timeNs: Float64Array, phcMinusRawNs: Float64Array, row: number): boolean {
  const passedNs = (timeNs[row] as number) - (timeNs[row - 1] as number);
  const gainedNs = passedNs + (phcMinusRawNs[row] as number) - (phcMinusRawNs[row - 1] as number);
  return Math.abs(gainedNs) < passedNs * STANDS;
}

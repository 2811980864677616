/** The PHC allows 125 readings per second and device; ours and chronyd's together stay within 60 % of that. Pure. */

/** Readings that ENA's PHC takes per second and device; beyond, reads fail for everybody (amzn-drivers README.rst, since 2.13.0). */
export const DEVICE_READS_PER_S = 125;

/** The window of the limit is not documented, so a margin stays free. */
const USABLE_SHARE = 0.6;

/** At most this many readings per second, all readers together. */
export const USABLE_READS_PER_S = DEVICE_READS_PER_S * USABLE_SHARE;

/** chronyd takes this many readings per driver poll (PHC_READINGS in refclock_phc.c, chrony 4.3 to 4.8). */
const CHRONY_READINGS = 25;

/** What chronyd's PHC refclock takes: 25 / 2^dpoll. `poll` 0 lowers dpoll to 0, `poll` above does not save readings, dpoll does. */
export function chronyReadsPerS(dpoll: number): number {
  return CHRONY_READINGS / 2 ** dpoll;
}

/** chronyd at `poll 0`, as the product's own refclock line has it. */
export const CHRONY_DEFAULT_READS_PER_S = CHRONY_READINGS;

export interface PlannedReads {
  /** Readings per burst; each counts, also those within one ioctl. */
  readonly readings: number;
  readonly intervalMs: number;
  /** 0 where chronyd does not read the PHC. */
  readonly chronyReadsPerS: number;
}

export interface ReadBudget {
  readonly ok: boolean;
  readonly ownReadsPerS: number;
  readonly totalReadsPerS: number;
  /** The whole arithmetic in one sentence, and when refused what to change. */
  readonly explanation: string;
}

/** Whether a plan fits; a plan that does not is refused before anything is read. */
export function checkReadBudget(planned: PlannedReads): ReadBudget {
  const { readings, intervalMs, chronyReadsPerS: chrony } = planned;
  if (!(readings > 0 && intervalMs > 0 && chrony >= 0)) {
    throw new RangeError('readings and interval must be positive, and chronyd cannot read less than nothing');
  }
  const ownReadsPerS = (readings * 1000) / intervalMs;
  const totalReadsPerS = ownReadsPerS + chrony;
  const ok = totalReadsPerS <= USABLE_READS_PER_S;
  const arithmetic =
    `${readings} readings every ${intervalMs} ms are ${perSecond(ownReadsPerS)}, chronyd takes ${perSecond(chrony)}, ` +
    `together ${perSecond(totalReadsPerS)} of the ${perSecond(USABLE_READS_PER_S)} that may be used ` +
    `(${USABLE_SHARE * 100} % of the device's ${DEVICE_READS_PER_S}/s)`;
  return {
    ok,
    ownReadsPerS,
    totalReadsPerS,
    explanation: ok ? arithmetic : `${arithmetic}: too many. ${advice(planned)}`,
  };
}

function advice({ readings, chronyReadsPerS: chrony }: PlannedReads): string {
  const left = USABLE_READS_PER_S - chrony;
  if (left <= 0) return 'chronyd alone uses it up; raise dpoll of its refclock PHC.';
  return `With ${readings} readings the interval must be at least ${Math.ceil((readings * 1000) / left)} ms.`;
}

function perSecond(rate: number): string {
  return `${Number(rate.toFixed(2))}/s`;
}

/** The books of one series: every expected tick is stored, or named with the reason why it is not. */

export interface TickAccount {
  /** Ticks from the first to the last that should have brought a sample. For an irregular stream: what is stored. */
  readonly expected: number;
  readonly stored: number;
  /** The agent says that it missed them. */
  readonly missed: number;
  /** Samples dropped from the agent's spool, as gap records say. */
  readonly lost: number;
  /** Ticks inside a lost stretch beyond the lost samples: missed by the agent, whose count of them was lost too. */
  readonly missedInLosses: number;
  /** In records that the controller refused. */
  readonly nacked: number;
  /** Between two lives of the agent. */
  readonly restart: number;
  /** After the last stored sample, while the instance was still measuring. */
  readonly endedEarly: number;
  /** Only for streams with keys: this key had nothing to report. */
  readonly keyAbsent: number;
  /** expected - stored - all of the above. 0 when the books are complete; negative when more was said than is missing. */
  readonly unaccounted: number;
  /** stored / expected; null when nothing was expected. */
  readonly shareStored: number | null;
}

/** The same without what follows from the rest. */
export type TickCounts = Omit<TickAccount, 'unaccounted' | 'shareStored'>;

export const NO_TICKS: TickCounts = {
  expected: 0,
  stored: 0,
  missed: 0,
  lost: 0,
  missedInLosses: 0,
  nacked: 0,
  restart: 0,
  endedEarly: 0,
  keyAbsent: 0,
};

/** Closes the books. */
export function closeAccount(counts: TickCounts): TickAccount {
  const { expected, stored, missed, lost, missedInLosses, nacked, restart, endedEarly, keyAbsent } = counts;
  const named = missed + lost + missedInLosses + nacked + restart + endedEarly + keyAbsent;
  return {
    ...counts,
    unaccounted: expected - stored - named,
    shareStored: expected > 0 ? stored / expected : null,
  };
}

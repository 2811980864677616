/**
 * Who yields when the PHC refuses reads: the agent, before chronyd suffers. A pure state machine.
 *
 *            busy         busy         busy
 *   full ---------> thin ------> sparse ------> rare --+ busy
 *     ^  <---------      <------        <------   ^----+
 *         8 good bursts   8 good        8 good
 */

export type ThrottleLevel = 'full' | 'thin' | 'sparse' | 'rare';

interface ThrottleRow {
  /** Readings per burst; undefined = as planned. */
  readonly readings: number | undefined;
  /** Only each n-th tick reads. */
  readonly everyTicks: number;
  readonly onBusy: ThrottleLevel;
  readonly onRecovered: ThrottleLevel;
}

const TABLE: Readonly<Record<ThrottleLevel, ThrottleRow>> = {
  full: { readings: undefined, everyTicks: 1, onBusy: 'thin', onRecovered: 'full' },
  thin: { readings: 1, everyTicks: 1, onBusy: 'sparse', onRecovered: 'full' },
  sparse: { readings: 1, everyTicks: 4, onBusy: 'rare', onRecovered: 'thin' },
  rare: { readings: 1, everyTicks: 16, onBusy: 'rare', onRecovered: 'sparse' },
};

/** Good bursts in a row before one level is given back: slow enough not to hunt between two levels. */
const GOOD_BURSTS_TO_RECOVER = 8;

export interface ReadThrottle {
  readonly level: ThrottleLevel;
  readonly goodBursts: number;
  /** Ticks still to be skipped. */
  readonly skip: number;
}

export const INITIAL_THROTTLE: ReadThrottle = { level: 'full', goodBursts: 0, skip: 0 };

/** How many readings this tick may take: 0 = none, leave the device alone. */
export function readingsNow(throttle: ReadThrottle, planned: number): number {
  if (throttle.skip > 0) return 0;
  return Math.min(TABLE[throttle.level].readings ?? planned, planned);
}

/** What happened at the tick: `skipped` when `readingsNow` said 0, `busy` when the device refused (EBUSY), `good` for everything else. */
export type TickOutcome = 'good' | 'busy' | 'skipped';

/** The state for the next tick. */
export function advanceThrottle(throttle: ReadThrottle, outcome: TickOutcome): ReadThrottle {
  switch (outcome) {
    case 'skipped':
      return { ...throttle, skip: Math.max(0, throttle.skip - 1) };
    case 'busy':
      return enter(TABLE[throttle.level].onBusy, 0);
    case 'good':
      return throttle.goodBursts + 1 < GOOD_BURSTS_TO_RECOVER
        ? enter(throttle.level, throttle.goodBursts + 1)
        : enter(TABLE[throttle.level].onRecovered, 0);
  }
}

function enter(level: ThrottleLevel, goodBursts: number): ReadThrottle {
  return { level, goodBursts, skip: TABLE[level].everyTicks - 1 };
}

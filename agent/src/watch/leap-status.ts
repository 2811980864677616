/** Changes of chronyd's leap status. */
import { LEAP_STATUSES } from '@ptp-tester/measurement';
import type { NoticedEvent, Reading } from '../source.ts';
import { columnOf } from './sample-value.ts';

const leapStatus = columnOf('chrony', 'leap_status');

export class LeapStatusWatch {
  #last: string | null = null;

  /** The first status is told only when it is an announcement: a chronyd that has just started is not synchronised yet. */
  sample(reading: Reading): readonly NoticedEvent[] {
    const now = LEAP_STATUSES[leapStatus(reading)] ?? 'not_synchronised';
    const before = this.#last;
    this.#last = now;
    if (before === now || (before === null && !now.endsWith('_second'))) return [];
    return [{ event: 'leap_changed', detail: { before, now } }];
  }
}

import { describe, expect, it } from 'vitest';
import type { EventItem } from '../../../src/api/schemas.ts';
import { eventMarks, numberedEvents } from './event-marks.ts';

function event(kind: EventItem['event'], second: number, severity: EventItem['severity'] = 'warning'): EventItem {
  const at = new Date(1.76e12 + second * 1000).toISOString();
  return {
    instance_id: 'i-1',
    event: kind,
    owner: 'controller',
    severity,
    at,
    clock: 'instance',
    explanation: '',
    detail: {},
  };
}

const ms = (second: number) => 1.76e12 + second * 1000;

describe('events on the charts', () => {
  it('are a band from the loss of the reference to its return, or to now where it has not returned', () => {
    const events = [event('reference_lost', 10), event('reference_regained', 40, 'info'), event('reference_lost', 90)];
    const bands = eventMarks(events, ms(100)).filter(({ fromMs, toMs }) => toMs > fromMs);
    expect(bands.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [ms(10), ms(40)],
      [ms(90), ms(100)],
    ]);
  });

  it('are numbered in order of time, and the gravest stay when there are many', () => {
    const many = Array.from({ length: 40 }, (_, second) => event('data_gap', second));
    const numbered = numberedEvents([
      ...many,
      event('system_clock_stepped', 50, 'error'),
      event('plan_reached', 60, 'info'),
    ]);
    expect(numbered).toHaveLength(30);
    expect(numbered.at(-1)).toMatchObject({ number: 30, event: { event: 'system_clock_stepped' } });
    expect(numbered.map(({ number }) => number)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  });
});

/** The timeline of the fleet. */
import { EVENT_KINDS } from '@ptp-tester/measurement';
import { expect, it } from 'vitest';
import { fleetTimeline } from './fleet-timeline.ts';
import { madeReport } from './made-report.fixture.ts';
import type { EventReport, InstanceReport } from './report-schema.ts';

function withEvents(
  events: readonly (readonly [EventReport['event'], EventReport['severity'], number])[],
): InstanceReport {
  const [result] = madeReport().results;
  if (result === undefined) throw new Error('the made report has no instance');
  const items = events.map(([event, severity, minute]): EventReport => {
    const at = `2026-11-20T23:${String(minute).padStart(2, '0')}:00.000000000Z`;
    return { event, severity, at, owner: 'controller', clock: 'instance', explanation: '', detail: {} };
  });
  return { ...result, events: { total: items.length, items } };
}

it('has each kind once for each instance, at its first time, in the order of time, without information', () => {
  const a = withEvents([
    ['lock_reached', 'info', 1],
    ['system_clock_stepped', 'error', 20],
    ['system_clock_stepped', 'error', 30],
  ]);
  const b = withEvents([['reference_lost', 'warning', 10]]);
  const { entries, left } = fleetTimeline([a, b]);
  expect(entries.map(({ event, count, at }) => [event.event, count, at.slice(14, 16)])).toEqual([
    ['reference_lost', 1, '10'],
    ['system_clock_stepped', 2, '20'],
  ]);
  expect(left).toBe(0);
});

it('keeps the errors when there are too many, and says how many are left', () => {
  const kinds = EVENT_KINDS.filter((kind) => kind !== 'phc_stepped').slice(0, 20);
  const warned = withEvents(kinds.map((kind, minute) => [kind, 'warning', minute] as const));
  const { entries, left } = fleetTimeline([warned, withEvents([['phc_stepped', 'error', 50]])]);
  expect(entries.at(-1)?.event.event).toBe('phc_stepped');
  expect([entries.length, left]).toEqual([14, 7]);
});

it('tells once what many instances had, with the first of them', () => {
  const many = Array.from({ length: 4 }, (_, place) => withEvents([['phc_other_readers', 'warning', 30 - place]]));
  const { entries } = fleetTimeline([...many, withEvents([['phc_stepped', 'error', 40]])]);
  expect(entries.map(({ event, instances, count, at }) => [event.event, instances, count, at.slice(14, 16)])).toEqual([
    ['phc_other_readers', 4, 4, '27'],
    ['phc_stepped', 1, 1, '40'],
  ]);
  expect(entries[0]?.result).toBe(many[3]);
});

/** Reading some of many events: the right ones, and without looking at the others. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventKind } from '@ptp-tester/measurement';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventTotalStatement, newestEventsStatement } from './event-query.ts';
import { openSampleReader } from './open-sample-reader.ts';
import type { EventFilter, SampleReader } from './sample-store.ts';
import { openSampleWriter } from './sqlite-sample-writer.ts';

const KINDS: readonly EventKind[] = ['reads_blocked', 'reads_recovered', 'device_gone'];
const EVENTS = 3000;

let folder = '';
let reader: SampleReader;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ptp-events-'));
  const path = join(folder, 'samples.db');
  openSampleWriter({ path }).close();
  const database = new DatabaseSync(path);
  database.exec('BEGIN');
  const epoch = database.prepare(
    'INSERT INTO epochs (id, instance, epoch, through, first_received_at) VALUES (?, ?, ?, 1, 1)',
  );
  for (const id of [1, 2, 3]) epoch.run(id, `i-${id % 2}`, `e${id}`);
  const event = database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, 0, 0, '{}')");
  // Two share each instant.
  for (let at = 0; at < EVENTS; at += 1) event.run(1 + (at % 3), at, KINDS[at % 7 === 0 ? 2 : at % 2] ?? '', at >> 1);
  database.exec('COMMIT');
  database.close();
  reader = openSampleReader(path);
});

afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

const FILTERS: readonly EventFilter[] = [
  {},
  { instanceId: 'i-1' },
  { kinds: ['device_gone'] },
  { kinds: ['device_gone', 'reads_blocked'], instanceId: 'i-0' },
  { kinds: ['spool_full'] },
];

it.each(FILTERS)('the newest and the total of %j are those of all events', (filter) => {
  const { instanceId, kinds } = filter;
  const all = reader
    .events()
    .filter((one) => instanceId === undefined || one.instanceId === instanceId)
    .filter((one) => kinds === undefined || kinds.includes(one.event))
    .toSorted((a, b) => Number(a.at - b.at) || a.epoch.localeCompare(b.epoch) || a.sequence - b.sequence);
  expect(reader.newestEvents(50, filter)).toEqual(all.slice(-50));
  expect(reader.eventTotal(filter)).toBe(all.length);
});

it('counts them by instance and kind', () => {
  const counts = reader.eventCounts();
  expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(EVENTS);
  for (const { instanceId, event, count } of counts)
    expect(reader.eventTotal({ instanceId, kinds: [event] })).toBe(count);
});

it('finds them by the index, without a look into rows that are not asked for', () => {
  const database = new DatabaseSync(join(folder, 'samples.db'), { readOnly: true });
  const plan = ({ sql, values }: ReturnType<typeof newestEventsStatement>) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map(({ detail }) => String(detail));
  for (const filter of [{}, { kinds: KINDS }]) {
    expect(plan(newestEventsStatement(10, filter))).toContain('SCAN events USING COVERING INDEX events_by_at');
    expect(plan(eventTotalStatement(filter))).toEqual(['SCAN events USING COVERING INDEX events_by_at']);
  }
  expect(plan(newestEventsStatement(10, { instanceId: 'i-1' })).join('\n')).not.toMatch(/SCAN events/);
  database.close();
});

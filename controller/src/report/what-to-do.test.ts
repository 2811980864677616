import { expect, it } from 'vitest';
import { madeReport } from './made-report.fixture.ts';
import type { EventReport } from './report-schema.ts';
import { whatToDo } from './what-to-do.ts';

const LEFT_BEHIND: EventReport = {
  event: 'left_behind',
  owner: 'controller',
  severity: 'error',
  at: '2025-11-20T23:18:00.000000000Z',
  clock: 'controller',
  explanation: '',
  detail: { leftovers: [{ kind: 'instance', id: 'i-left', reason: 'denied', command: 'aws ...' }] },
};

it('what a run left behind comes first, until it was cleaned up', () => {
  const report = madeReport();
  const events = { total: 1, items: [LEFT_BEHIND] };
  const left = whatToDo({ ...report, events, run: { ...report.run, outcome: 'left_behind' } });
  expect(left[0]).toMatch(new RegExp(`^Remove i-left: it may cost money\\. ptp-tester cleanup ${report.run.id} `));
  const cleaned = whatToDo({ ...report, events, run: { ...report.run, outcome: 'could_not_complete' } });
  expect(cleaned.join()).not.toContain('i-left');
});

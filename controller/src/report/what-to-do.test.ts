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

/** The made report with its first instance failed by a criterion of this measure, and these events. */
function failedBy(measure: string, events: readonly EventReport[]): string {
  const report = madeReport();
  const [result] = report.results;
  const [criterion] = result?.quality_criteria ?? [];
  if (result === undefined || criterion === undefined) throw new Error('the made report has no criterion');
  const quality_criteria = [{ ...criterion, measure, status: 'fail' as const, consequence: 'fail' as const }];
  const verdict = { ...result.verdict, quality: { value: 'fail' as const, reason: 'it broke' } };
  const failed = { ...result, verdict, quality_criteria, events: { total: events.length, items: [...events] } };
  return whatToDo({ ...report, results: [failed] })[0] ?? '';
}

it('an instance that failed is explained by events that can have caused it, not by any', () => {
  const at = '2025-11-20T23:18:00.000000000Z';
  const said = (event: EventReport['event'], severity: EventReport['severity'], explanation: string): EventReport => ({
    ...{ event, severity, explanation, at, owner: 'controller', clock: 'instance', detail: {} },
  });
  const events = [
    said('phc_other_readers', 'warning', 'Others read it.'),
    said('system_clock_stepped', 'error', 'It jumped.'),
  ];
  expect(failedBy('abs_percentile', events)).toMatch(/It jumped\.$/);
  expect(failedBy('read_error_share', events)).toMatch(/Others read it\.$/);
  expect(failedBy('missing_share', events)).toMatch(
    /Look at its ticks below\. The longest gap: \d+ s of raw from 2025-11-20 \d\d:\d\d:\d\d UTC, lost\.$/,
  );
  expect(failedBy('abs_percentile', [])).toMatch(/Look at its charts/);
});

it('what more time would decide is said of instances that measure, and of a run that goes on otherwise', () => {
  const report = madeReport();
  const [measured, absent] = report.results;
  if (measured === undefined || absent === undefined) throw new Error('the made report has two instances');
  expect(whatToDo({ ...report, results: [absent] }).join('\n')).not.toMatch(/Soak longer|Let the run go on/);
  expect(whatToDo(report).join('\n')).toMatch(/Soak longer than .*: there is not enough data yet for /);
  const goesOn = whatToDo({ ...report, run: { ...report.run, ended_at: null } });
  expect(goesOn.join('\n')).toContain('Let the run go on: there is not enough data yet for ');
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyseRun } from '../analysis/analyse-run.ts';
import { madeInstance, madeRun, RUN_ID } from '../analysis/made-run.fixture.ts';
import { buildReport } from '../report/build-report.ts';
import { FinalVerdicts, finalVerdict } from './final-verdicts.ts';

const input = { run: madeRun(), instances: [madeInstance()], controllerEvents: [], awsCalls: [], reader: null };
const report = buildReport(analyseRun(input), { toolVersion: '0', generatedAt: 1_763_700_000_000, preparation: null });

describe('the verdicts of ended runs', () => {
  let directory = '';
  const failures: string[] = [];
  const open = () =>
    new FinalVerdicts({ runDirectory: () => directory, onFailure: (_run, error) => failures.push(String(error)) });

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ptp-verdicts-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('are null until the final report is there, and then what it says', () => {
    const verdicts = open();
    expect(verdicts.of(RUN_ID)).toBeNull();
    writeFileSync(join(directory, 'report.json'), JSON.stringify(report));
    expect(verdicts.of(RUN_ID)).toEqual({
      quality: 'not_enough_data',
      pass: 0,
      fail: 0,
      not_enough_data: 1,
      failing: [],
      pass_rests_on: null,
      interim: false,
      left_to_report: [],
      judged_at: '2025-11-21T04:40:00.000000000Z',
    });
  });

  it('are unknown where the report is damaged, which is told once', () => {
    writeFileSync(join(directory, 'report.json'), '{"verdict"');
    const verdicts = open();
    expect([verdicts.of(RUN_ID), verdicts.of(RUN_ID)]).toEqual([null, null]);
    expect(failures).toHaveLength(1);
  });

  it('name the criteria that fail instances, those of most instances first, not those that only warn', () => {
    const [result] = report.results;
    const criterion = result?.quality_criteria[0];
    if (result === undefined || criterion === undefined) throw new Error('the made report has no criterion');
    const failing = (name: string) => ({ ...criterion, name, status: 'fail' as const, consequence: 'fail' as const });
    const warning = { ...failing('only_warns'), consequence: 'warn' as const };
    const results = [
      { ...result, instance_id: 'i-1', quality_criteria: [failing('steps'), failing('offset_p99'), warning] },
      { ...result, instance_id: 'i-2', quality_criteria: [failing('offset_p99')] },
    ];
    const passed = { ...result, verdict: { ...result.verdict, quality: { value: 'pass' as const, reason: '' } } };
    const decided = finalVerdict({ ...report, results: [passed] }).pass_rests_on;
    expect(decided).toEqual({ decided: result.criteria_decided, total: result.quality_criteria.length });
    expect(finalVerdict({ ...report, results }).failing).toEqual([
      { criterion: 'offset_p99', instances: 2 },
      { criterion: 'steps', instances: 1 },
    ]);
  });
});

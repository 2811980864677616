import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { madeRun, RUN_ID } from '../../runs/made-run.fixture.ts';
import { openRunRepository } from '../../runs/sqlite-run-repository.ts';
import type { CliContext } from '../cli-context.ts';
import { calls } from './calls.ts';

const AT = Date.UTC(2026, 10, 20, 23, 18);

/** A data directory whose run made three calls; the answer is what the command prints with the flags. */
function site(): (flags: { failed?: boolean; json?: boolean }) => Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'ptp-calls-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const repository = openRunRepository(join(data, 'control.db'), { now: () => AT });
  repository.createRun(madeRun(), []);
  const call = { run: RUN_ID, at: AT, durationMs: 120, attempts: 1 };
  repository.addAwsCall({ ...call, action: 'ModifyInstanceAttribute', requestId: 'r-1', result: 'DryRunOperation' });
  repository.addAwsCall({ ...call, action: 'RunInstances', requestId: 'r-2', result: 'UnauthorizedOperation' });
  repository.addAwsCall({ ...call, action: 'DescribeTags', requestId: null, result: 'ECONNRESET', attempts: 3 });
  repository.close();
  return async (flags) => {
    let printed = '';
    const stdout = { write: (text: string) => (printed += text) };
    expect(await calls(RUN_ID, { data, ...flags }, { stdout } as unknown as CliContext)).toBe(0);
    return printed;
  };
}

it('shows every call with what support asks for, and only the failed ones when told to', async () => {
  const print = site();
  expect(await print({})).toMatch(/RunInstances .* UnauthorizedOperation .* 120 ms .* 1 .* r-2 /);
  expect(await print({})).toContain('3 of 3 calls');
  const failed = await print({ failed: true });
  expect(failed).toContain('2 of 3 calls');
  // A dry run that would be allowed is no failure.
  expect(failed).not.toContain('ModifyInstanceAttribute');
});

it('prints one JSON object a line', async () => {
  const lines = (await site()({ failed: true, json: true })).trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))[1]).toEqual({
    at: '2026-11-20T23:18:00.000Z',
    action: 'DescribeTags',
    result: 'ECONNRESET',
    duration_ms: 120,
    attempts: 3,
    request_id: null,
  });
});

import { expect, it } from 'vitest';
import { chronycReports } from './run-chronyc.ts';

it('says unreachable where there is no chronyc', async () => {
  const reports = chronycReports({ program: '/nowhere/chronyc', args: [], timeoutMs: 1000 });
  await expect(reports.tracking()).rejects.toMatchObject({ code: 'unreachable' });
});

it('says timeout when the program hangs', async () => {
  const reports = chronycReports({ program: 'sh', args: ['-c', 'exec sleep 30'], timeoutMs: 50 });
  await expect(reports.tracking()).rejects.toMatchObject({ code: 'timeout' });
});

it('passes on what the program printed when it failed', async () => {
  const reports = chronycReports({
    program: 'sh',
    args: ['-c', 'echo 506 Cannot talk to daemon; exit 1'],
    timeoutMs: 5000,
  });
  await expect(reports.tracking()).rejects.toThrow('506 Cannot talk to daemon');
});

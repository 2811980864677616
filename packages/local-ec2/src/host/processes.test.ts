import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { endMarkedProcesses } from './end-processes.ts';
import { carriesMark, findMarkedProcesses, MARKER_VARIABLE, markOf } from './run-marker.ts';

/** A busy machine may take a while. */
const PATIENCE = { timeout: 30_000 };
const ENDPOINT = `test-${process.pid}-${Date.now()}`;

afterEach(async () => {
  expect(await endMarkedProcesses(markOf(`${ENDPOINT}/`), 0)).toEqual([]);
});

/** Starts a shell script and waits for its first line. */
async function started(script: string, marker: string): Promise<void> {
  const environment = { PATH: process.env['PATH'] ?? '', [MARKER_VARIABLE]: marker };
  const child = spawn('sh', ['-c', script], { detached: true, env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
}

describe('processes are found by their mark', () => {
  test('whatever they did to escape: another session, another parent', async () => {
    const marker = `${ENDPOINT}/i-1`;
    await started('(setsid sh -c "sleep 300 & sleep 301 & echo ready; wait" &) ; exit 0', marker);
    // A child that was forked this moment is still called as its parent.
    await expect
      .poll(async () => {
        const found = await findMarkedProcesses(markOf(marker));
        return found.filter(({ command }) => command === 'sleep').length;
      }, PATIENCE)
      .toBe(2);
  });

  test('and so is a child with an emptied environment while its parent lives', async () => {
    const marker = `${ENDPOINT}/i-2`;
    await started('env -i sleep 300 & echo ready; wait', marker);
    await expect
      .poll(async () => (await findMarkedProcesses(markOf(marker))).map(({ command }) => command), PATIENCE)
      .toContain('sleep');
  });

  test("an instance's mark finds nothing of another whose id begins with it", async () => {
    await started('echo ready; sleep 300', `${ENDPOINT}/i-33`);
    expect(await findMarkedProcesses(markOf(`${ENDPOINT}/i-3`))).toEqual([]);
    expect((await findMarkedProcesses(markOf(`${ENDPOINT}/`))).length).toBeGreaterThan(0);
  });
});

test('processes that ignore SIGTERM, or were stopped, are ended too', async () => {
  const marker = `${ENDPOINT}/i-4`;
  await started("trap '' TERM; sh -c 'kill -STOP $$' & echo ready; while :; do sleep 1; done", marker);
  expect(await endMarkedProcesses(markOf(marker), 50)).toEqual([]);
  expect(await findMarkedProcesses(markOf(marker))).toEqual([]);
});

test('a mark is a whole environment variable', () => {
  const environment = 'A=1\0PTP_TESTER_LOCAL_EC2=e/i-1\0B=2\0';
  expect(carriesMark(environment, markOf('e/i-1'))).toBe(true);
  expect(carriesMark(environment, markOf('e/'))).toBe(true);
  expect(carriesMark(environment, markOf('e/i-'))).toBe(false);
  expect(carriesMark('X_PTP_TESTER_LOCAL_EC2=e/i-1\0', markOf('e/i-1'))).toBe(false);
});

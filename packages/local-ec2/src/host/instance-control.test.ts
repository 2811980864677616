/** What an instance's services may still do once the instance has ended. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import { InstanceControl } from './instance-control.ts';
import { ProcessScanner } from './run-marker.ts';
import type { ProcessEnd } from './spawn-process.ts';

const UNIT = 'clock.service';

it('what a service says of its end when the folder is gone is in its journal, and nowhere else', async ({
  onTestFinished,
}) => {
  const { control, folder, end } = makeControl(onTestFinished);
  expect(await control.services.start(UNIT)).toBe(true);
  control.services.abandonAll();
  control.closeLogs();
  rmSync(folder, { recursive: true });
  const stopped = control.services.find(UNIT)?.stop();
  end({ code: 0, signal: null });
  await stopped;
  const journal = await control.runShim({ command: 'journalctl', args: ['-u', UNIT] });
  expect(journal.stdout).toMatch(/^systemd: clock\.service: /);
});

it('a service whose start was under way when all were abandoned is not started', async ({ onTestFinished }) => {
  const { control, started } = makeControl(onTestFinished);
  const isUp = control.services.start(UNIT);
  control.services.abandonAll();
  expect(await isUp).toBe(false);
  expect(started()).toBe(0);
  expect(control.services.find(UNIT)).toBeUndefined();
});

/** The control of an instance with one service; its process ends when it is told to. */
function makeControl(onTestFinished: TestContext['onTestFinished']) {
  const folder = mkdtempSync(join(tmpdir(), 'ptp-control-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'var/log'), { recursive: true });
  mkdirSync(join(folder, 'etc/systemd/system'), { recursive: true });
  writeFileSync(join(folder, 'etc/systemd/system', UNIT), '[Service]\nExecStart=/bin/clock\n');
  const { promise: ended, resolve: end } = Promise.withResolvers<ProcessEnd>();
  let starts = 0;
  const control = new InstanceControl(
    { folder, root: '' },
    {
      run: () => {
        starts += 1;
        return { pid: 1, ended, kill: () => undefined };
      },
      readFile: () => Promise.resolve(''),
      emulator: [],
      onPower: () => undefined,
      scanner: new ProcessScanner(),
      now: () => 0,
      monotonicMs: () => 0,
    },
  );
  return { control, folder, end, started: () => starts };
}

/** What the agent tells of its machine beside the samples: the real facts of a made tree, and inspections under control. */
import { loadNativeClocks } from '@ptp-tester/native';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MachineWatch } from './machine-watch.ts';
import { readEnvironment } from './setup/environment.ts';
import type { CommandResult } from './setup/run-command.ts';
import { type MadeMachine, makeMachine } from './sources/made-machine.ts';
import { NOT_INSPECTED } from './status.ts';

const CLOCK_SOURCE = 'sys/devices/system/clocksource/clocksource0/current_clocksource';

let machine: MadeMachine;
beforeEach(() => {
  machine = makeMachine();
});
afterEach(() => machine.remove());

function watching(inspect = () => Promise.resolve(NOT_INSPECTED)) {
  const told: unknown[] = [];
  const chronyd: CommandResult = { kind: 'ran', exitCode: 0, output: 'chronyd (chrony) version 4.3 (+CMDMON)\n' };
  const process = { agent_version: '1', node_version: 'v24', cpu_count: 4 };
  const facts = { roots: machine.roots, native: loadNativeClocks(), runCommand: () => Promise.resolve(chronyd) };
  const watch = new MachineWatch({
    machine: {
      inspect,
      readEnvironment: () => readEnvironment(process, facts),
      readMaintenance: () => Promise.resolve(null),
    },
    notice: (event, detail) => told.push({ event, ...detail }),
    inspected: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  return { watch, told };
}

it('tells environment_changed with what changed since the last look, before and after, and nothing where all is as it was', async () => {
  machine.file(CLOCK_SOURCE, 'tsc\n');
  machine.file('proc/sys/kernel/osrelease', '6.12.0-1\n');
  const { watch, told } = watching();
  await watch.begin();
  await watch.lookAgain(null);
  expect(told).toEqual([]);
  machine.file(CLOCK_SOURCE, 'kvm-clock\n');
  machine.file('proc/sys/kernel/osrelease', '6.12.0-2\n');
  await watch.lookAgain(null);
  await watch.lookAgain(null);
  machine.file(CLOCK_SOURCE, 'tsc\n');
  await watch.lookAgain(null);
  expect(told).toEqual([
    {
      event: 'environment_changed',
      clocksource: { before: 'tsc', after: 'kvm-clock' },
      kernel: { before: '6.12.0-1', after: '6.12.0-2' },
    },
    { event: 'environment_changed', clocksource: { before: 'kvm-clock', after: 'tsc' } },
  ]);
});

it('looks once more after a look that was under way when it was asked again, however often, also where that one fails', async () => {
  const hanging = Promise.withResolvers<typeof NOT_INSPECTED>();
  let looks = 0;
  const { watch } = watching(() => {
    looks += 1;
    return looks === 1 ? hanging.promise : Promise.resolve(NOT_INSPECTED);
  });
  const first = watch.lookAgain(null);
  const others = [watch.lookAgain(null), watch.lookAgain(null)];
  expect(looks).toBe(1);
  hanging.reject(new Error('it hangs'));
  await expect(first).rejects.toThrow('it hangs');
  await Promise.all(others);
  expect(looks).toBe(2);
});

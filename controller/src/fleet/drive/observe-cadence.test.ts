import { expect, it } from 'vitest';
import type { RunState } from '../../runs/run.ts';
import { type CallFaults, NO_CALL_FAULTS } from '../simulated/simulated-ec2.ts';
import { History, type HistoryOptions, openDatabase } from '../simulated/simulated-history.ts';

const HOUR_MS = 3_600_000;

interface Load {
  /** By action, while the run was in the state. */
  readonly calls: ReadonlyMap<string, number>;
  readonly ms: number;
}

/** Lives through a run and counts what was asked of EC2 while it was in one state. */
async function loadWhile(state: RunState, options: Partial<HistoryOptions>): Promise<Load> {
  const calls = new Map<string, number>();
  let current: History | null = null;
  const faults = (): CallFaults => ({
    ...NO_CALL_FAULTS,
    refuse: (action) => {
      if (current?.run.state === state) calls.set(action, (calls.get(action) ?? 0) + 1);
      return null;
    },
  });
  let first: number | null = null;
  let last = 0;
  const meanwhile = ({ run, world }: History) => {
    if (run.state !== state) return;
    first ??= world.now;
    last = world.now;
  };
  const history = new History({ seed: 4, faults, meanwhile, ...options }, openDatabase());
  current = history;
  await history.live();
  expect(history.run.outcome).toBe('completed');
  expect([history.world.living(), history.world.securityGroups.size]).toEqual([[], 0]);
  return { calls, ms: last - (first ?? last) };
}

const perHour = ({ calls, ms }: Load, action: string) => ((calls.get(action) ?? 0) * HOUR_MS) / ms;
const allPerHour = (load: Load) => [...load.calls.keys()].reduce((sum, action) => sum + perHour(load, action), 0);

it('a soak asks EC2 at most 90 times an hour, and never about groups', async () => {
  const load = await loadWhile('soaking', { spec: { durationS: 3600 } });
  expect(load.ms).toBeGreaterThan(0.95 * HOUR_MS);
  expect(load.calls.get('DescribeInstances')).toBeGreaterThan(40);
  expect(perHour(load, 'DescribeInstances')).toBeLessThan(65);
  expect(perHour(load, 'DescribeInstanceStatus')).toBeLessThan(15);
  expect([load.calls.get('DescribeSecurityGroups'), load.calls.get('DescribePlacementGroups')]).toEqual([
    undefined,
    undefined,
  ]);
  expect(allPerHour(load)).toBeLessThan(90);
});

it('an hour of waiting for a decision about keeping asks EC2 at most 90 times, and never about groups', async () => {
  const load = await loadWhile('keeping', { fleet: { keep: 'ask', keepDecisionS: 3600 } });
  expect(load.ms).toBeGreaterThan(0.95 * HOUR_MS);
  expect(load.calls.get('DescribeInstances')).toBeGreaterThan(40);
  expect([load.calls.get('DescribeSecurityGroups'), load.calls.get('DescribePlacementGroups')]).toEqual([
    undefined,
    undefined,
  ]);
  expect(allPerHour(load)).toBeLessThan(90);
});

it('an agent that is silent for an hour has EC2 asked every ten seconds, not every second', async () => {
  const load = await loadWhile('soaking', { spec: { durationS: 3600 }, fleet: { goneS: 7200 }, mute: [1] });
  expect(perHour(load, 'DescribeInstances')).toBeGreaterThan(300);
  expect(perHour(load, 'DescribeInstances')).toBeLessThan(365 + 60);
});

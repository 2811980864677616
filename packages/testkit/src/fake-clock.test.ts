import { expect, test } from 'vitest';
import { FakeClock } from './fake-clock.ts';

test('timers fire in the order of their times, each at its own time, also those set on the way', () => {
  const clock = new FakeClock({ monoRawNs: 0n });
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, clock.nowMs()]);
  clock.setTimer(20, note('b'));
  clock.setTimer(10, () => {
    note('a')();
    clock.setTimer(5, note('nested'));
  });
  const cancel = clock.setTimer(12, note('never'));
  cancel();
  clock.advanceMs(30);
  expect(fired).toEqual([
    ['a', 10],
    ['nested', 15],
    ['b', 20],
  ]);
  expect(clock.nowMs()).toBe(30);
});

test('a step moves the system clock and not the monotonic one', () => {
  const clock = new FakeClock({ realtimeNs: 1000n, monoRawNs: 50n });
  clock.stepRealtime(-200n);
  expect(clock.readTriple()).toEqual({ rawBeforeNs: 50n, realtimeNs: 800n, rawAfterNs: 50n });
});

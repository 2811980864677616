import { expect, test } from 'vitest';
import { InFlight } from './in-flight.ts';

test('an ack covers the frames of its epoch up to its sequence and measures the newest of them', () => {
  const inFlight = new InFlight();
  inFlight.sent({ epoch: 'a', last: 3, bytes: 100, sentAtMs: 0 });
  inFlight.sent({ epoch: 'b', last: 2, bytes: 50, sentAtMs: 5 });
  inFlight.sent({ epoch: 'a', last: 6, bytes: 200, sentAtMs: 10 });
  expect(inFlight.bytes).toBe(350);
  expect(inFlight.acked('a', 5, 40)).toBe(40);
  expect(inFlight.bytes).toBe(250);
  expect(inFlight.oldestSentAtMs).toBe(5);
  expect(inFlight.acked('a', 5, 50)).toBeNull();
  expect(inFlight.acked('a', 9, 60)).toBe(50);
  expect(inFlight.acked('b', 2, 60)).toBe(55);
  expect([inFlight.bytes, inFlight.oldestSentAtMs]).toEqual([0, null]);
  expect([...inFlight.sentThrough]).toEqual([
    ['a', 6],
    ['b', 2],
  ]);
});

import { expect, it } from 'vitest';
import { ConnectionLog } from './connection-log.ts';

function logging() {
  const lines: string[] = [];
  const say = (facts: object, message: string) => lines.push(`${message} ${JSON.stringify(facts)}`);
  return { lines, log: new ConnectionLog({ info: say, warn: say }) };
}

it('says three weeks of one failure in some lines, and the way back', () => {
  const { lines, log } = logging();
  // At the longest pause, half a minute, and no jitter.
  for (let attempt = 0; attempt < (21 * 86_400) / 30; attempt += 1) log.disconnected('ECONNREFUSED');
  expect(lines).toHaveLength(16);
  expect(log.state).toEqual({ connected: false, problem: 'ECONNREFUSED', failures: 60_480 });
  log.streaming();
  expect(lines.at(-1)).toBe('connected to the controller {"failures":60480}');
  expect(log.state).toEqual({ connected: true, problem: null, failures: 0 });
});

it('says another reason at once', () => {
  const { lines, log } = logging();
  for (const reason of ['a', 'a', 'a', 'b', 'b']) log.disconnected(reason);
  expect(lines.map((line) => line.slice(-30))).toEqual([
    expect.stringContaining('"reason":"a","failures":1'),
    expect.stringContaining('"reason":"a","failures":2'),
    expect.stringContaining('"reason":"b","failures":4'),
  ]);
});

/** When sessions end, by a clock that the test sets. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Sessions } from './sessions.ts';

const HOUR_MS = 3_600_000;

function madeSessions() {
  const clock = { now: 0 };
  return { clock, sessions: new Sessions({ now: () => clock.now, randomBytes }) };
}

describe('a session', () => {
  it('ends when nobody has used it for twelve hours, and tells so once', () => {
    const { clock, sessions } = madeSessions();
    const id = sessions.begin();
    let told = 0;
    const forget = sessions.onEnd(id, () => {
      told += 1;
    });
    forget();
    clock.now = 11 * HOUR_MS;
    expect(sessions.use(id)).toBe(23 * HOUR_MS);
    clock.now = 24 * HOUR_MS;
    sessions.endExpired();
    expect([sessions.use(id), told]).toEqual([null, 0]);
  });

  it('goes on while somebody listens, for seven days at most', () => {
    const { clock, sessions } = madeSessions();
    const id = sessions.begin();
    let told = 0;
    sessions.onEnd(id, () => {
      told += 1;
    });
    for (let hour = 0; hour < 7 * 24; hour += 1) {
      clock.now = hour * HOUR_MS;
      sessions.endExpired();
    }
    expect(told).toBe(0);
    clock.now = 7 * 24 * HOUR_MS;
    sessions.endExpired();
    sessions.endExpired();
    sessions.end(id);
    expect(told).toBe(1);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkToken, makeToken } from './token.ts';

const KEY = new Uint8Array(32).fill(7);
const OWNER = { run: '20261120-231757-k3f9', index: 3, attempt: 1 };

describe('enrolment token', () => {
  it('is the same after a restart and accepted for its own launch only', () => {
    const token = makeToken(KEY, OWNER);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(makeToken(Uint8Array.from(KEY), { ...OWNER })).toBe(token);
    expect(checkToken(KEY, OWNER, token)).toBe(true);
    expect(checkToken(KEY, { ...OWNER, index: 4 }, token)).toBe(false);
    expect(checkToken(KEY, { ...OWNER, attempt: 2 }, token)).toBe(false);
    expect(checkToken(KEY, { ...OWNER, run: '20261120-231757-k3f8' }, token)).toBe(false);
    expect(checkToken(new Uint8Array(32).fill(8), OWNER, token)).toBe(false);
  });

  it('does not let run, index and attempt flow into each other', () => {
    expect(makeToken(KEY, { run: 'r', index: 1, attempt: 11 })).not.toBe(
      makeToken(KEY, { run: 'r', index: 11, attempt: 1 }),
    );
  });

  it('refuses every other text without throwing', () => {
    const token = makeToken(KEY, OWNER);
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !checkToken(KEY, OWNER, text)));
    for (const text of ['', token.toUpperCase(), `${token}0`, token.slice(1), `${token}\n`]) {
      expect(checkToken(KEY, OWNER, text), text).toBe(false);
    }
  });
});

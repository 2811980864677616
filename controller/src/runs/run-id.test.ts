import { describe, expect, it } from 'vitest';
import { isRunId, makeRunId } from './run-id.ts';

describe('run id', () => {
  it('holds the start in UTC and four random characters', () => {
    const at = Date.UTC(2026, 10, 20, 23, 17, 57, 999);
    expect(makeRunId({ now: () => at, randomInt: () => 0 })).toBe('20261120-231757-aaaa');
    expect(makeRunId({ now: () => at, randomInt: (limit) => limit - 1 })).toBe('20261120-231757-9999');
  });

  it('is recognised, and nothing that could leave a folder is', () => {
    expect(isRunId('20261120-231757-k3f9')).toBe(true);
    for (const text of ['', '../20261120-231757-k3f9', '20261120-231757-k3f9/..', '20261120-231757-K3F9', 'x\n']) {
      expect(isRunId(text), text).toBe(false);
    }
  });
});

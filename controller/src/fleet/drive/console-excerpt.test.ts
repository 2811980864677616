import { describe, expect, it } from 'vitest';
import { consoleExcerpt } from './console-excerpt.ts';

const TOKEN = 'ab'.repeat(32);

describe('console excerpt', () => {
  it('shows the end, without colours, carriage returns and the token', () => {
    const output = `\u001b[0;32m OK \u001b[0m boot\r\ntoken='${TOKEN}'\nptp-tester: FAILED: no route\n`;
    expect(consoleExcerpt(output, TOKEN)).toBe("OK  boot\ntoken='[token]'\nptp-tester: FAILED: no route");
  });

  it('is bounded, and a cut through the token shows no part of it', () => {
    for (let tail = 1400; tail < 1600; tail += 1) {
      const excerpt = consoleExcerpt(`start ${TOKEN}${'x'.repeat(tail)}`, TOKEN);
      expect(excerpt.length).toBeLessThanOrEqual(1503);
      expect(excerpt).not.toContain('abab');
    }
  });
});

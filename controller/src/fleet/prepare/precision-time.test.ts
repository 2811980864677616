import { describe, expect, it } from 'vitest';
import { precisionTimeNeed, scopeWarning } from './precision-time.ts';

function need(instanceType: string, region: string, more: { phcSupport?: string; zones?: string[] } = {}) {
  const { phcSupport = null, zones = [`${region}a`] } = more;
  return precisionTimeNeed({ instanceType, region, zones, phcSupport });
}

describe('whether a type needs a precision-time placement group', () => {
  it('follows the table of regions and families', () => {
    expect(need('m7i.large', 'us-east-1')).toBe('legacy');
    expect(need('m7i.large', 'eu-central-1')).toBe('group');
    expect(need('c7i.large', 'us-east-1')).toBe('group');
    expect(need('m7i-flex.large', 'us-east-1')).toBe('group');
    expect(need('t3.micro', 'us-east-1')).toBe('none');
  });

  it('takes the word of the API where the table knows nothing', () => {
    expect(need('z9z.large', 'us-east-1', { phcSupport: 'supported' })).toBe('group');
    expect(need('z9z.large', 'us-east-1', { phcSupport: 'unsupported' })).toBe('none');
  });

  it('counts the Local Zone of New York as legacy, and no other', () => {
    expect(need('m7i.large', 'us-east-1', { zones: ['us-east-1-nyc-2a'] })).toBe('legacy');
    expect(need('m7i.large', 'us-east-1', { zones: ['us-east-1-bos-1a'] })).toBe('group');
    expect(need('m7i.large', 'us-east-1', { zones: ['us-east-1a', 'us-east-1-bos-1a'] })).toBe('group');
  });

  it('warns about every verdict outside the documented scope', () => {
    expect(scopeWarning('legacy', false)).toBeNull();
    expect(scopeWarning('group', true)).toBeNull();
    expect(scopeWarning('group', false)).toContain('table of 2026-07');
    expect(scopeWarning('none', false)).toContain('does not show that the type lacks it');
  });
});

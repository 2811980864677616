import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canMove, INSTANCE_STATES, INSTANCE_TRANSITIONS, renderStateTable } from './instance-states.ts';

const DOCUMENT = new URL('../../../docs/instance-states.md', import.meta.url);

describe('the states of an instance', () => {
  it('are documented by the very table that the code has', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toContain(renderStateTable());
  });

  it('end in kept or terminated, and nothing else is an end', () => {
    const ends = INSTANCE_STATES.filter((state) => Object.keys(INSTANCE_TRANSITIONS[state]).length === 0);
    expect(ends).toEqual(['kept', 'terminated']);
  });

  it('never leave kept, and reach terminated from every other one', () => {
    for (const state of INSTANCE_STATES) expect(canMove('kept', state)).toBe(false);
    const reach = (from: (typeof INSTANCE_STATES)[number], seen = new Set<string>()): boolean => {
      if (from === 'terminated') return true;
      seen.add(from);
      return Object.values(INSTANCE_TRANSITIONS[from]).some((to) => !seen.has(to) && reach(to, seen));
    };
    for (const state of INSTANCE_STATES.filter((one) => one !== 'kept')) expect(reach(state), state).toBe(true);
  });
});

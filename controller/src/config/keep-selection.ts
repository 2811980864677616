/** Which instances stay after the run: `all`, `none`, `ask`, or a list such as `1,3,5-7`. */
import type { KeepPolicy } from '../runs/fleet-spec.ts';

const MOST_INDEX = 100_000;

/** Indexes in ascending order without repeats; null when the text is no selection. Spaces are allowed. */
export function parseIndexes(text: string): readonly number[] | null {
  const indexes = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (match === null || from < 1 || to < from || to > MOST_INDEX) return null;
    for (let index = from; index <= to; index += 1) indexes.add(index);
  }
  return [...indexes].sort((a, b) => a - b);
}

/** The policy, or null when the text is none. */
export function parseKeepPolicy(text: string): KeepPolicy | null {
  return text === 'ask' || text === 'all' || text === 'none' ? text : parseIndexes(text);
}

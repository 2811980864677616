/** Arithmetic on sets of sequence numbers held as ranges, both ends included (pure). */
import type { SequenceRange } from '../store/sample-store.ts';

/** Sorted, without overlaps, neighbours joined. */
export function normalizeRanges(ranges: readonly SequenceRange[]): SequenceRange[] {
  const joined: { first: number; last: number }[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    if (last < first) continue;
    const open = joined.at(-1);
    if (open !== undefined && first <= open.last + 1) open.last = Math.max(open.last, last);
    else joined.push({ first, last });
  }
  return joined;
}

/** What is in `ranges` and not in `taken`. */
export function subtractRanges(ranges: readonly SequenceRange[], taken: readonly SequenceRange[]): SequenceRange[] {
  const holes = normalizeRanges(taken);
  let passed = 0;
  return normalizeRanges(ranges).flatMap((range) => {
    while ((holes[passed]?.last ?? Number.POSITIVE_INFINITY) < range.first) passed++;
    return cutRange(range, holes, passed);
  });
}

/** A range without the holes from number `from` on, which is the first that does not end before the range. */
function cutRange(range: SequenceRange, holes: readonly SequenceRange[], from: number): SequenceRange[] {
  const left: SequenceRange[] = [];
  let first = range.first;
  for (let at = from; at < holes.length; at++) {
    const hole = holes[at] as SequenceRange;
    if (hole.first > range.last) break;
    if (hole.first > first) left.push({ first, last: hole.first - 1 });
    first = hole.last + 1;
  }
  if (first <= range.last) left.push({ first, last: range.last });
  return left;
}

/** What is in both. */
export function intersectRanges(a: readonly SequenceRange[], b: readonly SequenceRange[]): SequenceRange[] {
  return subtractRanges(a, subtractRanges(a, b));
}

/** How many numbers the ranges hold; they must not overlap. */
export function countRanges(ranges: readonly SequenceRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

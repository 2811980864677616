/** Text for a terminal of some width: what is cut says so (pure). */

const MARK = '...';

/** At most `width` characters; what was longer ends in three dots. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= MARK.length ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - MARK.length)}${MARK}`;
}

/** The first that fits: they come longest first. When none does, the shortest of them, cut. */
export function firstFitting(candidates: readonly string[], width: number): string {
  return candidates.find(({ length }) => length <= width) ?? clip(candidates.at(-1) ?? '', width);
}

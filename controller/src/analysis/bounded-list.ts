/** A list that keeps its first entries and says how many there were: a report stays readable whatever went wrong. */

export const LIST_LIMIT = 1000;

export interface BoundedList<T> {
  readonly items: readonly T[];
  /** How many there are in all; more than `items` when the rest was left out. */
  readonly total: number;
}

/** The first entries in the given order. */
export function bounded<T>(all: readonly T[], limit = LIST_LIMIT): BoundedList<T> {
  return { items: all.slice(0, limit), total: all.length };
}

/** Units as types: a number whose unit is part of its type cannot be mixed up with another. Units cost nothing at run time. */

declare const unit: unique symbol;

/** A length of time or a difference of two clock readings, in nanoseconds. Exact up to 2^53 ns, which is 104 days. */
export type Nanoseconds = number & { readonly [unit]: 'ns' };

/** A rate difference in parts per billion; positive = the subject runs fast. */
export type PartsPerBillion = number & { readonly [unit]: 'ppb' };

/** Says that a plain number is in nanoseconds. */
export function nanoseconds(value: number): Nanoseconds {
  return value as Nanoseconds;
}

/** Says that a plain number is in parts per billion. */
export function partsPerBillion(value: number): PartsPerBillion {
  return value as PartsPerBillion;
}

export const NS_PER_US = 1_000;
export const NS_PER_MS = 1_000_000;
export const NS_PER_S = 1_000_000_000;

/** Seconds to nanoseconds, rounded to a whole nanosecond. */
export function secondsToNs(seconds: number): Nanoseconds {
  return Math.round(seconds * NS_PER_S) as Nanoseconds;
}

/** Milliseconds to nanoseconds, rounded to a whole nanosecond. */
export function msToNs(milliseconds: number): Nanoseconds {
  return Math.round(milliseconds * NS_PER_MS) as Nanoseconds;
}

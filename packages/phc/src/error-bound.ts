/** What the device says of its own error: the `phc_error_bound` file of the ENA driver, ns. */
import { readFileSync } from 'node:fs';

/** All bits set: the device has no bound (ENA_PHC_MAX_ERROR_BOUND of ena_com.c). */
const NO_BOUND = 0xffffffff;

/** The bound in ns, or null for "none". Decimal nanoseconds and a line end; anything else is none as well. */
export function parseErrorBound(text: string): number | null {
  const digits = /^(\d{1,10})\n?$/.exec(text)?.[1];
  if (digits === undefined) return null;
  const bound = Number(digits);
  return bound < NO_BOUND ? bound : null;
}

/** Expected: EBUSY while the last request of anybody failed, EOPNOTSUPP while the PHC is not active, ENOENT/ENODEV after a reload. */
const NO_BOUND_ERRORS = new Set<unknown>(['EBUSY', 'EOPNOTSUPP', 'ENOTSUP', 'ENOENT', 'ENODEV']);

/**
 * The bound, or null where there is none now. The driver caches it at each successful reading, so read the time first. A missing
 * permission or another unexpected error is thrown.
 */
export function readErrorBound(path: string): number | null {
  try {
    return parseErrorBound(readFileSync(path, 'latin1'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_BOUND_ERRORS.has(error.code)) return null;
    throw error;
  }
}

/** `paired` only when nobody else reads the device: the cached bound then belongs to our own last reading. */
export function errorBoundStatus(boundNs: number | null, others: boolean): 'missing' | 'cached' | 'paired' {
  if (boundNs === null) return 'missing';
  return others ? 'cached' : 'paired';
}

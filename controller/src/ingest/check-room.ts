/**
 * Samples do not take the last of the disk (pure): what decides about instances, the report, and removing samples need room too, and so does a
 * controller that is started again.
 */
import { StoreError } from '../store/store-error.ts';

/** The lesser of the two stays free. */
const KEPT_FREE_BYTES = 64 * 2 ** 20;
const KEPT_FREE_SHARE = 0.02;

/** As `statfs` tells it. */
export interface DiskRoom {
  readonly bavail: number;
  readonly blocks: number;
  readonly bsize: number;
}

/** Throws `StoreError` `full`. */
export function checkRoom({ bavail, blocks, bsize }: DiskRoom): void {
  const kept = Math.min(KEPT_FREE_BYTES, blocks * bsize * KEPT_FREE_SHARE);
  if (bavail * bsize >= kept) return;
  const keptMb = Math.ceil(kept / 1e6);
  throw new StoreError('full', `less than ${keptMb} MB are free on the disk, and samples do not take the last of it`);
}

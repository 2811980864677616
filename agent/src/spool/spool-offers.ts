/** The file that remembers, across a restart, from which segments anything may have been sent (see `EpochLog.offeredFrom`). */
import type { EpochLog } from './epoch-log.ts';
import type { SpoolDisk } from './spool-disk.ts';

const OFFERS_NAME = 'offers.json';

export async function writeOffers(disk: SpoolDisk, logs: readonly EpochLog[]): Promise<void> {
  const offers = Object.fromEntries(
    logs.filter((log) => log.acked < log.written && log.offeredFrom > 0).map((log) => [log.epoch, log.offeredFrom]),
  );
  await disk.replace(OFFERS_NAME, new TextEncoder().encode(`${JSON.stringify(offers)}\n`));
}

/**
 * Where the disk is too full to write what is offered: the file is emptied, which needs no space. Without it, every segment counts as
 * offered after a restart.
 */
export async function forgetOffers(disk: SpoolDisk): Promise<void> {
  const names = await disk.list();
  if (names.includes(OFFERS_NAME)) await disk.truncate(OFFERS_NAME, 0);
}

/** Sets `offeredFrom` of the logs. Without a readable file every segment counts as offered, so that nothing stored is dropped. */
export async function readOffers(disk: SpoolDisk, logs: readonly EpochLog[]): Promise<void> {
  const names = await disk.list();
  const offers = names.includes(OFFERS_NAME) ? parseOffers(await disk.read(OFFERS_NAME)) : null;
  for (const log of logs) {
    const offered = offers === null ? (log.segments.at(-1)?.first ?? 0) : offers[log.epoch];
    log.offeredFrom = typeof offered === 'number' ? offered : 0;
  }
}

function parseOffers(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

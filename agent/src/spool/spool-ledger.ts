/** The ledger file of the spool, and the removal of segments that it allows. */
import type { SpoolLedger } from '@ptp-tester/wire';
import type { EpochLog } from './epoch-log.ts';
import { LEDGER_NAME } from './recover.ts';
import type { Segment } from './segment.ts';
import type { SpoolDisk } from './spool-disk.ts';

export interface SpoolIdentity {
  readonly run: string;
  readonly instanceId: string;
}

export async function writeLedger(disk: SpoolDisk, identity: SpoolIdentity, logs: readonly EpochLog[]): Promise<void> {
  const ledger: SpoolLedger = {
    run: identity.run,
    instance_id: identity.instanceId,
    epochs: logs.map((log) => ({ epoch: log.epoch, through: log.written, acked: log.acked })),
  };
  await disk.replace(LEDGER_NAME, new TextEncoder().encode(`${JSON.stringify(ledger)}\n`));
}

interface Removal {
  readonly disk: SpoolDisk;
  readonly identity: SpoolIdentity;
  readonly logs: readonly EpochLog[];
  /** The segment that is being appended to; it stays. */
  readonly keep: Segment | null;
}

/** Removes the segments that are acknowledged as a whole, after the ledger says so. */
export async function removeAcked({ disk, identity, logs, keep }: Removal): Promise<void> {
  const done = logs.flatMap((log) =>
    log.segments
      .filter((segment) => segment !== keep && segment.last <= log.acked)
      .map((segment) => ({ log, segment })),
  );
  const oldest = done[0];
  if (oldest === undefined) return;
  try {
    await writeLedger(disk, identity, logs);
  } catch {
    // A full disk cannot take a new ledger until something is removed. The controller has these records and says so at the next
    // contact, so a ledger that is behind for a moment costs nothing.
    await remove(disk, oldest.log, oldest.segment);
    await writeLedger(disk, identity, logs);
  }
  for (const { log, segment } of done) if (log.segments.includes(segment)) await remove(disk, log, segment);
}

async function remove(disk: SpoolDisk, log: EpochLog, segment: Segment): Promise<void> {
  await disk.remove(segment.name);
  log.segments.splice(log.segments.indexOf(segment), 1);
}

/** The agent's spool as it lies on the guest's disk, brought to this machine, where `ptp-tester verify` reads it. */
import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from './guest.ts';

const SPOOL = '/var/lib/ptp-tester/spool';
const COPY = '/run/spool';
const PACK = `rm -rf ${COPY} && cp -r ${SPOOL} ${COPY} && tar -C /run -cz spool | base64 -w 0`;
/** The agent syncs what it appended before it appends again, so whatever is in the copy survives a power cut from now on. */
const HAS_GROWN = `[ "$(cat ${SPOOL}/*.seg | wc -c)" -gt "$(cat ${COPY}/*.seg | wc -c)" ]`;
const GROWN_MS = 120_000;

/** While nothing is delivered. Gives the folder that it was unpacked in, below this one. */
export async function fetchSyncedSpool(guest: Guest, below: string): Promise<string> {
  const packed = Buffer.from(await guest.run(PACK), 'base64');
  const folder = await mkdtemp(join(below, 'spool-'));
  execFileSync('tar', ['-xz', '-C', folder], { input: packed });
  await guest.until(HAS_GROWN, GROWN_MS);
  return folder;
}

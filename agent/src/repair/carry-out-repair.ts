/** Root's side of what the agent asks for: only what was not done yet, and only so often, whatever the agent asks. */
import { join } from 'node:path';
import { findChronyUnit } from '../setup/chrony-steps.ts';
import { describeFailure, type Host, outputOf, readHostText } from '../setup/host.ts';
import {
  asRepairRequest,
  asRepairsDone,
  type Moment,
  RESTARTS_PER_HOUR,
  RETRIES_PER_HOUR,
  type RepairRequest,
  type RepairsDone,
  recentMoments,
  repairPath,
} from './repair-request.ts';

export interface RepairPlace {
  /** The agent's folder, which it writes. */
  readonly stateDir: string;
  /** Root's own. */
  readonly folder: string;
  readonly bootId: string;
}

const DONE_FILE = 'repairs.json';
const RESTART_MS = 120_000;

export interface RepairEnd {
  /** In words for the log. */
  readonly said: string;
  /** The setup must not run: somebody stopped chronyd on purpose, or it was tried again just now. */
  readonly endsHere: boolean;
}

/** Null when nothing was asked for that is not done yet. */
export async function carryOutRepair(place: RepairPlace, host: Host): Promise<RepairEnd | null> {
  const request = asRepairRequest(await readJson(host, repairPath(place.stateDir)));
  const done = asRepairsDone(await readJson(host, join(place.folder, DONE_FILE)));
  if (request === null || request.number === done.number) return null;
  const now = { boot_id: place.bootId, at_s: await uptimeS(host) };
  const recent = recentMoments(done.done, now);
  const retried = recentMoments(done.retried ?? [], now);
  const next: RepairsDone = { version: 1, number: request.number, done: recent, retried };
  if (request.action === 'retry_setup') return retry({ next, now }, place, host);
  if (recent.length >= RESTARTS_PER_HOUR) {
    return ended(`chronyd was restarted ${recent.length} times within an hour: not again`);
  }
  // Written before, so that a chronyd that takes the machine with it is not restarted at the next boot.
  const problem = await record({ ...next, done: [...recent, now] }, place, host);
  // What is not recorded has no limit. The setup that follows looks after chronyd all the same.
  return problem === null ? restart(request, host) : ended(`chronyd is not restarted: ${problem}`);
}

/** The setup itself is what follows. At a boot it always may: what was tried in another boot does not count. */
async function retry(
  { next, now }: { readonly next: RepairsDone; readonly now: Moment },
  place: RepairPlace,
  host: Host,
): Promise<RepairEnd> {
  const retried = next.retried ?? [];
  const isTooOften = retried.length >= RETRIES_PER_HOUR;
  const problem = await record(isTooOften ? next : { ...next, retried: [...retried, now] }, place, host);
  if (problem !== null) return ended(`the try is not recorded: ${problem}`);
  if (isTooOften) return ended('the setup was tried again within the last hour: not now', true);
  const unit = await findChronyUnit(host);
  if (unit !== null && (await isStoppedOnPurpose(host, unit))) return leftStopped(unit);
  return ended('the setup is tried again: chronyd had not selected the PHC in time');
}

/** Null, or why it could not be written. */
async function record(done: RepairsDone, place: RepairPlace, host: Host): Promise<string | null> {
  try {
    await host.writeFile(join(place.folder, DONE_FILE), new TextEncoder().encode(`${JSON.stringify(done)}\n`));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The host's own clock begins anew with each process, and each request has one of its own. */
async function uptimeS(host: Host): Promise<number> {
  const [uptime = '0'] = (await readHostText(host, '/proc/uptime'))?.split(' ') ?? [];
  return Math.round(Number(uptime));
}

function ended(said: string, endsHere = false): RepairEnd {
  return { said, endsHere };
}

function leftStopped(unit: string): RepairEnd {
  return ended(`${unit} was stopped in order, by somebody: it is left so`, true);
}

async function restart(request: RepairRequest, host: Host): Promise<RepairEnd> {
  const unit = await findChronyUnit(host);
  if (unit === null) return ended('systemd has no unit for chronyd');
  if (await isStoppedOnPurpose(host, unit)) return leftStopped(unit);
  // What failed in a row is refused by systemd without this.
  await host.run('systemctl', ['reset-failed', unit]);
  const result = await host.run('systemctl', ['restart', unit], RESTART_MS);
  if (result.kind === 'ran' && result.exitCode === 0) return ended(`${unit} restarted (${request.why})`);
  return ended(describeFailure(`systemctl restart ${unit}`, result));
}

/** One that died, was killed, or could not start is `failed` for systemd. */
async function isStoppedOnPurpose(host: Host, unit: string): Promise<boolean> {
  const state = await outputOf(host, 'systemctl', ['show', '--property=ActiveState,Result', unit]);
  return state !== null && /^ActiveState=inactive$/m.test(state) && /^Result=success$/m.test(state);
}

async function readJson(host: Host, path: string): Promise<unknown> {
  const text = await readHostText(host, path);
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    // The agent's folder is not root's: what is no request is none.
    return null;
  }
}

/** Root's side of a restart of chronyd: only what was not done yet, and three times an hour whatever the agent asks. */
import { join } from 'node:path';
import { findChronyUnit } from '../setup/chrony-steps.ts';
import { describeFailure, type Host, readHostText } from '../setup/host.ts';
import {
  asRepairRequest,
  asRepairsDone,
  RESTARTS_PER_HOUR,
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

/** What was done, in words for the log; null when nothing was asked for that is not done yet. */
export async function carryOutRepair(place: RepairPlace, host: Host): Promise<string | null> {
  const request = asRepairRequest(await readJson(host, repairPath(place.stateDir)));
  const done = asRepairsDone(await readJson(host, join(place.folder, DONE_FILE)));
  if (request === null || request.number === done.number) return null;
  const now = { boot_id: place.bootId, at_s: Math.round(host.monotonicMs() / 1000) };
  const recent = recentMoments(done.done, now);
  if (recent.length >= RESTARTS_PER_HOUR)
    return `chronyd was restarted ${recent.length} times within an hour: not again`;
  // Written before, so that a chronyd that takes the machine with it is not restarted at the next boot.
  const next: RepairsDone = { version: 1, number: request.number, done: [...recent, now] };
  await host.writeFile(join(place.folder, DONE_FILE), new TextEncoder().encode(`${JSON.stringify(next)}\n`));
  return restart(request, host);
}

async function restart(request: RepairRequest, host: Host): Promise<string> {
  const unit = await findChronyUnit(host);
  if (unit === null) return 'systemd has no unit for chronyd';
  // What failed in a row is refused by systemd without this.
  await host.run('systemctl', ['reset-failed', unit]);
  const result = await host.run('systemctl', ['restart', unit], RESTART_MS);
  if (result.kind === 'ran' && result.exitCode === 0) return `${unit} restarted (${request.why})`;
  return describeFailure(`systemctl restart ${unit}`, result);
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

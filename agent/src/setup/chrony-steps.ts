/** Steps of chrony: there, configured, ordered after the device, restarted, and following the PHC. And the way back. */
import { parseSourcesCsv, SOURCE_SELECTED, type SourceData } from '@ptp-tester/chrony';
import type { FoundPhc } from '@ptp-tester/phc';
import { isOnDevice, readChronyPhc } from '../sources/chrony-phc.ts';
import { readChronyConfig } from '../sources/read-chrony-config.ts';
import { describeFailure, type Host, outputOf, readHostText } from './host.ts';
import type { CommandResult } from './run-command.ts';
import { SELECTION_STEP } from './setup-result.ts';
import type { SetupContext, SetupStep, StepEnd } from './setup-step.ts';
import { changeChrony, DEVICE_LINK, orderingDropIn, orderingDropInPath, REFID, refclockLine } from './setup-texts.ts';

const INSTALL_MS = 300_000;
const RESTART_MS = 120_000;
/** From the restart to `#* PHC0`: some 8 s at poll 0, more beside a preferred NTP source. */
const SELECT_MS = 90_000;
/** One that has run for longer may have missed a poll. */
const SETTLED_MS = 15_000;
const SELECT_POLL_MS = 1_000;
/** In the reachability register. */
const LAST_POLL = 1;
/** `chronyc waitsync`: tries of one second each. */
const SYNC_TRIES = 120;
/** The service's name on Amazon Linux and Fedora, then on Debian. */
const UNITS = ['chronyd.service', 'chrony.service'];

export const CHRONY_STEPS: readonly SetupStep[] = [
  { name: 'chrony_present', touchesChrony: false, run: install },
  { name: 'chrony_config', touchesChrony: true, run: configure },
  { name: 'chrony_order', touchesChrony: true, run: order },
  { name: 'chrony_restart', touchesChrony: true, run: restart },
  { name: SELECTION_STEP, touchesChrony: true, run: awaitSelection },
];

/** The unit that runs chronyd; null when there is none. */
export async function findChronyUnit(host: Host): Promise<string | null> {
  for (const unit of UNITS) {
    const output = await outputOf(host, 'systemctl', ['show', '--property=LoadState,Id', unit]);
    if (output?.includes('LoadState=loaded') === true) return /^Id=(\S+)$/m.exec(output)?.[1] ?? unit;
  }
  return null;
}

const APT = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-y', '-q'] as const;
const APT_INSTALL = [...APT, 'install', '--no-install-recommends', 'chrony'] as const;
/** In their order, until chrony is there. An image of Debian has no package lists before the first `apt-get update`. */
const WAYS_TO_INSTALL = [
  { tool: 'dnf', words: ['dnf', 'install', '-y', '-q', 'chrony'] },
  { tool: 'apt-get', words: APT_INSTALL },
  { tool: 'apt-get', words: [...APT, 'update'] },
  { tool: 'apt-get', words: APT_INSTALL },
] as const;

async function install({ host }: SetupContext): Promise<StepEnd> {
  const version = await chronydVersion(host);
  if (version !== null) return { outcome: 'unchanged', detail: version };
  const problems = new Set<string>();
  for (const { tool, words } of WAYS_TO_INSTALL) {
    const [program, ...args] = words;
    const result = await host.run(program, args, INSTALL_MS);
    // A package manager that believes it installed already installs nothing.
    const installed = await chronydVersion(host);
    if (installed !== null) return { outcome: 'changed', detail: `installed by ${tool}: ${installed}` };
    if (result.kind !== 'absent' && !hasUpdated(words, result)) problems.add(describeFailure(tool, result));
  }
  const why = [...problems].join('; ') || 'no package manager';
  return { outcome: 'failed', detail: `chrony could not be installed: ${why}` };
}

/** Then it has done its part; an installation that ends well without a chronyd has not. */
function hasUpdated(words: readonly string[], result: CommandResult): boolean {
  return words.includes('update') && result.kind === 'ran' && result.exitCode === 0;
}

async function chronydVersion(host: Host): Promise<string | null> {
  const version = await host.run('chronyd', ['--version']);
  return version.kind === 'ran' ? version.output.trim() : null;
}

async function configure(context: SetupContext): Promise<StepEnd> {
  const { host, journal, roots, ownReadsPerS, clock } = context;
  const config = readChronyConfig(roots);
  if (config === null) return { outcome: 'failed', detail: 'chrony has no configuration file' };
  const path = `/etc${config.path.slice(roots.etc.length)}`;
  const text = (await readHostText(host, path)) ?? '';
  const line = refclockLine(ownReadsPerS);
  const isPhc = (device: string) => device === DEVICE_LINK || (clock != null && isOnDevice(device, clock, roots));
  const change = changeChrony({ path, text }, config.text, { line, isPhc });
  if (change.kind === 'present') return { outcome: 'unchanged', detail: `${path} has it already: ${change.line}` };
  const changed = await journal.write('chrony', change.file.path, change.file.text);
  context.restartNeeded ||= changed;
  return { outcome: changed ? 'changed' : 'unchanged', detail: `${change.file.path}: ${line}` };
}

async function order(context: SetupContext): Promise<StepEnd> {
  const { host, journal, undoCommand } = context;
  const unit = await findChronyUnit(host);
  if (unit === null) return { outcome: 'failed', detail: 'systemd has no unit for chronyd' };
  const path = orderingDropInPath(unit);
  const changed = await journal.write('chrony', path, orderingDropIn(undoCommand));
  if (!changed) return { outcome: 'unchanged', detail: path };
  context.restartNeeded = true;
  const result = await host.run('systemctl', ['daemon-reload']);
  if (result.kind === 'ran' && result.exitCode === 0) return { outcome: 'changed', detail: path };
  return { outcome: 'failed', detail: describeFailure('systemctl daemon-reload', result) };
}

async function restart(context: SetupContext): Promise<StepEnd> {
  const { host, restartNeeded, clock } = context;
  const unit = (await findChronyUnit(host)) ?? '';
  const isActive = (await outputOf(host, 'systemctl', ['is-active', unit])) !== null;
  const mayStay = isActive && !restartNeeded && (await holdsClock(host, unit, clock));
  if (mayStay && (await followsPhcWithin(context, await settlingMs(host, unit)))) {
    return { outcome: 'unchanged', detail: `${unit} runs and follows the PHC` };
  }
  const problem = await restartUnit(host, unit);
  return problem === null
    ? { outcome: 'changed', detail: `${unit} restarted` }
    : { outcome: 'failed', detail: problem };
}

/**
 * Whether it is this clock that chronyd has open. A device that went away and came back has another node: chronyd keeps the old one
 * (`/dev/ptp0 (deleted)`) for good, and its selection for minutes; and one that was started with another clock behind the link keeps that one.
 */
async function holdsClock(host: Host, unit: string, clock: FoundPhc | null): Promise<boolean> {
  const pid = (await outputOf(host, 'systemctl', ['show', '--property=MainPID', '--value', unit]))?.trim() ?? '';
  if (!/^[1-9]\d*$/.test(pid) || clock === null) return true;
  const held = await outputOf(host, 'find', [`/proc/${pid}/fd`, '-lname', clock.devicePath]);
  // Without an answer its reach decides.
  return held === null || held.trim() !== '';
}

/** How long a chronyd that runs may still need to select the PHC: beside a preferred NTP source as long as after a restart. */
async function settlingMs(host: Host, unit: string): Promise<number> {
  const property = '--property=ActiveEnterTimestampMonotonic';
  const enteredUs = Number((await outputOf(host, 'systemctl', ['show', property, '--value', unit]))?.trim());
  const uptimeS = Number((await readHostText(host, '/proc/uptime'))?.split(' ', 1)[0]);
  const left = SELECT_MS - (uptimeS * 1000 - enteredUs / 1000);
  return Number.isFinite(left) ? Math.min(Math.max(left, SETTLED_MS), SELECT_MS) : SETTLED_MS;
}

/** Names of the PHC in chronyc: who configured it before us named it too. */
function namesOfPhc({ clock, roots }: SetupContext): readonly string[] {
  const { names } = readChronyPhc(clock ?? undefined, roots);
  return names.length === 0 ? [REFID] : names;
}

/** Whether chronyd selects the PHC and had a sample at its last poll, now or soon. */
async function followsPhcWithin(context: SetupContext, milliseconds: number): Promise<boolean> {
  const { host } = context;
  const names = namesOfPhc(context);
  const endsAt = host.monotonicMs() + milliseconds;
  for (;;) {
    const selected = await selectedSource(host);
    const isPhc = selected !== null && names.includes(selected.name);
    if (isPhc && (selected.reachability & LAST_POLL) !== 0) return true;
    if (host.monotonicMs() >= endsAt) return false;
    await host.sleep(SELECT_POLL_MS);
  }
}

async function restartUnit(host: Host, unit: string): Promise<string | null> {
  const result = await host.run('systemctl', ['restart', unit], RESTART_MS);
  if (result.kind === 'ran' && result.exitCode === 0) return null;
  const journal = await outputOf(host, 'journalctl', ['-u', unit, '-n', '5', '--no-pager', '-o', 'cat']);
  return `${describeFailure(`systemctl restart ${unit}`, result)}; its log: ${journal?.trim() ?? 'none'}`;
}

/** What chronyd selected; null while it selected nothing. */
async function selectedSource(host: Host): Promise<SourceData | null> {
  const text = await outputOf(host, 'chronyc', ['-c', '-n', 'sources']);
  if (text === null) return null;
  return parseSourcesCsv(text).find(({ state }) => state === SOURCE_SELECTED) ?? null;
}

async function awaitSelection(context: SetupContext): Promise<StepEnd> {
  const { host } = context;
  const isSelected = await followsPhcWithin(context, SELECT_MS);
  const sources = (await outputOf(host, 'chronyc', ['-n', 'sources'])) ?? '';
  if (isSelected) return { outcome: 'unchanged', detail: sources.trim() };
  const selected = await selectedSource(host);
  const instead = selected === null ? 'nothing' : `${selected.name} (reach ${selected.reachability.toString(8)})`;
  const waited = `after ${SELECT_MS / 1000} s chronyd follows ${instead}, not the PHC (${DEVICE_LINK})`;
  return { outcome: 'failed', detail: `${waited}\n${sources.trim()}` };
}

/** Everything of chrony as it was before, and synchronised again. Null, or why the instance may be without time sync. */
export async function rollBackChrony({
  host,
  journal,
}: Pick<SetupContext, 'host' | 'journal'>): Promise<string | null> {
  const unit = await findChronyUnit(host);
  await journal.undo(['chrony']);
  if (unit === null) return 'there is no chronyd to synchronise by';
  await host.run('systemctl', ['daemon-reload']);
  // What failed in a row is refused by systemd without this.
  await host.run('systemctl', ['reset-failed', unit]);
  const problem = await restartUnit(host, unit);
  if (problem !== null) return `the previous configuration does not work either: ${problem}`;
  const wait = ['waitsync', String(SYNC_TRIES), '0', '0', '1'];
  const synced = await host.run('chronyc', wait, (SYNC_TRIES + 10) * 1000);
  if (synced.kind === 'ran' && synced.exitCode === 0) return null;
  return `chronyd runs by the previous configuration and did not synchronise within ${SYNC_TRIES} s`;
}

/** Loads the network driver again, which takes the network away: detached from us, and under a watchdog that gives the network back. */
import { join } from 'node:path';
import { describeFailure, type Host, readHostText } from './host.ts';

/**
 * - `enabled`: the driver runs with PHC and there is a route again
 * - `undone`: with PHC there was no route in time; without it there is
 * - `rebooted`: there was no route either way, and the machine was rebooted without PHC, once
 * - `not_removable`: the driver could not be unloaded; nothing was changed but what the next boot does, and that was put back
 */
const OUTCOMES = ['enabled', 'undone', 'rebooted', 'not_removable'] as const;
export type ReloadOutcome = (typeof OUTCOMES)[number];

/** Shell commands. */
export interface Reload {
  /** Takes the driver away; may fail, then nothing is loaded, and what the next boot does is put back. */
  readonly take: readonly string[];
  /** Brings it back. */
  readonly bring: readonly string[];
  /** Takes PHC out of what `bring` does. */
  readonly disable: readonly string[];
  /** Takes it out of what the next boot does; slow, so only when the network is back or lost. */
  readonly forget: readonly string[];
}

export interface ReloadDependencies {
  readonly host: Host;
  /** Of the setup: here lies how it ended, also after a reboot. */
  readonly folder: string;
}

const UNIT = 'ptp-tester-ena-reload';
const OUTCOME_NAME = 'driver-reload';
const BOOT_ID_PATH = '/proc/sys/kernel/random/boot_id';
/** Two waits of the watchdog for a route, the loading itself, and a slow initramfs. */
const RELOAD_MS = 480_000;
const POLL_MS = 500;

export interface LastReload {
  readonly outcome: ReloadOutcome;
  /** Only an `enabled` can be: what devlink sets does not survive a reboot, the rest holds until the undo. */
  readonly inThisBoot: boolean;
}

/** How the last reload on this machine ended; null when there was none. */
export async function lastReload({ host, folder }: ReloadDependencies): Promise<LastReload | null> {
  const [word, enabledIn] = (await readHostText(host, join(folder, OUTCOME_NAME)))?.trim().split(' ') ?? [];
  const outcome = OUTCOMES.find((one) => one === word);
  if (outcome === undefined) return null;
  const bootId = (await readHostText(host, BOOT_ID_PATH))?.trim();
  return { outcome, inThisBoot: enabledIn !== undefined && enabledIn === bootId };
}

/** As if there had been none. */
export async function forgetReload({ host, folder }: ReloadDependencies): Promise<void> {
  await host.removeFile(join(folder, OUTCOME_NAME));
}

/** Null when it did not come to an end in time. Throws when it could not be begun. */
export async function reloadUnderWatchdog(
  dependencies: ReloadDependencies,
  reload: Reload,
): Promise<ReloadOutcome | null> {
  const { host, folder } = dependencies;
  await forgetReload(dependencies);
  const script = reloadScript(join(folder, OUTCOME_NAME), reload);
  const started = await host.run('systemd-run', ['--unit', UNIT, '--collect', '/bin/sh', '-c', script]);
  if (started.kind !== 'ran' || started.exitCode !== 0) throw new Error(describeFailure('systemd-run', started));
  const endsAt = host.monotonicMs() + RELOAD_MS;
  let outcome = await lastReload(dependencies);
  while (outcome === null && host.monotonicMs() < endsAt) {
    await host.sleep(POLL_MS);
    outcome = await lastReload(dependencies);
  }
  return outcome?.outcome ?? null;
}

/**
 * Without any of the kinds of default route from before after 60 s it goes back to the driver without PHC; when that does not help
 * either, it reboots, once: what is on disk by then is without PHC.
 */
export function reloadScript(outcomePath: string, { take, bring, disable, forget }: Reload): string {
  return [
    'routes() { ip route show default; ip -6 route show default; }',
    'before=$(routes)',
    'up() { n=0; while [ "$n" -lt 60 ]; do [ -z "$before" ] || [ -n "$(routes)" ] && return 0; sleep 1; n=$((n+1)); done; return 1; }',
    `end() { printf '%s\\n' "$1" >${outcomePath}.new; mv -f ${outcomePath}.new ${outcomePath}; sync; }`,
    ...take.map((command) => `${command} || { ${[...disable, ...forget, 'end not_removable'].join('; ')}; exit 5; }`),
    ...bring,
    `up && { end "enabled $(cat ${BOOT_ID_PATH})"; exit 0; }`,
    ...disable,
    ...take,
    ...bring,
    'if up; then',
    ...forget,
    'end undone; exit 3',
    'fi',
    ...forget,
    'end rebooted',
    'systemctl reboot',
  ].join('\n');
}

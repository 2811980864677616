/** Turning the PHC on: whether and how is decided from facts; the driver is reloaded under a watchdog that gives the network back. */
import type { EnaDriver } from './ena-driver.ts';
import { describeFailure, type Host, outputOf } from './host.ts';
import type { Journal } from './journal.ts';
import type { StepEnd } from './setup-step.ts';

export type EnableDecision =
  | { readonly how: 'not'; readonly reason: string }
  /** amzn-drivers: by module parameter and reload. devlink would leave no phc_error_bound file (ena_sysfs.c makes it at probe). */
  | { readonly how: 'module' }
  | { readonly how: 'devlink'; readonly pciAddress: string };

export interface EnableFacts {
  readonly driver: EnaDriver;
  readonly hasClock: boolean;
  readonly wanted: 'auto' | 'never';
}

export function decideEnable({ driver, hasClock, wanted }: EnableFacts): EnableDecision {
  const not = (reason: string): EnableDecision => ({ how: 'not', reason });
  if (hasClock) return not('a PHC is registered already');
  if (driver.family === 'none') return not('no ENA driver');
  if (!driver.compatible) return not(`the ENA driver ${driver.version ?? ''} is too old for PHC`);
  if (wanted === 'never') return not('the plan says never');
  if (driver.family === 'mainline') {
    const pciAddress = driver.interfaces[0]?.pciAddress;
    return pciAddress === undefined ? not('no ENA interface') : { how: 'devlink', pciAddress };
  }
  if (driver.phcEnable === null) return not('the ENA driver was built without PHC');
  if (driver.phcEnable) return not('PHC is enabled in the driver, and the device offers no clock');
  return { how: 'module' };
}

const MODPROBE_PATH = '/etc/modprobe.d/ptp-tester-ena.conf';
const MODPROBE_TEXT = '# By ptp-tester.\noptions ena phc_enable=1\n';
const RELOAD_UNIT = 'ptp-tester-ena-reload';
const INITRAMFS_MS = 180_000;
/** Two waits of the watchdog for a route, and the loading itself. */
const RELOAD_MS = 150_000;
const POLL_MS = 500;

/**
 * Runs apart from us, so that it goes on when our connection breaks: takes the driver away and brings it back; without the routes from
 * before after 60 s it does so again without PHC; and when that does not help either, it reboots, once.
 */
export function reloadScript(bootMarker: string): string {
  return [
    'routes() { ip route show default; ip -6 route show default; }',
    'before=$(routes)',
    'up() { n=0; while [ "$n" -lt 60 ]; do [ -z "$before" ] || [ -n "$(routes)" ] && return 0; sleep 1; n=$((n+1)); done; return 1; }',
    'reload() { modprobe -r ena; modprobe ena; }',
    'reload; up && exit 0',
    `rm -f ${MODPROBE_PATH}`,
    'reload; up && exit 3',
    `[ -e ${bootMarker} ] || { : >${bootMarker}; sync; systemctl reboot; }`,
    'exit 4',
  ].join('\n');
}

export interface EnableDependencies {
  readonly host: Host;
  readonly journal: Journal;
  /** Folder of the setup. */
  readonly folder: string;
}

export async function enableByModule({ host, journal, folder }: EnableDependencies): Promise<StepEnd> {
  await journal.write('driver', MODPROBE_PATH, MODPROBE_TEXT);
  const initramfs = await renewInitramfs(host);
  if (initramfs !== null) return { outcome: 'failed', detail: initramfs };
  const words = ['--unit', RELOAD_UNIT, '--collect', '--no-block', '/bin/sh', '-c', reloadScript(`${folder}/rebooted`)];
  const started = await host.run('systemd-run', words);
  if (started.kind !== 'ran' || started.exitCode !== 0) {
    return { outcome: 'failed', detail: describeFailure('systemd-run', started) };
  }
  const endsAt = host.monotonicMs() + RELOAD_MS;
  while (host.monotonicMs() < endsAt && (await isRunning(host))) await host.sleep(POLL_MS);
  if (!(await host.exists(MODPROBE_PATH))) {
    return { outcome: 'failed', detail: 'no route within 60 s after the reload; the driver runs without PHC again' };
  }
  return { outcome: 'changed', detail: `${MODPROBE_PATH} written and the driver loaded again` };
}

async function isRunning(host: Host): Promise<boolean> {
  const result = await host.run('systemctl', ['is-active', RELOAD_UNIT]);
  return result.kind === 'ran' && /^(active|activating|reloading)/.test(result.output);
}

/** Where ena lies in the initramfs, its options must too. Null when nothing is wrong. */
async function renewInitramfs(host: Host): Promise<string | null> {
  const kernel = (await outputOf(host, 'uname', ['-r']))?.trim() ?? '';
  const tools = [
    { list: ['lsinitrd'], renew: ['dracut', '--force'] },
    { list: ['lsinitramfs', `/boot/initrd.img-${kernel}`], renew: ['update-initramfs', '-u'] },
  ];
  for (const { list, renew } of tools) {
    const [listProgram = '', ...listArgs] = list;
    const files = await outputOf(host, listProgram, listArgs);
    if (files === null || !/\/ena\.ko/.test(files)) continue;
    const [program = '', ...args] = renew;
    const result = await host.run(program, args, INITRAMFS_MS);
    if (result.kind !== 'ran' || result.exitCode !== 0) return describeFailure(program, result);
  }
  return null;
}

/** Mainline. A device without PHC answers EOPNOTSUPP, which is evidence (ena_devlink.c). */
export async function enableByDevlink(host: Host, pciAddress: string): Promise<StepEnd> {
  const device = `pci/${pciAddress}`;
  const set = ['dev', 'param', 'set', device, 'name', 'enable_phc', 'value', 'true', 'cmode', 'driverinit'];
  for (const args of [set, ['dev', 'reload', device]]) {
    const result = await host.run('devlink', args);
    if (result.kind !== 'ran' || result.exitCode !== 0) {
      return { outcome: 'failed', detail: describeFailure('devlink', result) };
    }
  }
  return { outcome: 'changed', detail: `enable_phc set by devlink on ${device}` };
}

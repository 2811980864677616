/** Turning the PHC on: whether and how is decided from facts, by what the driver offers. */
import type { EnaDriver } from './ena-driver.ts';
import { describeFailure, type Host } from './host.ts';
import { initramfsWithEna, renewCommand } from './initramfs.ts';
import type { Journal } from './journal.ts';
import { type LastReload, type Reload, type ReloadOutcome, reloadUnderWatchdog } from './reload-driver.ts';
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
  /** How an earlier reload on this machine ended; null when there was none. */
  readonly earlier: LastReload | null;
}

export function decideEnable({ driver, hasClock, wanted, earlier }: EnableFacts): EnableDecision {
  const not = (reason: string): EnableDecision => ({ how: 'not', reason });
  if (hasClock) return not('a PHC is registered already');
  if (driver.family === 'none') return not('no ENA driver');
  if (!driver.compatible) return not(`the ENA driver ${driver.version ?? ''} is too old for PHC`);
  if (wanted === 'never') return not('the plan says never');
  if (driver.family === 'amzn' && driver.phcEnable === null) return not('the ENA driver was built without PHC');
  if (driver.phcEnable === true) return not('PHC is enabled in the driver, and the device offers no clock');
  const tried = earlier === null ? null : whyNotAgain(driver, earlier);
  if (tried !== null) return not(`not tried again${tried}`);
  if (driver.family === 'amzn') return { how: 'module' };
  const pciAddress = driver.interfaces[0]?.pciAddress;
  return pciAddress === undefined ? not('no ENA interface') : { how: 'devlink', pciAddress };
}

/** It would cost the network again with every boot and every plan. Null: there is reason to try. */
function whyNotAgain(driver: EnaDriver, { outcome, inThisBoot }: LastReload): string | null {
  if (outcome !== 'enabled') return `: ${describeOutcome(outcome)}`;
  // A mainline driver does not show that PHC is enabled: only our own word does.
  return driver.family === 'mainline' && inThisBoot ? NO_CLOCK_BY_DEVLINK : null;
}

const NO_CLOCK_BY_DEVLINK =
  ' before the next boot: devlink took enable_phc, the driver was loaded again with it, and there is no clock';

function describeOutcome(outcome: ReloadOutcome): string {
  switch (outcome) {
    case 'enabled':
      return 'the driver was loaded again with PHC';
    case 'undone':
      return 'with PHC there was no route within 60 s; the driver runs without it again';
    case 'rebooted':
      return 'with PHC there was no route, nor without it after loading the driver again; the machine was rebooted without PHC';
    case 'not_removable':
      return 'the ENA driver cannot be unloaded (built into the kernel?); the kernel argument ena.phc_enable=1 would enable PHC';
  }
}

const MODPROBE_PATH = '/etc/modprobe.d/ptp-tester-ena.conf';
const MODPROBE_TEXT = '# By ptp-tester.\noptions ena phc_enable=1\n';

export interface EnableDependencies {
  readonly host: Host;
  readonly journal: Journal;
  /** Folder of the setup. */
  readonly folder: string;
}

export async function enableByModule({ host, journal, folder }: EnableDependencies): Promise<StepEnd> {
  await journal.write('driver', MODPROBE_PATH, MODPROBE_TEXT);
  const renew = await initramfsWithEna(host);
  if (renew !== null) {
    const result = await host.run(...renewCommand(renew));
    if (result.kind !== 'ran' || result.exitCode !== 0) {
      await journal.undo(['driver']);
      // It may have come to an end for some kernels: with PHC in them the next boot would be without the watchdog.
      await host.run(...renewCommand(renew));
      return { outcome: 'failed', detail: describeFailure(renew[0], result) };
    }
  }
  // Whatever was in the initramfs with PHC must be without it again, or the next boot has no network.
  const forget = [`rm -f ${MODPROBE_PATH}`, ...(renew === null ? [] : [renew.join(' ')])];
  const outcome = await reloadUnderWatchdog({ host, folder }, moduleReload(forget));
  if (outcome !== 'enabled') await journal.undo(['driver']);
  const renewed = renew === null ? '' : `, ena lies in the initramfs: ${renew.join(' ')}`;
  return endOf(outcome, `${MODPROBE_PATH} written${renewed}`);
}

function moduleReload(forget: readonly string[]): Reload {
  return { take: ['modprobe -r ena'], bring: ['modprobe ena'], disable: [forget[0] ?? ''], forget: forget.slice(1) };
}

/** Mainline. A device without PHC answers EOPNOTSUPP, which is evidence (ena_devlink.c). */
export async function enableByDevlink({ host, folder }: EnableDependencies, pciAddress: string): Promise<StepEnd> {
  const device = `pci/${pciAddress}`;
  const set = (value: boolean) =>
    ['dev', 'param', 'set', device, 'name', 'enable_phc', 'value', String(value), 'cmode', 'driverinit'] as const;
  const result = await host.run('devlink', set(true));
  if (result.kind !== 'ran' || result.exitCode !== 0) {
    const detail = describeFailure('devlink', result);
    return saysUnsupported(result)
      ? { outcome: 'skipped', detail, deviceHasNoPhc: detail }
      : { outcome: 'failed', detail };
  }
  const outcome = await reloadUnderWatchdog(
    { host, folder },
    { take: [], bring: [`devlink dev reload ${device}`], disable: [`devlink ${set(false).join(' ')}`], forget: [] },
  );
  return endOf(outcome, `enable_phc set by devlink on ${device}`);
}

function saysUnsupported(result: { readonly kind: string; readonly output?: string }): boolean {
  return result.kind === 'ran' && /not supported|doesn't support PHC/i.test(result.output ?? '');
}

function endOf(outcome: ReloadOutcome | null, done: string): StepEnd {
  if (outcome === null) return { outcome: 'failed', detail: 'loading the driver again did not come to an end in time' };
  const detail = outcome === 'enabled' ? `${done}; ${describeOutcome(outcome)}` : describeOutcome(outcome);
  return { outcome: outcome === 'enabled' ? 'changed' : 'failed', detail };
}

/** Steps up to the device: the driver, its PHC, the clock and its link. */
import { rollBackChrony } from './chrony-steps.ts';
import { decideEnable, enableByDevlink, enableByModule } from './enable-phc.ts';
import { describeFailure, type Host, outputOf } from './host.ts';
import { lastReload } from './reload-driver.ts';
import type { SetupContext, SetupStep, StepEnd } from './setup-step.ts';
import { CLOCK_CHANGED, DEVICE_LINK, UDEV_RULE_PATH, udevRule } from './setup-texts.ts';
import { otherTimeDaemons } from './time-daemons.ts';

const LINK_WAIT_MS = 10_000;
const CLOCK_WAIT_MS = 10_000;
const SETTLE_S = 10;
const POLL_MS = 200;

export const DEVICE_STEPS: readonly SetupStep[] = [
  { name: 'other_time_daemons', touchesChrony: false, run: lookForOthers },
  { name: 'driver', touchesChrony: false, run: describeDriver },
  { name: 'enable_phc', touchesChrony: false, run: enablePhc },
  { name: 'device', touchesChrony: false, run: findDevice },
  { name: 'udev_rule', touchesChrony: false, run: writeRule },
];

async function lookForOthers({ host }: SetupContext): Promise<StepEnd> {
  const clockBound = await outputOf(host, 'clockbound', ['--version']);
  const others = otherTimeDaemons(await host.processes(), clockBound);
  if (others.length === 0) return { outcome: 'unchanged', detail: 'nothing but chronyd disciplines the clock' };
  const reason = `Nothing was configured: ${others.join(' and ')} disciplines the system clock.`;
  return { outcome: 'skipped', detail: reason, stop: { value: 'not_attempted', reason } };
}

async function describeDriver({ readDriver, host }: SetupContext): Promise<StepEnd> {
  const driver = readDriver();
  const interfaces = driver.interfaces.map(({ name, pciAddress }) => `${name} at ${pciAddress}`).join(', ') || 'none';
  const enabled = driver.phcEnable === null ? 'no phc_enable parameter' : `phc_enable=${driver.phcEnable ? 1 : 0}`;
  const module = driver.family === 'none' ? null : await outputOf(host, 'modinfo', ['-F', 'version', 'ena']);
  const onDisk = module === null ? '' : `, on disk ${module.trim()}`;
  const detail = `family ${driver.family}, version ${driver.version ?? 'none'}${onDisk}, ${enabled}, ENA interfaces: ${interfaces}`;
  return { outcome: 'unchanged', detail };
}

async function enablePhc(context: SetupContext): Promise<StepEnd> {
  const { plan, host, journal, folder, readDriver, findClock } = context;
  const hasClock = findClock() !== undefined;
  const earlier = await lastReload({ host, folder });
  const decision = decideEnable({ driver: readDriver(), hasClock, wanted: plan.enable_phc, earlier });
  switch (decision.how) {
    case 'not':
      context.whyNotEnabled = hasClock ? null : decision.reason;
      return { outcome: hasClock ? 'unchanged' : 'skipped', detail: decision.reason };
    case 'module':
      return await enableByModule({ host, journal, folder });
    case 'devlink':
      return await enableByDevlink({ host, journal, folder }, decision.pciAddress);
  }
}

async function findDevice(context: SetupContext): Promise<StepEnd> {
  const { findClock, host } = context;
  // What udev asked for up to here is answered by the look that follows.
  await host.run('udevadm', ['settle', `--timeout=${SETTLE_S}`]);
  await host.removeFile(CLOCK_CHANGED);
  const endsAt = host.monotonicMs() + CLOCK_WAIT_MS;
  let clock = findClock();
  while (clock === undefined && host.monotonicMs() < endsAt) {
    await host.sleep(POLL_MS);
    clock = findClock();
  }
  context.clock = clock ?? null;
  if (clock === undefined) return await withoutDevice(context);
  const { devicePath, clockName, pciAddress, interfaceNames } = clock;
  const where = pciAddress === null ? 'no PCI device' : `PCI ${pciAddress}`;
  const detail = `${devicePath}, ${clockName}, ${where}, interfaces: ${interfaceNames.join(', ') || 'none'}`;
  return { outcome: 'unchanged', detail };
}

/** A chronyd that was configured for a clock that is gone follows its last samples, and would not come up at its next start. */
async function withoutDevice(context: SetupContext): Promise<StepEnd> {
  const why = context.whyNotEnabled === null ? '' : ` (${context.whyNotEnabled})`;
  const missing = `there is no ENA PHC in /sys/class/ptp${why}`;
  if (!(await context.journal.has('chrony'))) {
    // By this setup's last run, or by chronyd's own start: whichever came first at a boot without the device.
    if (context.earlier?.value === 'rolled_back') {
      return { outcome: 'unchanged', detail: missing, stop: context.earlier };
    }
    const reason = `Nothing was configured: ${missing}.`;
    return { outcome: 'skipped', detail: reason, stop: { value: 'not_attempted', reason } };
  }
  const problem = await rollBackChrony(context);
  if (problem !== null) return { outcome: 'failed', detail: `${missing}; ${problem}` };
  const reason = `The PHC went away: ${missing}. The previous configuration is back and chronyd is synchronised.`;
  return { outcome: 'changed', detail: reason, stop: { value: 'rolled_back', reason } };
}

async function writeRule(context: SetupContext): Promise<StepEnd> {
  const { host, journal, clock } = context;
  if (clock === null) return { outcome: 'failed', detail: 'no clock was found' };
  const changed = await journal.write('device', UDEV_RULE_PATH, udevRule(clock));
  const didLead = await leadsTo(host, clock.devicePath);
  if (!changed && didLead) {
    return { outcome: 'unchanged', detail: `${UDEV_RULE_PATH} and ${DEVICE_LINK} are there` };
  }
  // A chronyd that was started with another clock behind the link keeps that one.
  context.restartNeeded ||= !didLead;
  for (const args of [['control', '--reload'], ['trigger', '--subsystem-match=ptp'], ['settle']]) {
    const result = await host.run('udevadm', args);
    if (result.kind !== 'ran' || result.exitCode !== 0) {
      return { outcome: 'failed', detail: describeFailure('udevadm', result) };
    }
  }
  if (!(await comesToLeadTo(host, clock.devicePath))) {
    const detail = `${UDEV_RULE_PATH} was written, and ${DEVICE_LINK} does not lead to ${clock.devicePath}`;
    return { outcome: 'failed', detail };
  }
  return { outcome: 'changed', detail: `${UDEV_RULE_PATH} written; ${DEVICE_LINK} is there` };
}

/** Whether the link is there and is this clock: with another behind it chronyd would follow one clock, and the agent measure another. */
async function leadsTo(host: Host, devicePath: string): Promise<boolean> {
  return (await outputOf(host, 'readlink', ['-e', DEVICE_LINK]))?.trim() === devicePath;
}

async function comesToLeadTo(host: Host, devicePath: string): Promise<boolean> {
  const endsAt = host.monotonicMs() + LINK_WAIT_MS;
  while (!(await leadsTo(host, devicePath))) {
    if (host.monotonicMs() >= endsAt) return false;
    await host.sleep(POLL_MS);
  }
  return true;
}

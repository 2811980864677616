/** Scenario 5: controller and agent are gone, the guest reboots, and the dead-man's switch still ends the instance, on time. */
import { basename } from 'node:path';
import { DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { waitUntil } from '../spine/wait-until.ts';
import { labImage } from './lab-image.ts';
import { tell } from './observed.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const LIFE_S = 480;
/** Between two looks of the switch lie five seconds and what it does, on a machine whose seconds are long. */
const LATE_S = 60;
/** The guest's seconds need not be as long as the host's: an emulated machine takes its own measure of them at boot. */
const GUEST_CLOCK_SHARE = 0.9;
const STARTED_MS = 900_000;
const ENDED_MS = 900_000;
const SWITCH = '/var/lib/ptp-tester-switch';
/** What it says at each boot and at the end, behind the uptime of that boot. */
const IS_ARMED = /\[ *(\d+)\.\d+\] \S+ ptp-tester switch: armed, limit \d+ s of uptime, (\d+) s of it consumed before/g;
const HAS_FIRED = /ptp-tester switch: (\d+) s of uptime are consumed/;

describe.skipIf('skipped' in image)("the dead-man's switch", { timeout: 1_500_000 }, () => {
  it('fires after a reboot with controller and agent gone, and local-ec2 terminates the instance', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    const flags = ['--max-lifetime', `${LIFE_S}s`];
    const run = await startLabRun({ manifest, userData: 'light', duration: '60s', flags });
    const guest = await run.guest();
    const launchedAt = performance.now();
    // User data powers off what it cannot start: an agent that is stopped while it is being started.
    const isStarted = () => /the agent of run \S+, instance 1, is started/.test(run.console(guest));
    await waitUntil('the agent is started', isStarted, { timeoutMs: STARTED_MS, explain: () => run.describe() });
    await run.killController();
    await guest.run('systemctl disable --now ptp-tester-agent');
    await guest.until(`read -r _ _ consumed <${SWITCH}/consumed && [ "$consumed" -ge 60 ]`, STARTED_MS);
    const stored = Number((await guest.run(`cut -d ' ' -f 3 ${SWITCH}/consumed`)).trim());
    await guest.run('systemctl --no-block reboot');

    // All else is read from what the switch itself says, before its machine is cleared away: no look of ours may come too late.
    const fired = await waitUntil('the switch fires', () => HAS_FIRED.exec(run.console(guest)), {
      timeoutMs: ENDED_MS,
      explain: () => run.describe(),
    });
    const livedS = (performance.now() - launchedAt) / 1000;
    const consumed = Number(fired[1]);
    const boots = [...run.console(guest).matchAll(IS_ARMED)].map(([, up, before]) => [Number(up), Number(before)]);
    const instance = await untilTerminated(run.endpoint, basename(guest.folder));
    const [upAtArming = 0, carried = 0] = boots.at(-1) ?? [];
    tell(`switch of ${LIFE_S} s: fired at ${consumed} s of uptime, ${livedS.toFixed(0)} s after the launch`);
    tell(
      `switch of ${LIFE_S} s: ${stored} s before the reboot, ${carried} s after it, armed again ${upAtArming} s later`,
    );
    expect(instance.reason).toBe('Client.InstanceInitiatedShutdown');
    expect(boots).toHaveLength(2);
    expect(carried).toBeGreaterThanOrEqual(stored);
    expect(consumed).toBeGreaterThanOrEqual(LIFE_S);
    // Where the reboot took all that was left, it fires at its first look.
    expect(consumed).toBeLessThanOrEqual(Math.max(LIFE_S, carried + upAtArming) + LATE_S);
    expect(livedS).toBeGreaterThan(LIFE_S * GUEST_CLOCK_SHARE);
  });
});

async function untilTerminated(endpoint: string, instanceId: string): Promise<{ reason: string | undefined }> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const ec2 = new EC2Client({ endpoint, region: 'us-east-1', credentials });
  try {
    return await waitUntil(
      `${instanceId} is terminated`,
      async () => {
        const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
        const [instance] = Reservations.flatMap(({ Instances = [] }) => Instances);
        return instance?.State?.Name === 'terminated' ? { reason: instance.StateReason?.Code } : null;
      },
      { timeoutMs: ENDED_MS, everyMs: 1000 },
    );
  } finally {
    ec2.destroy();
  }
}

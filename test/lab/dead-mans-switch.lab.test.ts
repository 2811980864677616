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
/** What a reboot may take away of the count. */
const LOST_S = 60;
/** Between two looks of the switch, on a machine whose seconds are long. */
const LATE_S = 15;
const REBOOT_MS = 400_000;
const ENDED_MS = 900_000;
const SWITCH = '/var/lib/ptp-tester-switch';

describe.skipIf('skipped' in image)("the dead-man's switch", { timeout: 1_500_000 }, () => {
  it('fires after a reboot with controller and agent gone, and local-ec2 terminates the instance', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    const flags = ['--max-lifetime', `${LIFE_S}s`];
    const run = await startLabRun({ manifest, userData: 'light', duration: '60s', flags });
    const guest = await run.guest();
    await guest.until(`test -s ${SWITCH}/consumed`, REBOOT_MS);
    const armedAt = performance.now();
    await guest.until('systemctl is-enabled --quiet ptp-tester-agent', REBOOT_MS);
    await run.killController();
    await guest.run('systemctl disable --now ptp-tester-agent');
    await guest.until(`read -r _ _ consumed <${SWITCH}/consumed && [ "$consumed" -ge 60 ]`, REBOOT_MS);
    const boot = await guest.run('cat /proc/sys/kernel/random/boot_id');
    await guest.run('systemctl --no-block reboot');
    await guest.untilRebooted(boot, REBOOT_MS);
    await guest.until(`grep -q "$(cat /proc/sys/kernel/random/boot_id)" ${SWITCH}/consumed`, REBOOT_MS);
    const carried = Number((await guest.run(`cut -d ' ' -f 3 ${SWITCH}/consumed`)).trim());
    expect(carried).toBeGreaterThanOrEqual(60);

    // What it says is read before its machine is cleared away.
    const isFired = /(\d+) s of uptime are consumed/;
    const fired = await waitUntil('the switch fires', () => isFired.exec(run.console(guest)), { timeoutMs: ENDED_MS });
    const lived = (performance.now() - armedAt) / 1000;
    const consumed = Number(fired[1]);
    const instance = await untilTerminated(run.endpoint, basename(guest.folder));
    tell(`switch of ${LIFE_S} s: fired at ${consumed} s of uptime, ${lived.toFixed(0)} s after it was armed`);
    expect(instance.reason).toBe('Client.InstanceInitiatedShutdown');
    expect(consumed).toBeGreaterThanOrEqual(LIFE_S);
    expect(consumed).toBeLessThanOrEqual(LIFE_S + LATE_S);
    expect(lived).toBeGreaterThan(LIFE_S - LOST_S);
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

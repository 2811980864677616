/** Scenarios 3 and 4: the read limit, and what goes wrong with the clock and with chronyd, on one guest after the other fault. */
import type { EventKind } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { labImage } from './lab-image.ts';
import type { LabRun } from './lab-run.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const WAITSYNC = 'chronyc waitsync 60 0 0 1';
const FOLLOWS_PHC = "chronyc -c sources | grep -q '^#,\\*,PHC0,'";
const REGAINED_MS = 120_000;
/** In the module, a model of ENA's limit and not ENA. */
const DEVICE_READS_PER_S = 125;

describe.skipIf('skipped' in image)('a guest in trouble', () => {
  const manifest = 'manifest' in image ? image.manifest : '';

  it('keeps measuring, says what happened and when, and is never left without time sync', async () => {
    const run = await startLabRun({ manifest, userData: 'light', duration: '1h' });
    const guest = await run.guest();
    await run.untilLocked();
    const agent = await guest.run('systemctl show -p MainPID --value ptp-tester-agent');

    await guest.setClock('max_per_s', DEVICE_READS_PER_S);
    const [readsBefore, refusedBefore] = [await guest.clockTruth('reads'), await guest.clockTruth('refused')];
    await guest.run('sleep 60');
    const [reads, refused] = [await guest.clockTruth('reads'), await guest.clockTruth('refused')];
    process.stderr.write(
      `lab: limit ${DEVICE_READS_PER_S}/s for 60 s: ${reads - readsBefore} reads, ${refused - refusedBefore} refused\n`,
    );
    expect(reads - readsBefore).toBeGreaterThan(60 * 30);
    expect(refused - refusedBefore).toBe(0);
    expect(await guest.run('chronyc -c sources | grep PHC0')).toContain(',377,');

    const busyAt = await guestNow(guest);
    await guest.setClock('fail_errno', 16);
    await guest.run('sleep 20');
    await guest.setClock('fail_errno', 0);
    await expectEvent(run, 'reads_blocked', busyAt);
    await guest.until(FOLLOWS_PHC, REGAINED_MS);
    await guest.run(WAITSYNC);

    const stallAt = await guestNow(guest);
    await guest.setClock('stall', 1);
    await guest.run('sleep 10');
    // Alone, a clock that stands still keeps its star; an NTP source that stays selectable makes it a falseticker.
    expect(await guest.run('chronyc -c sources | grep PHC0')).toMatch(/^#,[x?~-]/);
    await guest.setClock('stall', 0);
    await guest.setClock('sync', 0);
    await guest.until(FOLLOWS_PHC, REGAINED_MS);
    await guest.run(WAITSYNC);
    const samples = await run.phcSamplesUntil(await guestNow(guest));
    const stalled = samples.filter(({ at }) => at > stallAt + 2_000_000_000n && at < stallAt + 9_000_000_000n);
    const [first, last] = [stalled[0], stalled.at(-1)];
    const moved = Number((last?.phcMinusRawNs ?? 0n) - (first?.phcMinusRawNs ?? 0n));
    const elapsed = Number((last?.monoRawNs ?? 0n) - (first?.monoRawNs ?? 0n));
    // Standing still, the PHC loses one second a second against the raw clock.
    expect(Math.abs(moved + elapsed)).toBeLessThan(1_000_000);

    for (const name of ['', 'name=ena-ptp-07']) {
      const goneAt = await guestNow(guest);
      await guest.run(`modprobe -r ptp_lab && sleep 3 && modprobe ptp_lab ${name}`);
      await expectEvent(run, 'device_gone', goneAt);
      await expectEvent(run, 'device_back', goneAt);
      // chronyd held the device that went away; the setup runs again when the clock appears.
      await guest.until(FOLLOWS_PHC, REGAINED_MS);
      await guest.run(WAITSYNC);
    }

    await guest.run('pkill -KILL -x chronyd; sleep 5');
    await guest.until(FOLLOWS_PHC, REGAINED_MS);
    await guest.run(WAITSYNC);
    expect(await guest.run('systemctl show -p MainPID --value ptp-tester-agent')).toBe(agent);
  });
});

async function guestNow(guest: Guest): Promise<bigint> {
  return BigInt(await guest.run('date +%s%N'));
}

/** It is stored, and its time is after the fault began. */
async function expectEvent(run: LabRun, event: EventKind, after: bigint): Promise<void> {
  await run.until(`the event ${event} is stored`, ({ agentEvents }) =>
    agentEvents.some((one) => one.event === event && one.at >= after),
  );
}

/** Scenario 5: the controller cannot be reached for two minutes, and the guest loses its power while it cannot be reached. */
import { formatInstant } from '@ptp-tester/measurement';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { DeliveryReport } from '../../controller/src/analysis/verify-delivery.ts';
import type { Report } from '../../controller/src/report/report-schema.ts';
import type { Guest } from './guest.ts';
import { fetchSyncedSpool } from './guest-spool.ts';
import { labImage } from './lab-image.ts';
import { guestNow, tell } from './observed.ts';
import type { PhcSample } from './phc-samples.ts';
import { SETTLED_ON_PHC } from './setup-in-guest.ts';
import { sharedLabRun } from './tested-lab-run.ts';

const image = await labImage();
const UNREACHABLE_S = 120;
const SPOOLED_S = 40;
/** A run of more than ten minutes closes a batch, and syncs it, 5 s after its first sample; an emulated disk may take longer. */
const UNFLUSHED_S = 15;
const NS_PER_S = 1_000_000_000n;
const NS_PER_MS = 1e6;
const INTERVAL_MS = 250;
/** On an emulated, shared machine single ticks come late; a hole of the length of the fault would be 40 s and more. */
const WIDEST_MS = 10 * INTERVAL_MS;
const REBOOT_MS = 400_000;
const LOCKED_MS = 240_000;

describe.skipIf('skipped' in image)('a guest that is cut off', () => {
  const run = sharedLabRun({ manifest: 'manifest' in image ? image.manifest : '', userData: 'light', duration: '2h' });
  let guest: Guest;

  beforeAll(async () => {
    if ('skipped' in image) return;
    guest = await run().guest();
  });

  it('bridges two minutes without the controller', async () => {
    const cutAt = await cutOff();
    await guest.run(`sleep ${UNREACHABLE_S}`);
    const reachableAt = await guestNow(guest);
    run().proxy.restore();
    const bridged = (await run().phcSamplesUntil(reachableAt)).filter(({ at }) => at >= cutAt && at <= reachableAt);
    const widest = widestGapMs(bridged);
    tell(`controller unreachable for ${UNREACHABLE_S} s: ${bridged.length} samples, widest gap ${widest} ms`);
    expect(bridged.length).toBeGreaterThan(UNREACHABLE_S);
    expect(widest).toBeLessThan(WIDEST_MS);
  });

  it('loses its power with samples that nobody else has: all that was on its disk arrives, and the gap is shown', async () => {
    const cutAt = await cutOff();
    await guest.run(`sleep ${SPOOLED_S}`);
    const spools = await fetchSyncedSpool(guest, run().directory);
    const [boot, known] = [await bootId(), storedEpochs()];
    const before = await run().phcSamplesUntil(0n);
    const poweredUntil = await guestNow(guest);
    await guest.reset();
    await guest.untilRebooted(boot, REBOOT_MS);
    run().proxy.restore();
    expect(before.filter(({ at }) => at >= cutAt)).toEqual([]);

    const stored = await run().until(
      'the agent is back with a new epoch',
      ({ epochs }) => epochs.length > known.length,
    );
    const [bootedAt, backAt] = [await bootInstant(), await guestNow(guest)];
    const after = await run().phcSamplesUntil(backAt);
    // The raw clock begins anew with each boot.
    const begin = after.findIndex(({ monoRawNs }, at) => monoRawNs < (after[at - 1]?.monoRawNs ?? 0n));
    const spooled = after.slice(0, begin).filter(({ at }) => at >= cutAt);
    const [last, first] = [spooled.at(-1)?.at ?? 0n, after[begin]?.at ?? 0n];
    const delivery = await run().ask<DeliveryReport>('verify', ['--spools', spools]);
    const old = delivery.epochs.find(({ epoch }) => epoch === known.at(-1)?.epoch);
    tell(
      `power cut after ${SPOOLED_S} s without the controller: ${spooled.length} samples came from the spool, widest gap ` +
        `${widestGapMs(spooled)} ms, the last ${secondsBetween(last, poweredUntil)} s before the cut; of ${old?.produced} records on ` +
        `the disk ${old?.undelivered.length} did not arrive; ${secondsBetween(last, first)} s without samples`,
    );
    expect(widestGapMs(spooled)).toBeLessThan(WIDEST_MS);
    expect(secondsBetween(last, poweredUntil)).toBeLessThan(UNFLUSHED_S);
    // What the disk had when the power went, and what the controller had acknowledged before: all there, once, as it was written.
    expect(old).toMatchObject({ missing: [], undelivered: [], duplicate: [], different: [], nacked: [] });
    expect(old?.produced).toBeGreaterThan(known.at(-1)?.through ?? 0);
    expect(new Set(after.map(({ at }) => at)).size).toBe(after.length);
    const kept = new Set(after.map(({ at }) => at));
    expect(before.filter(({ at }) => !kept.has(at))).toEqual([]);

    expect(stored.epochs.at(-1)?.bootId).toBe((await bootId()).trim());
    const { gaps, events, delivery: reported } = (await run().ask<Report>('report')).results[0] ?? missing('instance');
    const gap = gaps.items.find(({ stream, cause }) => stream === 'phc' && cause === 'reboot');
    tell(`the report shows ${JSON.stringify(gap)}, the guest had power until ${formatInstant(poweredUntil)}`);
    expect(gap).toMatchObject({ from_at: formatInstant(last), to_at: formatInstant(first) });
    expect(gap?.missing_ticks).toBeGreaterThan(0);
    // The guest's own account: no sample of the time in which it had no power. The clock that it boots by knows whole seconds.
    expect(last).toBeLessThan(bootedAt + 2n * NS_PER_S);
    expect(first).toBeGreaterThan(bootedAt - 2n * NS_PER_S);
    expect(first).toBeLessThan(backAt);
    expect(reported.epochs.map(({ boot_id: id }) => id)).toEqual([boot.trim(), (await bootId()).trim()]);
    const restarts = events.items.filter(({ event }) => event === 'agent_restarted');
    expect(restarts).toMatchObject([{ detail: { epoch: stored.epochs.at(-1)?.epoch, rebooted: true } }]);
    await guest.until(SETTLED_ON_PHC, LOCKED_MS);
  });

  /** Nothing that was sampled after this instant of the guest's clock can have reached the controller. */
  async function cutOff(): Promise<bigint> {
    run().proxy.cut();
    onTestFinished(() => run().proxy.restore());
    return await guestNow(guest);
  }

  function storedEpochs() {
    return run().look()?.epochs ?? [];
  }

  async function bootId(): Promise<string> {
    return await guest.run('cat /proc/sys/kernel/random/boot_id');
  }

  async function bootInstant(): Promise<bigint> {
    return BigInt(await guest.run("sed -n 's/^btime //p' /proc/stat")) * NS_PER_S;
  }
});

/** Between neighbours, by the raw clock. */
function widestGapMs(samples: readonly PhcSample[]): number {
  const gaps = samples.slice(1).map(({ monoRawNs }, at) => Number(monoRawNs - (samples[at]?.monoRawNs ?? 0n)));
  return Math.round(Math.max(...gaps) / NS_PER_MS);
}

function secondsBetween(from: bigint, to: bigint): number {
  return Number(to - from) / 1e9;
}

function missing(what: string): never {
  throw new Error(`there is no ${what}`);
}

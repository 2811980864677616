/** Scenario 5: the guest loses its power, and the controller cannot be reached for two minutes. */
import { describe, expect, it } from 'vitest';
import { labImage } from './lab-image.ts';
import type { PhcSample } from './phc-samples.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const UNREACHABLE_MS = 120_000;
const NS_PER_MS = 1e6;
const INTERVAL_MS = 250;

describe.skipIf('skipped' in image)('a guest that is cut off', () => {
  const manifest = 'manifest' in image ? image.manifest : '';

  it('bridges two minutes without the controller, and a power cut costs only what was not on disk', async () => {
    const run = await startLabRun({ manifest, userData: 'light', duration: '1h' });
    const guest = await run.guest();
    await run.untilLocked();
    const now = async () => BigInt(await guest.run('date +%s%N'));

    const cutAt = await now();
    run.proxy.cut();
    await guest.run(`sleep ${UNREACHABLE_MS / 1000}`);
    const reachableAt = await now();
    run.proxy.restore();
    const bridged = await run.phcSamplesUntil(reachableAt);
    const meanwhile = bridged.filter(({ at }) => at >= cutAt && at <= reachableAt);
    const widest = widestGapMs(meanwhile);
    tell(`controller unreachable for ${UNREACHABLE_MS / 1000} s: ${meanwhile.length} samples, widest gap ${widest} ms`);
    // On an emulated, shared machine single ticks come late; a hole of the length of the fault would be 120 s.
    expect(widest).toBeLessThan(10 * INTERVAL_MS);

    const stored = run.look();
    const before = await run.phcSamplesUntil(await now());
    await guest.reset();
    await run.until('the agent is back with a new epoch', ({ epochs }) => epochs.length > (stored?.epochs.length ?? 0));
    await guest.until("chronyc -c sources | grep -q '^#,\\*,PHC0,'", 240_000);
    const after = await run.phcSamplesUntil(await now());
    const kept = new Set(after.map(({ monoRawNs }) => monoRawNs));
    expect(before.filter(({ monoRawNs }) => !kept.has(monoRawNs))).toEqual([]);
    const lastBefore = before.at(-1)?.at ?? 0n;
    const firstAfter = after.find(({ at }) => at > lastBefore + 5_000_000_000n)?.at ?? 0n;
    tell(`power cut: ${Number(firstAfter - lastBefore) / 1e9} s without samples, ${before.length} stored ones kept`);
    const events = run.look()?.events.map(({ event }) => event) ?? [];
    expect(events).toContain('agent_restarted');
  });
});

/** Between neighbours, by the raw clock. */
function widestGapMs(samples: readonly PhcSample[]): number {
  const gaps = samples.slice(1).map(({ monoRawNs }, at) => Number(monoRawNs - (samples[at]?.monoRawNs ?? 0n)));
  return Math.round(Math.max(...gaps) / NS_PER_MS);
}

function tell(text: string): void {
  process.stderr.write(`lab: ${text}\n`);
}

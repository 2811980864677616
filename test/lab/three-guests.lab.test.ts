/** Scenario 6: three guests at once for ten minutes, and what the agent costs in them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NS_PER_S } from '@ptp-tester/measurement';
import { describe, expect, it } from 'vitest';
import type { InstanceReport, Report } from '../../controller/src/report/report-schema.ts';
import { labImage } from './lab-image.ts';
import { tell } from './observed.ts';
import { readSelfSamples, type SelfSample } from './self-samples.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const GUESTS = 3;
const SOAK_MS = 600_000;
const LOCKED_MS = 900_000;
const MIB = 1024 * 1024;
/** A leak would show; the agent's own V8 heap settles far below. */
const MAX_RSS_MIB = 256;
/** Three emulated guests may starve each other for a while; an agent that cannot keep up misses most of its ticks. */
const MAX_MISSED_SHARE = 0.1;

describe.skipIf('skipped' in image)('three guests', { timeout: SOAK_MS + 2 * LOCKED_MS }, () => {
  it('measure side by side for ten minutes, and the agent stays small', async () => {
    const manifest = 'manifest' in image ? image.manifest : '';
    const run = await startLabRun({
      manifest,
      userData: 'light',
      instanceTypes: `m7i.large:${GUESTS}`,
      duration: '1h',
    });
    const locked = await run.untilLocked(LOCKED_MS);
    expect(locked.instances).toHaveLength(GUESTS);
    const startedAt = new Map([...readSelfSamples(run.data, locked.run.id)].map(([id, all]) => [id, all.length]));
    // The soak itself is what is measured.
    await sleep(SOAK_MS);
    const { results } = await run.ask<Report>('report');
    for (const [id, all] of readSelfSamples(run.data, locked.run.id)) {
      const soaked = all.slice(startedAt.get(id));
      const cost = costOf(soaked);
      const ticks = cost.seconds * ticksPerSecond(results.find(({ instance_id: one }) => one === id));
      const missedShare = cost.missedTicks / ticks;
      tell(
        `${id}: ${cost.seconds.toFixed(0)} s, ${cost.missedTicks} of ${ticks.toFixed(0)} ticks missed, agent ${(cost.cpuShare * 100).toFixed(1)} % of a core, ` +
          `RSS ${(cost.rssBytes / MIB).toFixed(0)} MiB (anonymous ${(cost.rssAnonBytes / MIB).toFixed(0)} MiB)`,
      );
      expect(cost.seconds).toBeGreaterThan((SOAK_MS / 1000) * 0.9);
      expect(ticks).toBeGreaterThan(cost.seconds);
      expect(missedShare).toBeLessThan(MAX_MISSED_SHARE);
      expect(cost.rssBytes / MIB).toBeLessThan(MAX_RSS_MIB);
    }
    const verdicts = run.look()?.instances.map(({ verdict }) => verdict?.setup.value);
    expect(verdicts).toEqual(Array.from({ length: GUESTS }, () => 'locked'));
  });
});

/** Of all streams together; one with several keys is read once for all of them. */
function ticksPerSecond(instance: InstanceReport | undefined): number {
  const intervals = new Map(instance?.streams.map(({ stream, intervals_ns: [ns = Number.NaN] }) => [stream, ns]));
  return [...intervals.values()].reduce((sum, ns) => sum + NS_PER_S / ns, 0);
}

function costOf(samples: readonly SelfSample[]) {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error('there are no samples of the agent itself');
  const seconds = Number(last.monoRawNs - first.monoRawNs) / 1e9;
  return {
    seconds,
    cpuShare: (last.cpuNs - first.cpuNs) / 1e9 / seconds,
    missedTicks: last.missedTicks - first.missedTicks,
    rssBytes: Math.max(...samples.map(({ rssBytes }) => rssBytes)),
    rssAnonBytes: Math.max(...samples.map(({ rssAnonBytes }) => rssAnonBytes)),
  };
}

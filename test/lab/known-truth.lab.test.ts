/** Scenario 2: the clock module does what is known, and the controller's stored samples show it, sign included. */
import { describe, expect, it } from 'vitest';
import type { Guest } from './guest.ts';
import { labImage } from './lab-image.ts';
import type { LabRun } from './lab-run.ts';
import { type Estimate, estimateNoise, estimateRate, estimateStep, median, type PhcSample } from './phc-samples.ts';
import { startLabRun } from './tested-lab-run.ts';

const image = await labImage();
const SPAN_S = 15;

describe.skipIf('skipped' in image)('known truth', () => {
  const manifest = 'manifest' in image ? image.manifest : '';

  it('is recovered from the stored samples: steps, rates and noise', async () => {
    const run = await startLabRun({ manifest, userData: 'light', duration: '1h' });
    const guest = await run.guest();
    await run.untilLocked();
    // Its servo would answer each fault while it is measured.
    await guest.run('systemctl stop chrony');

    let before = await span(run, guest, SPAN_S);
    for (const stepNs of [250_000, -250_000, 1_000, -1_000]) {
      await guest.setClock('step_ns', stepNs);
      const after = await span(run, guest, SPAN_S);
      const step = estimateStep(before, after);
      tell(`step of ${stepNs} ns`, step, 'ns');
      expect(Math.abs(step.value - stepNs)).toBeLessThanOrEqual(step.uncertainty);
      // The offset is system - PHC: a PHC that jumps ahead lowers it. Small steps drown in the free system clock's own rate.
      if (Math.abs(stepNs) > 100_000) {
        const change = median(after.map(({ offsetNs }) => offsetNs)) - median(before.map(({ offsetNs }) => offsetNs));
        expect(Math.sign(change)).toBe(-Math.sign(stepNs));
      }
      before = after;
    }
    for (const [ratePpb, seconds] of [
      [5_000, 20],
      [-50, 60],
    ] as const) {
      await guest.setClock('freq_ppb', ratePpb);
      const rate = estimateRate(await span(run, guest, seconds));
      tell(`rate of ${ratePpb} ppb over ${seconds} s`, rate, 'ppb');
      expect(Math.abs(rate.value - ratePpb)).toBeLessThanOrEqual(rate.uncertainty);
      await guest.setClock('freq_ppb', 0);
    }
    await guest.setClock('noise_ns', 20_000);
    const noise = estimateNoise(await span(run, guest, 40));
    const uniform = 20_000 / Math.sqrt(3);
    tell(`noise of ${uniform.toFixed(0)} ns (uniform +-20,000 ns)`, noise, 'ns');
    expect(Math.abs(noise.value - uniform)).toBeLessThanOrEqual(noise.uncertainty);
  });
});

/** Samples that were taken within the next seconds, when the store has them all. */
async function span(run: LabRun, guest: Guest, seconds: number): Promise<PhcSample[]> {
  const from = BigInt(await guest.run('date +%s%N'));
  await guest.run(`sleep ${seconds}`);
  const to = BigInt(await guest.run('date +%s%N'));
  const samples = await run.phcSamplesUntil(to);
  return samples.filter(({ at }) => at >= from && at <= to);
}

function tell(what: string, { value, uncertainty }: Estimate, unit: string): void {
  process.stderr.write(
    `lab: ${what}: stored ${value.toFixed(1)} ${unit}, uncertainty ${uncertainty.toFixed(1)} ${unit}\n`,
  );
}

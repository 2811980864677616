/** Scenario 2 in parts: the clock module does what is known, and the controller's stored samples show it, sign included. */
import { expect } from 'vitest';
import type { Guest } from './guest.ts';
import type { LabRun } from './lab-run.ts';
import { guestNow, tell } from './observed.ts';
import { type Estimate, estimateNoise, estimateRate, estimateStep, median, type PhcSample } from './phc-samples.ts';

/** Steps smaller than this drown in the free system clock's own rate when only the system clock is looked at. */
const PLAIN_STEP_NS = 100_000;

/** Its servo would answer each fault while it is measured. */
export async function stopServo(guest: Guest): Promise<void> {
  await guest.run('systemctl stop chrony');
}

export async function expectSteps(run: LabRun, guest: Guest, seconds: number): Promise<void> {
  let before = await span(run, guest, seconds);
  for (const stepNs of [250_000, -250_000, 1_000, -1_000]) {
    await guest.setClock('step_ns', stepNs);
    const after = await span(run, guest, seconds);
    const step = estimateStep(before, after);
    tellEstimate(`step of ${stepNs} ns`, step, 'ns');
    expect(Math.abs(step.value - stepNs)).toBeLessThanOrEqual(step.uncertainty);
    // The offset is system - PHC: a PHC that jumps ahead lowers it.
    if (Math.abs(stepNs) > PLAIN_STEP_NS) {
      const change = median(after.map(({ offsetNs }) => offsetNs)) - median(before.map(({ offsetNs }) => offsetNs));
      expect(Math.sign(change)).toBe(-Math.sign(stepNs));
    }
    before = after;
  }
}

export async function expectRate(run: LabRun, guest: Guest, truth: { ppb: number; seconds: number }): Promise<void> {
  await guest.setClock('freq_ppb', truth.ppb);
  const rate = estimateRate(await span(run, guest, truth.seconds));
  await guest.setClock('freq_ppb', 0);
  tellEstimate(`rate of ${truth.ppb} ppb over ${truth.seconds} s`, rate, 'ppb');
  expect(Math.abs(rate.value - truth.ppb)).toBeLessThanOrEqual(rate.uncertainty);
  // An uncertainty that allows the other sign shows nothing.
  expect(rate.uncertainty).toBeLessThan(Math.abs(truth.ppb));
}

export async function expectNoise(run: LabRun, guest: Guest, truth: { ns: number; seconds: number }): Promise<void> {
  await guest.setClock('noise_ns', truth.ns);
  const noise = estimateNoise(await span(run, guest, truth.seconds));
  await guest.setClock('noise_ns', 0);
  const uniform = truth.ns / Math.sqrt(3);
  tellEstimate(`noise of ${uniform.toFixed(0)} ns (uniform +-${truth.ns} ns)`, noise, 'ns');
  expect(Math.abs(noise.value - uniform)).toBeLessThanOrEqual(noise.uncertainty);
}

/** Samples that were taken within the next seconds, when the store has them all. */
async function span(run: LabRun, guest: Guest, seconds: number): Promise<PhcSample[]> {
  const from = await guestNow(guest);
  await guest.run(`sleep ${seconds}`);
  const to = await guestNow(guest);
  const samples = await run.phcSamplesUntil(to);
  return samples.filter(({ at }) => at >= from && at <= to);
}

function tellEstimate(what: string, { value, uncertainty }: Estimate, unit: string): void {
  tell(`${what}: stored ${value.toFixed(1)} ${unit}, uncertainty ${uncertainty.toFixed(1)} ${unit}`);
}

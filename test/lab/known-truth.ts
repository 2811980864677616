/**
 * Scenario 2 in parts: the clock module does what is known, and the controller's stored samples show it, sign included. What is looked
 * at is system clock - PHC, as stored, while nobody steers the system clock: its bracket is a hundredth of that of the raw clock.
 */
import { expect } from 'vitest';
import type { Guest } from './guest.ts';
import { clearClockFaults } from './heal-guest.ts';
import type { LabRun } from './lab-run.ts';
import { tell } from './observed.ts';
import { median } from './phc-samples.ts';
import { type Block, type Estimate, estimateNoise, estimateRate, estimateSteps } from './truth-estimates.ts';
import { blocksInGuest, type TurnPlan } from './turns-in-guest.ts';
import { untilPrecise } from './until-precise.ts';

/** Half the smallest step: the other sign, and no step at all, are far outside. */
const STEP_UNCERTAINTY_NS = 500;
/** Of the rate or noise that is looked for. */
const MOST_UNCERTAIN = 0.5;
/** Smaller steps of one block alone can drown in what one second of a shared host does. */
const PLAIN_STEP_NS = 100_000;
/** In one round; with fewer, Student's t is wide. */
const BLOCKS = 6;

/** A clock without faults, and nobody who steers by it: chronyd would answer each fault while it is measured. */
export async function runFree(guest: Guest): Promise<void> {
  await guest.run('systemctl stop chrony');
  await clearClockFaults(guest);
}

/** A step, and after two turns the same back. */
export async function expectSteps(run: LabRun, guest: Guest, truth: { ns: number; turnS: number }): Promise<void> {
  const { ns, turnS } = truth;
  const turns = [
    { write: null, seconds: turnS },
    { write: ns, seconds: 2 * turnS },
    { write: -ns, seconds: turnS },
  ];
  const seen: Block[] = [];
  const { first, second } = await untilPrecise({
    measureRound: async () => {
      const round = await blocksInGuest(run, guest, { parameter: 'step_ns', blocks: BLOCKS, turns });
      seen.push(...round);
      return round;
    },
    estimate: estimateSteps,
    isPrecise: (steps) =>
      steps.first.uncertainty < STEP_UNCERTAINTY_NS && steps.second.uncertainty < STEP_UNCERTAINTY_NS,
  });
  tellEstimate(`step of ${ns} ns`, first, 'ns');
  tellEstimate(`step of ${-ns} ns`, second, 'ns');
  expectHeld(first, ns, STEP_UNCERTAINTY_NS);
  expectHeld(second, -ns, STEP_UNCERTAINTY_NS);
  // Without any estimator: the offset is system - PHC, so a PHC that jumps ahead lowers it.
  const plain = Math.abs(ns) > PLAIN_STEP_NS ? seen : [];
  for (const block of plain) expect(Math.sign(plainChange(block))).toBe(-Math.sign(ns));
}

/** A rate, for twice as long the opposite one, and the first again: what the system clock itself is off by cancels. */
export async function expectRate(run: LabRun, guest: Guest, truth: { ppb: number; turnS: number }): Promise<void> {
  const { ppb, turnS } = truth;
  const turns = [
    { write: ppb, seconds: turnS },
    { write: -ppb, seconds: 2 * turnS },
    { write: ppb, seconds: turnS },
  ];
  const most = Math.abs(ppb) * MOST_UNCERTAIN;
  const plan: TurnPlan = { parameter: 'freq_ppb', blocks: BLOCKS, turns };
  const rate = await untilPrecise({
    measureRound: () => blocksInGuest(run, guest, plan),
    estimate: estimateRate,
    isPrecise: ({ uncertainty }) => uncertainty < most,
  });
  await guest.setClock('freq_ppb', 0);
  tellEstimate(`rate of ${ppb} ppb, turned every ${2 * turnS} s`, rate, 'ppb');
  expectHeld(rate, ppb, most);
}

export async function expectNoise(run: LabRun, guest: Guest, truth: { ns: number; turnS: number }): Promise<void> {
  const { ns, turnS } = truth;
  const turns = [
    { write: 0, seconds: turnS },
    { write: ns, seconds: turnS },
  ];
  const uniform = ns / Math.sqrt(3);
  const most = uniform * MOST_UNCERTAIN;
  const noise = await untilPrecise({
    measureRound: () => blocksInGuest(run, guest, { parameter: 'noise_ns', blocks: BLOCKS, turns }),
    estimate: estimateNoise,
    isPrecise: ({ uncertainty }) => uncertainty < most,
  });
  await guest.setClock('noise_ns', 0);
  tellEstimate(`noise of ${uniform.toFixed(0)} ns (uniform +-${ns} ns)`, noise, 'ns');
  expectHeld(noise, uniform, most);
}

/** What never became precise has shown nothing. */
function expectHeld({ value, uncertainty }: Estimate, truth: number, most: number): void {
  expect(uncertainty).toBeLessThan(most);
  expect(Math.abs(value - truth)).toBeLessThanOrEqual(uncertainty);
  expect(Math.sign(value)).toBe(Math.sign(truth));
}

/** Of the stored offsets at the first change of a block. */
function plainChange(block: Block): number {
  const [before = Number.NaN, after = Number.NaN] = block.map(({ samples }) =>
    median(samples.map(({ offsetNs }) => offsetNs)),
  );
  return after - before;
}

function tellEstimate(what: string, { value, uncertainty, blocks }: Estimate, unit: string): void {
  const figures = `stored ${value.toFixed(1)} ${unit}, uncertainty ${uncertainty.toFixed(1)} ${unit}`;
  tell(`${what}: ${figures} (${blocks} blocks)`);
}

/**
 * How many readings a second the PHC gives before it refuses (EBUSY): ENA allows 125 a second for the whole device, over a window that is
 * not documented (ENA Linux driver, README, "PHC"). Polite: each rate for one second, a pause after it, and no rate after the first refusal.
 */
import { ERRNO, errnoName } from '@ptp-tester/native';
import type { PhcClock } from '@ptp-tester/phc';

export interface ProbeDependencies {
  readonly clock: PhcClock;
  /** Of a clock that does not step, ns. */
  readonly monoNs: () => bigint;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** The agent is to stop: nothing more is read. */
  readonly isOver: () => boolean;
}

export interface ProbeStep {
  readonly wanted_per_s: number;
  /** Readings that succeeded. */
  readonly reads: number;
  readonly seconds: number;
  /** Name of the error that ended it, `EBUSY` for a refusal; null: every reading succeeded. */
  readonly refused: string | null;
}

export interface ReadWindow {
  readonly clock: string;
  readonly simulated: boolean;
  readonly steps: readonly ProbeStep[];
  /** From the refusal to the next reading that succeeded, ms; null: nothing was refused, or it did not come back in time. */
  readonly recovered_after_ms: number | null;
}

/** chronyd's 25 a second come on top. */
const RATES_PER_S = [25, 50, 75, 90, 100, 110, 125, 140, 160];
const STEP_NS = 1_000_000_000n;
const PAUSE_MS = 500;
const RECOVERY_TRIES = 20;
const RECOVERY_PAUSE_MS = 5;
const NS_PER_MS = 1_000_000;

export async function probeReadWindow(dependencies: ProbeDependencies): Promise<ReadWindow> {
  const { clock, sleep, isOver } = dependencies;
  const steps: ProbeStep[] = [];
  let recoveredAfterMs: number | null = null;
  for (const rate of RATES_PER_S) {
    if (isOver()) break;
    const step = await readAt(rate, dependencies);
    steps.push(step);
    if (step.refused !== null) {
      recoveredAfterMs = await awaitRecovery(dependencies);
      break;
    }
    await sleep(PAUSE_MS);
  }
  return { clock: clock.name, simulated: clock.simulated, steps, recovered_after_ms: recoveredAfterMs };
}

/** Evenly over one second; ends at the first reading that fails. */
async function readAt(rate: number, { clock, monoNs, sleep, isOver }: ProbeDependencies): Promise<ProbeStep> {
  const began = monoNs();
  let reads = 0;
  let refused: string | null = null;
  for (let tick = 0; tick < rate && !isOver(); tick += 1) {
    const due = began + (BigInt(tick) * STEP_NS) / BigInt(rate);
    const early = Number(due - monoNs()) / NS_PER_MS;
    if (early > 0) await sleep(early);
    const { readings, errno } = clock.readBurst(1);
    reads += readings.length;
    if (errno === 0) continue;
    refused = errnoName(errno);
    break;
  }
  return { wanted_per_s: rate, reads, seconds: Number(monoNs() - began) / Number(STEP_NS), refused };
}

async function awaitRecovery({ clock, monoNs, sleep }: ProbeDependencies): Promise<number | null> {
  const refusedAt = monoNs();
  for (let tries = 0; tries < RECOVERY_TRIES; tries += 1) {
    await sleep(RECOVERY_PAUSE_MS);
    const { errno } = clock.readBurst(1);
    if (errno === 0) return Number(monoNs() - refusedAt) / NS_PER_MS;
    if (errno !== ERRNO.EBUSY) return null;
  }
  return null;
}

/** Which averaging factors (m, with tau = m * tau0) to compute, and how far a series of a given length carries each statistic. */
import { ClockstatsError } from './clockstats-error.ts';
import type { StabilityMetric } from './stability-curve.ts';

/** TDEV is published only while the measurement lasts at least this many tau (ITU-T G.811 note). */
const TDEV_RECORD_LENGTHS = 12;

/** The largest factor that still leaves two terms (one window for MTIE), from the number of ticks in the series. */
const LARGEST: Readonly<Record<StabilityMetric, (ticks: number) => number>> = {
  mtie: (ticks) => ticks - 1,
  tie_rms: (ticks) => ticks - 2,
  adev: (ticks) => (ticks - 1) / 3,
  oadev: (ticks) => (ticks - 2) / 2,
  mdev: (ticks) => (ticks - 1) / 3,
  tdev: (ticks) => (ticks - 1) / TDEV_RECORD_LENGTHS,
  hdev: (ticks) => (ticks - 1) / 4,
  ohdev: (ticks) => (ticks - 2) / 3,
  totdev: (ticks) => (ticks - 1) / 2,
};

/** 0 when the series is too short for any. For TDEV this is the publishing rule T >= 12 tau; MDEV's limit holds for the computation. */
export function largestFactor(metric: StabilityMetric, ticks: number): number {
  return Math.max(0, Math.floor(LARGEST[metric](ticks)));
}

/** 1, 2, 4... up to and including `largest`. */
export function octaveFactors(largest: number): number[] {
  return perOctaveFactors(largest, 1);
}

/** `points` factors per octave, evenly on a logarithmic scale, rounded, without duplicates; the octaves themselves are among them. */
export function perOctaveFactors(largest: number, points: number): number[] {
  return geometricFactors(largest, { base: 2, points });
}

/** `points` factors per decade; the decades themselves are among them. */
export function decadeFactors(largest: number, points = 1): number[] {
  return geometricFactors(largest, { base: 10, points });
}

function geometricFactors(largest: number, { base, points }: { base: number; points: number }): number[] {
  if (!(Number.isSafeInteger(points) && points >= 1)) {
    throw new ClockstatsError('bad_argument', `there cannot be ${points} factors between two powers of ${base}`);
  }
  const factors: number[] = [];
  for (let power = 1; power <= largest; power *= base) {
    for (let step = 0; step < points; step += 1) {
      const factor = Math.round(power * base ** (step / points));
      if (factor <= largest && factor !== factors.at(-1)) factors.push(factor);
    }
  }
  return factors;
}

/** The comparison document (pure). */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type {
  ComparedInstance,
  ComparedPair,
  ComparedSide,
  ComparedThing,
} from '../../analysis/compare/compare-sides.ts';
import type { Difference } from '../../analysis/compare/differences.ts';
import type { CurvePoint } from '../../analysis/compare/period-figures.ts';
import type { ComparisonReport, DifferenceReport, SideInstance, ThingReport } from './comparison-schema.ts';

const WHAT_THE_NUMBERS_MEAN =
  "|system - PHC| after the start-up transient: what is left after chrony's servo, or, where nothing steers the system clock to the PHC, how far the two are apart; not accuracy to UTC. Smaller is better. Intervals are 95 %, from the scatter between instances, or over blocks of time of one instance, whose maximum and MTIE have none.";

export interface ComparisonInput {
  readonly sides: readonly ComparedSide[];
  readonly pairs: readonly ComparedPair[];
  readonly toolVersion: string;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
}

export function buildComparison({ sides, pairs, toolVersion, generatedAt }: ComparisonInput): ComparisonReport {
  return {
    comparison_version: 1,
    tool: { name: 'ptp-tester', version: toolVersion },
    generated_at: formatInstant(instantFromMs(generatedAt)),
    simulated: sides.some(({ simulated }) => simulated),
    what_the_numbers_mean: WHAT_THE_NUMBERS_MEAN,
    sides: sides.map(({ label, simulated, instances }) => ({ label, simulated, instances: instances.map(instanceOf) })),
    pairs: pairs.map(({ types, instances, warnings, ...pair }) => ({
      ...pair,
      warnings: [...warnings],
      types: types.map(thingOf),
      instances: instances.map(thingOf),
    })),
  };
}

function instanceOf({ name, instanceType, quality, steps, figures }: ComparedInstance): SideInstance {
  const value = (quantity: 'rms' | 'p50' | 'p90' | 'p99' | 'p99_9' | 'max') =>
    figures?.quantities[quantity].value ?? null;
  return {
    name,
    instance_type: instanceType,
    quality,
    steps,
    samples: figures?.samples ?? 0,
    span_s: figures?.spanS ?? 0,
    missing_share: figures?.missingShare ?? null,
    intervals_ns: [...(figures?.intervalsNs ?? [])],
    rms_ns: value('rms'),
    p50_ns: value('p50'),
    p90_ns: value('p90'),
    p99_ns: value('p99'),
    p99_9_ns: value('p99_9'),
    max_ns: value('max'),
    tdev_ns: curveOf(figures?.tdev),
    mtie_ns: curveOf(figures?.mtie),
  };
}

function curveOf(points: readonly CurvePoint[] = []): [number, number][] {
  return points.map(({ tauS, value }) => [tauS, value]);
}

function thingOf({ name, answer, restsOn, sentence, differences }: ComparedThing): ThingReport {
  return { name, answer, rests_on: restsOn, sentence, differences: differences.map(differenceOf) };
}

function differenceOf({ quantity, tauS, first, second, interval, answer }: Difference): DifferenceReport {
  if (interval === null) return { quantity, tau_s: tauS, first_ns: first, second_ns: second, ratio: null, answer };
  const { ratio, low, high, level, freedom } = interval;
  // JSON has no infinity: two constants differ without any scatter.
  const finite = Math.min(freedom, Number.MAX_SAFE_INTEGER);
  return {
    quantity,
    tau_s: tauS,
    first_ns: first,
    second_ns: second,
    ratio: { value: ratio, low, high, level, freedom: finite },
    answer,
  };
}

/** The 99th percentile of |offset| as text, and why there is none: the report's rule on how many samples it needs (pure). */
import { samplesNeeded } from '@ptp-tester/clockstats';
import type { InstanceFigures } from '../../src/api/live-schemas.ts';

type P99Figures = Pick<InstanceFigures, 'offset_p99_abs_ns' | 'offset_samples'>;

/** `needs 1,000 samples`. */
export const P99_NEEDS = quantileNeeds(0.99);

/** How many samples a quantile needs to be published: `needs 10,000 samples`. */
export function quantileNeeds(p: number): string {
  return `needs ${inThousands(samplesNeeded(p))} samples`;
}

/** `needs 1,000 samples, has 412`; null where there is a percentile, or nothing to make one of. */
export function whyNoP99({ offset_p99_abs_ns: p99, offset_samples: samples }: P99Figures): string | null {
  return p99 !== null || samples === 0 ? null : `${P99_NEEDS}, has ${inThousands(samples)}`;
}

/** `1,000`. */
function inThousands(count: number): string {
  return count.toLocaleString('en');
}

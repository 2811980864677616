/** The sentence that stands wherever offsets are shown: what they are of, and of whose servo, if any (pure). */
import type { InstanceReport } from './report-schema.ts';

const SIGN = 'positive = system clock ahead.';

export function whatTheNumbersMean(results: readonly InstanceReport[]): string {
  const known = results.filter(({ ptp_status }) => ptp_status !== null);
  const free = known.filter((result) => !isSteered(result));
  if (free.length === 0) return `system - PHC is what is left after chrony's servo, not accuracy to UTC; ${SIGN}`;
  if (free.length === known.length) {
    return `system - PHC is how far the two clocks are apart: nothing steers this system clock to the PHC, so no servo is judged; not accuracy to UTC; ${SIGN}`;
  }
  const names = free.map(({ name }) => name).join(', ');
  return `system - PHC is what is left after chrony's servo, not accuracy to UTC; ${SIGN} On ${names} nothing steers the system clock to the PHC: there it is how far the two clocks are apart.`;
}

/** chronyd followed the PHC, if only for a time. */
function isSteered({ ptp_status, verdict, quality_criteria }: InstanceReport): boolean {
  const selected = quality_criteria.find(({ name }) => name === 'phc_selected')?.value ?? 0;
  return ptp_status?.chrony_using_phc === true || verdict.setup.value === 'locked' || selected > 0;
}

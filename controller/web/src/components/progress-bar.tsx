/** How much of a soak is over, and what is left of it. */
import type { RunSummary } from '../../../src/api/schemas.ts';
import { formatDuration } from '../../../src/report/format-quantity.ts';
import { nowMs } from '../clock.ts';
import { live } from '../live-feed.ts';
import { progressOf } from '../run-text.ts';

export function ProgressBar({ run }: { readonly run: RunSummary }) {
  const { share, leftS } = progressOf(run, nowMs.value + live.value.clockAheadMs);
  const planned = plannedText(run);
  if (run.state === 'ended') return <span class="soft">{planned} planned</span>;
  if (share === null || leftS === null) return <span class="soft">{planned} planned, not begun</span>;
  const words = leftS === 0 ? `over, ${planned} planned` : `${formatDuration(Math.ceil(leftS))} left of ${planned}`;
  return (
    <span class="progress">
      <progress value={share} max={1} aria-label="Share of the soak that is over" />
      <span>{words}</span>
    </span>
  );
}

/** `5 min`; extended: `5 min + 20 s`. */
function plannedText({ planned_soak_seconds: planned, extended_by_seconds: extended }: RunSummary): string {
  return extended === 0 ? formatDuration(planned) : `${formatDuration(planned)} + ${formatDuration(extended)}`;
}

/** Whether this machine's clock agrees with AWS's (pure): deadlines of runs are the controller's, and so are the times that it writes. */
import { formatDuration } from '../../config/duration.ts';
import { type Check, checksOf } from './check.ts';

/** AWS tells whole seconds, and its answer takes a while. */
const MOST_OFF_MS = 60_000;

/** `offsetMs`: AWS's time - ours; null: AWS gave no answer. */
export function judgeClock(offsetMs: number | null): Check {
  const found = checksOf('clock');
  if (offsetMs === null) return found.skipped('AWS gave no answer to compare it with');
  const off = `${formatDuration(Math.abs(offsetMs) / 1000)} ${offsetMs > 0 ? 'behind' : 'ahead of'} AWS's`;
  if (Math.abs(offsetMs) >= MOST_OFF_MS)
    return found.warning(
      `this machine's is ${off}`,
      'synchronise it (chrony, systemd-timesyncd) before a run is started',
    );
  return found.ok("agrees with AWS's to the minute");
}

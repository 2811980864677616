/** What the counters of driver and hypervisor tell: PHC errors, other readers of the PHC, a moved or paused VM. */
import { CHRONY_DEFAULT_READS_PER_S, NS_PER_S } from '@ptp-tester/measurement';
import type { DerivedEvent } from './derive-events.ts';
import { type KeptSegment, type KeptSeries, keptColumn } from './kept-columns.ts';

export const PHC_ERROR_COUNTERS = ['phc_exp', 'phc_err_dv', 'phc_err_ts', 'phc_err_eb', 'phc_err'] as const;

/** Above the readings that agent and chronyd make, this share more is somebody else. */
const OTHERS_SHARE = 0.2;
const LEAST_OTHER_READS_PER_S = 2;

export interface CounterSeries {
  /** One for each network interface. */
  readonly ena: readonly KeptSeries[];
  readonly host: KeptSeries | undefined;
  /** PHC readings of the agent per second, as planned. */
  readonly ownReadsPerS: number;
}

export function findCounterEvents(instanceId: string, { ena, host, ownReadsPerS }: CounterSeries): DerivedEvent[] {
  const events: DerivedEvent[] = [];
  for (const series of ena) {
    for (const segment of series.segments) {
      const key = series.id.key;
      for (const counter of PHC_ERROR_COUNTERS) {
        const grown = growth(segment, counter);
        if (grown === null) continue;
        const detail = { counter, interface: key, grown: grown.total };
        events.push({ instanceId, event: 'phc_errors_counted', at: segment.atOf(grown.firstRow), detail });
      }
      events.push(...otherReaders(instanceId, { segment, key }, ownReadsPerS));
    }
  }
  for (const segment of host?.segments ?? []) events.push(...markerChanges(instanceId, segment));
  return events;
}

/** Sum of all growth and the first row at which it shows; null when the counter never grew. */
function growth(segment: KeptSegment, counter: string): { total: number; firstRow: number } | null {
  const values = keptColumn(segment, counter);
  let total = 0;
  let firstRow = -1;
  let last = Number.NaN;
  for (let row = 0; row < values.length; row += 1) {
    const value = values[row] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (value > last) {
      total += value - last;
      if (firstRow < 0) firstRow = row;
    }
    last = value;
  }
  return firstRow < 0 ? null : { total, firstRow };
}

function otherReaders(
  instanceId: string,
  { segment, key }: { segment: KeptSegment; key: string },
  ownReadsPerS: number,
): DerivedEvent[] {
  const grown = growth(segment, 'phc_cnt');
  const seconds = ((segment.timeNs.at(-1) ?? 0) - (segment.timeNs[0] ?? 0)) / NS_PER_S;
  if (grown === null || seconds <= 0) return [];
  const readsPerS = grown.total / seconds;
  const knownPerS = ownReadsPerS + CHRONY_DEFAULT_READS_PER_S;
  if (readsPerS <= knownPerS * (1 + OTHERS_SHARE) + LEAST_OTHER_READS_PER_S) return [];
  const detail = {
    interface: key,
    reads_per_s: Math.round(readsPerS * 10) / 10,
    known_reads_per_s: knownPerS,
  };
  return [{ instanceId, event: 'phc_other_readers', at: segment.atOf(grown.firstRow), detail }];
}

function markerChanges(instanceId: string, segment: KeptSegment): DerivedEvent[] {
  const markers = keptColumn(segment, 'vmclock_marker');
  const events: DerivedEvent[] = [];
  for (let row = 1; row < markers.length; row += 1) {
    if (markers[row] === markers[row - 1]) continue;
    const withinNs = (segment.timeNs[row] ?? 0) - (segment.timeNs[row - 1] ?? 0);
    const detail = { changed_by: (markers[row] ?? 0) - (markers[row - 1] ?? 0), within_ns: Math.round(withinNs) };
    events.push({ instanceId, event: 'vm_marker_changed', at: segment.atOf(row - 1), detail });
  }
  return events;
}

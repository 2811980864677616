/** The instance types of a run side by side, from the live figures: every instance, and the worst of each type. */
import { useCallback, useMemo } from 'preact/hooks';
import type { InstanceFigures } from '../../../src/api/live-schemas.ts';
import type { ChartLook } from '../../../src/charts/chart-frame.ts';
import { type FleetRow, fleetChart, fleetChartHeight } from '../../../src/charts/fleet-chart.ts';
import { PlainChart } from '../chart/plain-chart.tsx';
import { live } from '../live-feed.ts';
import { nanosecondsText } from '../quantity.ts';

/** More rows are no picture; the worst stay. */
const MOST_ROWS = 60;

export function CompareTypes({ run }: { readonly run: string }) {
  const { overview } = live.value;
  if (overview?.run !== run) return <p class="soft pad">Waiting for the figures ...</p>;
  const isSimulated = live.value.runs?.find(({ id }) => id === run)?.simulated === true;
  return <TypeFigures rows={[...overview.rows.values()]} isSimulated={isSimulated} />;
}

interface FiguresProps {
  readonly rows: readonly InstanceFigures[];
  readonly isSimulated: boolean;
}

function TypeFigures({ rows, isSimulated }: FiguresProps) {
  const types = [...Map.groupBy(rows, ({ instance_type }) => instance_type)].sort(([a], [b]) => a.localeCompare(b));
  return (
    <>
      <div class="scroll">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col" class="number">
                Instances
              </th>
              <th scope="col" class="number">
                On PHC
              </th>
              <th scope="col" class="number">
                |offset| p99, middle
              </th>
              <th scope="col" class="number">
                |offset| p99, worst
              </th>
              <th scope="col" class="number">
                |offset|, largest
              </th>
              <th scope="col" class="number">
                Error bound, widest
              </th>
            </tr>
          </thead>
          <tbody>
            {types.map(([type, all]) => (
              <TypeRow key={type} type={type} rows={all} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="soft small">Figures of the last 10 minutes of samples of each instance.</p>
      <TypeChart rows={rows} isSimulated={isSimulated} />
    </>
  );
}

function TypeRow({ type, rows }: { readonly type: string; readonly rows: readonly InstanceFigures[] }) {
  const p99 = known(rows.map(({ offset_p99_abs_ns: value }) => value));
  const largest = known(rows.map(({ offset_max_abs_ns: value }) => value));
  const bounds = known(rows.map(({ clock_error_bound_ns: value }) => value));
  return (
    <tr>
      <th scope="row">{type}</th>
      <td class="number">{rows.length}</td>
      <td class="number">{rows.filter(({ phc_selected: selected }) => selected === true).length}</td>
      <td class="number">{nanosecondsText(p99[Math.floor((p99.length - 1) / 2)] ?? null)}</td>
      <td class="number">{nanosecondsText(p99.at(-1) ?? null)}</td>
      <td class="number">{nanosecondsText(largest.at(-1) ?? null)}</td>
      <td class="number">{nanosecondsText(bounds.at(-1) ?? null)}</td>
    </tr>
  );
}

/** Ascending. */
function known(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null).sort((a, b) => a - b);
}

function TypeChart({ rows, isSimulated }: FiguresProps) {
  const drawn = useMemo(() => chartRows(rows), [rows]);
  const title =
    'each instance: median, p99 (bar) and largest |offset|; green passes so far, red fails, grey is not judged';
  const make = useCallback((look: ChartLook) => fleetChart({ title, rows: drawn }, look), [drawn]);
  if (drawn.length === 0) return null;
  return <PlainChart label={title} height={fleetChartHeight(drawn.length)} {...{ make, isSimulated }} />;
}

function chartRows(rows: readonly InstanceFigures[]): FleetRow[] {
  const measured = rows.filter(({ offset_max_abs_ns: max }) => max !== null && max > 0);
  const worst = measured
    .toSorted((a, b) => (b.offset_max_abs_ns ?? 0) - (a.offset_max_abs_ns ?? 0))
    .slice(0, MOST_ROWS)
    .sort(
      (a, b) =>
        a.instance_type.localeCompare(b.instance_type) || (b.offset_max_abs_ns ?? 0) - (a.offset_max_abs_ns ?? 0),
    );
  return worst.map((row) => ({
    name: row.name,
    quality: row.quality ?? 'not_enough_data',
    rms: Math.max(1, Math.abs(row.offset_p50_ns ?? 1)),
    p99: row.offset_p99_abs_ns,
    maxAbs: row.offset_max_abs_ns,
  }));
}

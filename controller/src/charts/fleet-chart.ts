/** All instances on one logarithmic scale, the worst first: from the median to p99 to the largest |offset|. */
import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { type ChartLook, frame, gridOf, isNarrow, logNsAxis, titleDrop, titleText } from './chart-frame.ts';

export interface FleetRow {
  readonly name: string;
  readonly quality: 'pass' | 'fail' | 'not_enough_data';
  /** ns, of |offset|; null where nothing can be said. */
  readonly rms: number | null;
  readonly p99: number | null;
  readonly maxAbs: number | null;
}

export interface FleetChartData {
  readonly title: string;
  /** In the order to be shown. */
  readonly rows: readonly FleetRow[];
}

const ROW = 24;

/** The height that suits this many instances. */
export function fleetChartHeight(rows: number): number {
  return 66 + rows * ROW;
}

export function fleetChart({ title, rows }: FleetChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  const values = rows.flatMap(({ rms, p99, maxAbs }) => [rms, p99, maxAbs]).filter((v) => v !== null && v > 0);
  const numbers = values.map(Number);
  const scale = {
    min: 10 ** Math.floor(Math.log10(Math.min(...numbers, 100))),
    max: 10 ** Math.ceil(Math.log10(Math.max(...numbers, 1000))),
  };
  const nameWidth = isNarrow(look) ? 104 : 190;
  return {
    ...frame(look),
    grid: gridOf(look, { left: nameWidth + 12, right: 30, top: 28 + titleDrop(look, title) }),
    xAxis: { ...logNsAxis(look), ...scale },
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { interval: 0, color: palette.text, width: nameWidth, overflow: 'truncate' },
    },
    series: [barSeries(rows, look)],
    graphic: [titleText(look, title)],
  };
}

function barSeries(rows: readonly FleetRow[], { palette }: ChartLook): CustomSeriesOption {
  const colors = { pass: palette.good, fail: palette.error, not_enough_data: palette.unknown };
  const data = rows.flatMap(({ rms, p99, maxAbs }, row) =>
    rms === null || maxAbs === null || rms <= 0 ? [] : [[row, rms, p99 ?? Number.NaN, maxAbs]],
  );
  return {
    type: 'custom',
    silent: true,
    encode: { x: [1, 2, 3], y: 0 },
    data,
    renderItem: (_params, api) => {
      const row = Number(api.value(0));
      const color = colors[rows[row]?.quality ?? 'not_enough_data'];
      const place = (dimension: number) => api.coord([api.value(dimension), row]);
      const [from = 0, y = 0] = place(1);
      const [to = 0] = place(3);
      const [tick = Number.NaN] = place(2);
      const dot = (cx: number, r: number) => ({
        type: 'circle' as const,
        shape: { cx, cy: y, r },
        style: { fill: color },
      });
      const bar = {
        type: 'rect' as const,
        shape: { x: from, y: y - 2, width: Math.max(1, to - from), height: 4 },
        style: { fill: color, opacity: 0.45 },
      };
      const p99 = {
        type: 'rect' as const,
        shape: { x: tick - 1.5, y: y - 7, width: 3, height: 14 },
        style: { fill: color },
      };
      return {
        type: 'group',
        children: [bar, dot(from, 3), dot(to, 5), ...(Number.isFinite(tick) ? [p99] : [])],
      };
    },
  };
}

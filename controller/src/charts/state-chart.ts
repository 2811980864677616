/** States over time in rows of coloured blocks: what chronyd followed, and the state of each of its sources. */
import type { CustomSeriesOption, EChartsOption } from 'echarts';
import { type ChartLook, frame, gridOf, isNarrow, type TimeSpan, timeAxis } from './chart-frame.ts';

export type StateTone = 'good' | 'warning' | 'error' | 'unknown';

export interface StateBlock {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tone: StateTone;
}

export interface StateRow {
  readonly name: string;
  readonly blocks: readonly StateBlock[];
}

export interface StateChartData {
  readonly span: TimeSpan;
  readonly rows: readonly StateRow[];
}

const ROW = 26;
const TONES: readonly StateTone[] = ['good', 'warning', 'error', 'unknown'];

/** The height that suits this many rows. */
export function stateChartHeight(rows: number): number {
  return 50 + rows * ROW;
}

export function stateChart({ span, rows }: StateChartData, look: ChartLook): EChartsOption {
  const { palette } = look;
  return {
    ...frame(look),
    grid: gridOf(look, { left: isNarrow(look) ? 110 : 170, top: 8 }),
    xAxis: timeAxis(look, span),
    yAxis: {
      type: 'category',
      inverse: true,
      data: rows.map(({ name }) => name),
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { color: palette.text, width: isNarrow(look) ? 100 : 160, overflow: 'truncate' },
    },
    series: [blockSeries(rows, (tone) => palette[tone])],
  };
}

function blockSeries(rows: readonly StateRow[], colorOf: (tone: StateTone) => string): CustomSeriesOption {
  return {
    type: 'custom',
    silent: true,
    clip: true,
    encode: { x: [1, 2], y: 0 },
    data: rows.flatMap(({ blocks }, row) =>
      blocks.map(({ fromMs, toMs, tone }) => [row, fromMs, toMs, TONES.indexOf(tone)]),
    ),
    renderItem: (_params, api) => {
      const row = api.value(0);
      const [x = 0, y = 0] = api.coord([api.value(1), row]);
      const [end = 0] = api.coord([api.value(2), row]);
      const height = ROW * 0.62;
      const tone = TONES[Number(api.value(3))] ?? 'unknown';
      return {
        type: 'rect',
        shape: { x, y: y - height / 2, width: Math.max(1, end - x), height },
        style: { fill: colorOf(tone) },
      };
    },
  };
}

/** Neighbouring blocks of the same tone that touch become one. */
export function mergeBlocks(blocks: readonly StateBlock[]): StateBlock[] {
  const merged: StateBlock[] = [];
  for (const block of blocks) {
    const last = merged.at(-1);
    if (last !== undefined && last.tone === block.tone && block.fromMs <= last.toMs) {
      merged[merged.length - 1] = { ...last, toMs: Math.max(last.toMs, block.toMs) };
    } else {
      merged.push(block);
    }
  }
  return merged;
}

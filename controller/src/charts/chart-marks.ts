/** Events on a time axis: spans as shaded bands, moments as lines, with the number that the event list gives them. */
import type { LineSeriesOption } from 'echarts';
import type { ChartLook, TimeSpan } from './chart-frame.ts';

export interface ChartMark {
  readonly fromMs: number;
  /** The same as `fromMs` for a moment. */
  readonly toMs: number;
  readonly severity: 'info' | 'warning' | 'error';
  /** Short: a number or a letter. */
  readonly label: string;
}

/** An empty series that carries the marks. Marks outside the span are left out. */
export function markSeries(look: ChartLook, marks: readonly ChartMark[], span: TimeSpan): LineSeriesOption {
  const seen = marks.filter(({ fromMs, toMs }) => toMs >= span.fromMs && fromMs <= span.toMs);
  const spans = seen.filter(({ fromMs, toMs }) => toMs > fromMs);
  const moments = seen.filter(({ fromMs, toMs }) => toMs === fromMs);
  const label = { show: true, fontSize: 11, position: 'insideEndTop' as const };
  return {
    type: 'line',
    data: [],
    silent: true,
    markArea: {
      silent: true,
      data: spans.map((mark) => [
        {
          xAxis: Math.max(mark.fromMs, span.fromMs),
          name: mark.label,
          itemStyle: { color: colorOf(look, mark), opacity: 0.16 },
          label: { ...label, position: 'insideTop' as const, color: colorOf(look, mark) },
        },
        { xAxis: Math.min(mark.toMs, span.toMs) },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      data: moments.map((mark) => ({
        xAxis: mark.fromMs,
        name: mark.label,
        lineStyle: { color: colorOf(look, mark), type: 'dashed' as const, width: 1 },
        label: { ...label, position: 'end' as const, formatter: '{b}', color: colorOf(look, mark) },
      })),
    },
  };
}

function colorOf({ palette }: ChartLook, { severity }: ChartMark): string {
  return { info: palette.unknown, warning: palette.warning, error: palette.error }[severity];
}

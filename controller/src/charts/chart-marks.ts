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

/** Opacity of a band. So faint a tint does not hide the curve, nor does it show where the band begins and ends: its edges do. */
export const TINT = 0.16;

/** An empty series that carries the marks. Marks outside the span are left out. */
export function markSeries(look: ChartLook, marks: readonly ChartMark[], span: TimeSpan): LineSeriesOption {
  const seen = marks.filter(({ fromMs, toMs }) => toMs >= span.fromMs && fromMs <= span.toMs);
  const spans = seen.filter(({ fromMs, toMs }) => toMs > fromMs);
  const moments = seen.filter(({ fromMs, toMs }) => toMs === fromMs);
  const shared = sharedLabels(moments, ((span.toMs - span.fromMs) * LABEL_WIDTH) / look.width);
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
          itemStyle: { color: colorOf(look, mark), opacity: TINT },
          label: { ...label, position: 'insideTop' as const, color: textColorOf(look, mark) },
        },
        { xAxis: Math.min(mark.toMs, span.toMs) },
      ]),
    },
    markLine: {
      silent: true,
      symbol: 'none',
      data: [
        ...moments.map((mark, index) => ({
          xAxis: mark.fromMs,
          name: shared[index] ?? '',
          lineStyle: { color: colorOf(look, mark), type: 'dashed' as const, width: 1 },
          label: { ...label, position: 'end' as const, formatter: '{b}', color: textColorOf(look, mark) },
        })),
        ...spans.flatMap((mark) => edgesOf(look, mark, span)),
      ],
    },
  };
}

/** Of a band, where they lie within the span. */
function edgesOf(look: ChartLook, mark: ChartMark, { fromMs, toMs }: TimeSpan) {
  return [mark.fromMs, mark.toMs]
    .filter((atMs) => atMs > fromMs && atMs < toMs)
    .map((xAxis) => ({
      xAxis,
      lineStyle: { color: colorOf(look, mark), type: 'solid' as const, width: 1 },
      label: { show: false },
    }));
}

/** Pixels that the label of a moment takes. */
const LABEL_WIDTH = 20;

/** Neighbours closer than that share one label, `3-10`, at the first of them. */
function sharedLabels(moments: readonly ChartMark[], withinMs: number): string[] {
  const labels = moments.map(() => '');
  let first = 0;
  for (let index = 0; index < moments.length; index += 1) {
    const next = moments[index + 1];
    if (next !== undefined && next.fromMs - (moments[first]?.fromMs ?? 0) < withinMs) continue;
    const from = moments[first]?.label ?? '';
    const to = moments[index]?.label ?? '';
    labels[first] = first === index ? from : `${from}-${to}`;
    first = index + 1;
  }
  return labels;
}

/** Texts need more contrast than lines. */
function textColorOf(look: ChartLook, mark: ChartMark): string {
  return mark.severity === 'info' ? look.palette.muted : colorOf(look, mark);
}

function colorOf({ palette }: ChartLook, { severity }: ChartMark): string {
  return { info: palette.unknown, warning: palette.warning, error: palette.error }[severity];
}

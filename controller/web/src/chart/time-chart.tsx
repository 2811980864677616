/** A chart over time: drawn by ECharts, with a cursor that all charts of the page share, and a span that dragging and keys change. */
import { type Signal, signal } from '@preact/signals';
import type { EChartsOption } from 'echarts';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChartLook, TimeSpan } from '../../../src/charts/chart-frame.ts';
import { markSimulated } from '../../../src/charts/simulated-mark.ts';
import { palette } from '../theme.ts';
import { cursorTimeText } from '../time-text.ts';
import { chosenSpan, moved, zoomed } from './chart-span.ts';
import { type DrawnChart, openChart } from './draw-chart.ts';

/** Where the pointer is in time, on all charts. */
const cursorMs: Signal<number | null> = signal(null);

export interface TimeChartProps {
  /** What is seen, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  readonly span: TimeSpan;
  /** Says so across the picture. */
  readonly isSimulated: boolean;
  make(look: ChartLook): EChartsOption;
  /** What the chart holds at a moment. */
  readout(atMs: number): string;
  onSpan(span: TimeSpan | null): void;
}

export function TimeChart({ label, height, span, isSimulated, make, readout, onSpan }: TimeChartProps) {
  const { element, chart, width } = useDrawnChart({ height, isSimulated, make });
  const place = usePlotPlace(chart, { span, width });
  const drag = useDrag(place, onSpan);
  const latest = useRef(span);
  latest.current = span;
  const onKeyDown = (event: KeyboardEvent) => followKey(event, { latest, onSpan });
  return (
    <figure class="chart">
      <figcaption class="chart-readout small">
        <Readout span={span} readout={readout} />
      </figcaption>
      {/* biome-ignore lint/a11y/useSemanticElements: a chart has no element of its own */}
      <div
        class="chart-canvas"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: keys zoom and move
        tabIndex={0}
        role="group"
        aria-label={`${label}. Arrow keys move, with Shift they move the cursor; plus and minus zoom, 0 shows all.`}
        style={{ height: `${height}px` }}
        onKeyDown={onKeyDown}
        onDblClick={() => onSpan(null)}
        {...drag.handlers}
      >
        <div ref={element} style={{ height: `${height}px` }} />
        <CursorLine place={place} />
        {drag.selection === null ? null : <div class="chart-selection" style={drag.selection} />}
      </div>
    </figure>
  );
}

function Readout({ span, readout }: Pick<TimeChartProps, 'span' | 'readout'>) {
  const at = cursorMs.value;
  if (at === null) return <span>&nbsp;</span>;
  return (
    <span>
      <span class="soft">{cursorTimeText(at, span.toMs - span.fromMs)}</span> {readout(at)}
    </span>
  );
}

interface Drawn {
  readonly height: number;
  readonly isSimulated: boolean;
  make(look: ChartLook): EChartsOption;
}

function useDrawnChart({ height, isSimulated, make }: Drawn) {
  const element = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<DrawnChart | null>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const opened = openChart(current);
    setChart(opened);
    const observer = new ResizeObserver(() => {
      opened.resize();
      setWidth(current.clientWidth);
    });
    observer.observe(current);
    return () => {
      observer.disconnect();
      opened.dispose();
    };
  }, []);
  const colours = palette.value;
  useEffect(() => {
    if (chart === null || width === 0) return;
    const look = { palette: colours, width, height };
    chart.setOption(isSimulated ? markSimulated(make(look), look) : make(look), { notMerge: true });
  }, [chart, make, colours, width, height, isSimulated]);
  return { element, chart, width };
}

/** Pixels of the plot and times of its ends, to go from one to the other. */
interface PlotPlace {
  readonly leftPx: number;
  readonly rightPx: number;
  readonly span: TimeSpan;
}

interface PlotFrame {
  readonly span: TimeSpan;
  readonly width: number;
}

function usePlotPlace(chart: DrawnChart | null, { span, width }: PlotFrame): PlotPlace | null {
  const [place, setPlace] = useState<PlotPlace | null>(null);
  const { fromMs, toMs } = span;
  useEffect(() => {
    if (chart === null || width === 0) return;
    const pixel = (ms: number) => Number(chart.convertToPixel({ xAxisIndex: 0 }, ms));
    setPlace({ leftPx: pixel(fromMs), rightPx: pixel(toMs), span: { fromMs, toMs } });
  }, [chart, width, fromMs, toMs]);
  return place;
}

function timeAt({ leftPx, rightPx, span }: PlotPlace, px: number): number | null {
  const share = (px - leftPx) / (rightPx - leftPx);
  return share < 0 || share > 1 ? null : span.fromMs + share * (span.toMs - span.fromMs);
}

function CursorLine({ place }: { readonly place: PlotPlace | null }) {
  const at = cursorMs.value;
  if (place === null || at === null) return null;
  const { leftPx, rightPx, span } = place;
  const share = (at - span.fromMs) / (span.toMs - span.fromMs);
  if (share < 0 || share > 1) return null;
  return <div class="chart-cursor" style={{ left: `${leftPx + share * (rightPx - leftPx)}px` }} />;
}

/** Dragging over the plot chooses a span; moving shows the cursor. */
function useDrag(place: PlotPlace | null, onSpan: TimeChartProps['onSpan']) {
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const pixelOf = (event: PointerEvent) =>
    event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
  const within = (px: number) => (place === null ? px : Math.min(place.rightPx, Math.max(place.leftPx, px)));
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      const px = pixelOf(event);
      if (event.button !== 0 || event.pointerType === 'touch' || place === null || timeAt(place, px) === null) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      setDrag({ from: px, to: px });
    },
    onPointerMove: (event: PointerEvent) => {
      const px = pixelOf(event);
      if (place !== null) cursorMs.value = timeAt(place, px);
      if (drag !== null) setDrag({ ...drag, to: within(px) });
    },
    onPointerUp: () => {
      if (drag === null || place === null) return;
      setDrag(null);
      const from = timeAt(place, drag.from);
      const to = timeAt(place, drag.to);
      const span = from === null || to === null || Math.abs(drag.to - drag.from) < 5 ? null : chosenSpan(from, to);
      if (span !== null) onSpan(span);
    },
    onPointerLeave: () => {
      cursorMs.value = null;
    },
  };
  const selection =
    drag === null ? null : { left: `${Math.min(drag.from, drag.to)}px`, width: `${Math.abs(drag.to - drag.from)}px` };
  return { handlers, selection };
}

const MOVE_SHARE = 0.25;
const CURSOR_SHARE = 0.01;
const ZOOM_FACTOR = 0.5;

/** From the middle, or from where the pointer left it. */
function moveCursor({ fromMs, toMs }: TimeSpan, share: number): void {
  const at = (cursorMs.value ?? (fromMs + toMs) / 2) + (toMs - fromMs) * share;
  cursorMs.value = Math.min(toMs, Math.max(fromMs, at));
}

interface KeyTarget {
  /** What the last key asked for: the next one may come before that is drawn. */
  readonly latest: { current: TimeSpan };
  readonly onSpan: TimeChartProps['onSpan'];
}

function followKey(event: KeyboardEvent, { latest, onSpan }: KeyTarget): void {
  const span = latest.current;
  const next: Record<string, () => TimeSpan | null> = {
    ArrowLeft: () => moved(span, -MOVE_SHARE),
    ArrowRight: () => moved(span, MOVE_SHARE),
    '+': () => zoomed(span, ZOOM_FACTOR),
    '=': () => zoomed(span, ZOOM_FACTOR),
    '-': () => zoomed(span, 1 / ZOOM_FACTOR),
    '0': () => null,
  };
  const made = next[event.key];
  if (made === undefined || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (event.shiftKey && event.key.startsWith('Arrow')) {
    moveCursor(span, event.key === 'ArrowLeft' ? -CURSOR_SHARE : CURSOR_SHARE);
  } else {
    const asked = made();
    latest.current = asked ?? span;
    onSpan(asked);
  }
}

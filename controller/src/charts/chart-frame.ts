/** What all charts share: size, colours, axes. Charts are plain ECharts options: data in, option out, no DOM. */
import type { EChartsOption, GridComponentOption, XAXisComponentOption, YAXisComponentOption } from 'echarts';
import { axisUnit, nsText, plain, tauText } from './axis-text.ts';
import type { Palette } from './palette.ts';

export interface ChartLook {
  readonly palette: Palette;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Milliseconds since 1970, UTC. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

const FONT = 'system-ui, sans-serif';
const FONT_SIZE = 12;
const NARROW = 560;
const LABEL_WIDTH = 90;

export function isNarrow({ width }: ChartLook): boolean {
  return width < NARROW;
}

export function frame(look: ChartLook): EChartsOption {
  return {
    animation: false,
    useUTC: true,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: FONT, fontSize: FONT_SIZE, color: look.palette.text },
  };
}

export function gridOf(look: ChartLook, place: GridComponentOption = {}): GridComponentOption {
  return { left: isNarrow(look) ? 62 : 70, right: 18, top: 28, bottom: 34, ...place };
}

export function timeAxis(look: ChartLook, span: TimeSpan): XAXisComponentOption {
  return {
    type: 'time',
    min: span.fromMs,
    max: span.toMs,
    // Labels are up to `02:16:18` wide; texts cannot be measured exactly without a browser.
    minInterval: ((span.toMs - span.fromMs) * LABEL_WIDTH) / look.width,
    // Full minutes and hours are bold otherwise, which says nothing.
    axisLabel: {
      ...labels(look),
      hideOverlap: true,
      rich: { primary: { fontWeight: 'normal', color: look.palette.muted } },
    },
    axisLine: { lineStyle: { color: look.palette.muted } },
    axisTick: { lineStyle: { color: look.palette.muted } },
    splitLine: { show: false },
  };
}

/** A linear axis in ns whose labels are all in the unit that suits `largestAbs`. */
export function nsAxis(look: ChartLook, largestAbs: number): YAXisComponentOption & XAXisComponentOption {
  const { divisor, name } = axisUnit(largestAbs);
  return {
    ...linearAxis(look),
    axisLabel: { ...labels(look), formatter: (value: number) => `${plain(value / divisor)} ${name}` },
  };
}

export function countAxis(look: ChartLook): YAXisComponentOption {
  const formatter = (value: number) => (value >= 10_000 ? value.toExponential(0).replace('e+', 'e') : plain(value));
  return { ...linearAxis(look), minInterval: 1, axisLabel: { ...labels(look), formatter } };
}

export function logNsAxis(look: ChartLook): YAXisComponentOption & XAXisComponentOption {
  return { ...linearAxis(look), type: 'log', axisLabel: { ...labels(look), formatter: nsText } };
}

export function tauAxis(look: ChartLook): XAXisComponentOption {
  return {
    ...linearAxis(look),
    type: 'log',
    name: 'tau',
    nameLocation: 'end',
    nameGap: 4,
    nameTextStyle: { color: look.palette.muted },
    axisLabel: { ...labels(look), formatter: tauText, hideOverlap: true },
  };
}

function linearAxis(look: ChartLook) {
  return {
    type: 'value' as const,
    axisLine: { show: false },
    axisTick: { show: false },
    splitNumber: 4,
    splitLine: { lineStyle: { color: look.palette.grid } },
  };
}

function labels({ palette }: ChartLook) {
  return { color: palette.muted, fontSize: FONT_SIZE, fontFamily: FONT };
}

const LINE_HEIGHT = 15;
/** Of a character, rather more than less: texts cannot be measured without a browser, so their lines are broken by it here. */
const CHARACTER_WIDTH = 6.6;
const MOST_LINES = 4;

/** Pixels by which a title that needs several lines pushes down what is below it. */
export function titleDrop(look: Pick<ChartLook, 'width'>, title: string): number {
  return (linesOf(look, title).length - 1) * LINE_HEIGHT;
}

/** The title of a chart in as many lines as it needs; `titleDrop` says where the chart goes on. */
export function titleText(look: ChartLook, text: string) {
  const lines = linesOf(look, text);
  const one = caption(look, { text, top: 4 });
  return lines.length === 1
    ? one
    : { ...one, style: { ...one.style, text: lines.join('\n'), lineHeight: LINE_HEIGHT } };
}

/** Broken between words. What four lines do not hold is cut from the last one, which says so. */
function linesOf({ width }: Pick<ChartLook, 'width'>, text: string): string[] {
  const most = Math.max(1, Math.floor((width - 12) / CHARACTER_WIDTH));
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= most) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES - 1), `${lines[MOST_LINES - 1]} ...`];
}

/** A line of text at the top left of a panel, saying what it shows; shortened where there is no room for it. */
export function caption(look: ChartLook, { text, top }: { text: string; top: number }) {
  return {
    type: 'text' as const,
    left: 6,
    top,
    silent: true,
    style: {
      text,
      fill: look.palette.muted,
      fontSize: FONT_SIZE,
      fontFamily: FONT,
      width: look.width - 12,
      overflow: 'truncate' as const,
      ellipsis: '...',
    },
  };
}

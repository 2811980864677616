/** A chart as the pictures of a page: one for wide pages, one for narrow ones where the same would be unreadable. */
import type { EChartsOption } from 'echarts';
import type { ChartLook } from '../charts/chart-frame.ts';
import { LIGHT } from '../charts/palette.ts';
import { renderChart } from './render-chart.ts';

/** A picture still to be drawn. */
export interface Sketch {
  readonly title: string;
  /** What must be known to read it. */
  readonly note?: string;
  readonly span: 'full' | 'half';
  readonly height: number;
  make(look: ChartLook): EChartsOption;
}

export interface Picture {
  readonly title: string;
  readonly note?: string;
  /** SVG for wide pages, and for narrow ones where the same picture would be unreadable. */
  readonly wide: string;
  readonly narrow: string | null;
}

const WIDE = 940;
const HALF = 460;
const NARROW = 380;

/** `id`: unique within the page. */
export function pictureOf({ title, note, span, height, make }: Sketch, id: string): Picture {
  const draw = (width: number, suffix: string) => {
    const option = make({ palette: LIGHT, width, height });
    return renderChart({ option, width, height, id: `${id}${suffix}`, label: title });
  };
  const texts = { title, ...(note === undefined ? {} : { note }) };
  if (span === 'half') return { ...texts, wide: draw(HALF, ''), narrow: null };
  return { ...texts, wide: draw(WIDE, ''), narrow: draw(NARROW, 'n') };
}

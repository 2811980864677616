/** A chart as the pictures of a page: one for wide pages, one for narrow ones where the same would be unreadable. */
import type { EChartsOption } from 'echarts';
import type { ChartLook } from '../charts/chart-frame.ts';
import { LIGHT } from '../charts/palette.ts';
import { renderChart } from './render-chart.ts';

/** A picture still to be drawn. */
export interface Sketch {
  readonly title: string;
  readonly span: 'full' | 'half';
  readonly height: number;
  make(look: ChartLook): EChartsOption;
}

export interface Picture {
  readonly title: string;
  /** SVG for wide pages, and for narrow ones where the same picture would be unreadable. */
  readonly wide: string;
  readonly narrow: string | null;
}

const WIDE = 940;
const HALF = 460;
const NARROW = 380;

/** `id`: unique within the page. */
export function pictureOf({ title, span, height, make }: Sketch, id: string): Picture {
  const draw = (width: number, suffix: string) => {
    const option = make({ palette: LIGHT, width, height });
    return renderChart({ option, width, height, id: `${id}${suffix}`, label: title });
  };
  if (span === 'half') return { title, wide: draw(HALF, ''), narrow: null };
  return { title, wide: draw(WIDE, ''), narrow: draw(NARROW, 'n') };
}

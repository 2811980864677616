/** A chart as inline SVG: rendered without a browser, its colours as CSS variables so that the page decides on light or dark. */
import { type EChartsOption, init } from 'echarts';
import { DARK, LIGHT, type Palette, type PaletteRole } from '../charts/palette.ts';
import { escapeHtml } from './html-text.ts';

export interface ChartRequest {
  readonly option: EChartsOption;
  readonly width: number;
  readonly height: number;
  /** Unique within the page. */
  readonly id: string;
  /** What the picture shows, for who cannot see it. */
  readonly label: string;
}

const ROLES = Object.keys(LIGHT) as readonly PaletteRole[];

/** The option must be made with the palette `LIGHT`. */
export function renderChart({ option, width, height, id, label }: ChartRequest): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    return tidySvg(chart.renderToSVGString({ useViewBox: true }), { id, label });
  } finally {
    chart.dispose();
  }
}

function tidySvg(svg: string, { id, label }: { id: string; label: string }): string {
  const stripped = svg
    .replaceAll(/<style[\s\S]*?<\/style>/g, '')
    .replaceAll(/ (?:class="zr[^"]*"|ecmeta_[a-z_]+="[^"]*"|pointer-events="[^"]*"|xml:space="[^"]*")/g, '')
    // The renderer counts its charts; ids of our own keep two reports of the same data identical.
    .replaceAll(/zr\d+-/g, `${id}-`)
    .replaceAll('\n', '');
  const coloured = ROLES.reduce((text, role) => text.replaceAll(LIGHT[role], `var(--chart-${role})`), stripped);
  return coloured.replace('<svg ', `<svg role="img" aria-label="${escapeHtml(label)}" `);
}

/** The CSS variables of the charts for light and dark. */
export function chartColours(scheme: 'light' | 'dark'): string {
  const palette: Palette = scheme === 'light' ? LIGHT : DARK;
  return ROLES.map((role) => `--chart-${role}:${palette[role]};`).join('');
}

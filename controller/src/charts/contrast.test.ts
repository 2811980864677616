/** What no tool sees in a canvas, and every pair of the page's theme: contrasts by the formula of WCAG 2.1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STYLE } from '../report/html-style.ts';
import { TINT } from './chart-marks.ts';
import { DARK, LIGHT } from './palette.ts';

const TEXT = 4.5;
const GRAPHIC = 3;

type Rgb = readonly [number, number, number];
type Theme = Readonly<Record<string, string>>;

const CSS = readFileSync(join(import.meta.dirname, '../../web/src/style/theme.css'), 'utf8');
const [PAGE_LIGHT, PAGE_DARK] = CSS.split(':root[data-theme="dark"]').map(variablesOf);
const [, REPORT_LIGHT, REPORT_DARK] = STYLE.split('--page:').map((part) => variablesOf(`--page:${part}`));

function variablesOf(css: string): Theme {
  const found = css.matchAll(/--([a-z-]+):\s*#([0-9a-f]{3}|[0-9a-f]{6});/g);
  return Object.fromEntries([...found].map(([, name, hex = '']) => [name, `#${hex.length === 3 ? hex + hex : hex}`]));
}

function rgb(colour: string): Rgb {
  const channel = (at: number) => Number.parseInt(colour.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5)];
}

/** Relative luminance, 0..1. */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Rgb, b: Rgb): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function tinted(base: Rgb, by: Rgb): Rgb {
  return base.map((value, channel) => value + ((by[channel] ?? value) - value) * TINT) as unknown as Rgb;
}

interface Pair {
  readonly front: string;
  readonly back: string;
  readonly least: number;
}

/** `text on card 3.99 < 4.5` for each that is too faint. */
function faint(pairs: readonly Pair[], theme: Theme): string[] {
  return pairs.flatMap(({ front, back, least }) => {
    const colour = (name: string) => rgb(theme[name] ?? '');
    const found = contrast(colour(front), colour(back));
    return found >= least ? [] : [`${front} on ${back} ${found.toFixed(2)} < ${least}`];
  });
}

const on = (back: string, least: number, ...fronts: readonly string[]): Pair[] =>
  fronts.map((front) => ({ front, back, least }));

const PAGE_PAIRS = [
  ...on('page', TEXT, 'ink', 'soft', 'accent', 'good', 'warn', 'bad'),
  ...on('card', TEXT, 'ink', 'soft', 'accent', 'good', 'warn', 'bad'),
  ...on('card', GRAPHIC, 'field'),
  ...on('hover', TEXT, 'ink', 'soft', 'accent', 'good', 'warn', 'bad'),
  ...on('accent', TEXT, 'on-accent'),
  ...on('ink', TEXT, 'page'),
  ...on('good-back', TEXT, 'good', 'ink'),
  ...on('warn-back', TEXT, 'warn', 'ink', 'accent'),
  ...on('bad-back', TEXT, 'bad', 'ink'),
  ...on('info-back', TEXT, 'accent', 'ink'),
  ...on('quiet-back', TEXT, 'soft'),
];

/** Axis labels, captions, names of marks and masks. */
const CHART_TEXTS = ['text', 'muted', 'fourth', 'warning', 'error'] as const;
const CHART_LINES = ['main', 'second', 'third', 'fourth', 'good', 'warning', 'error', 'unknown'] as const;
const CHART_PAIRS = [...on('card', TEXT, ...CHART_TEXTS), ...on('card', GRAPHIC, ...CHART_LINES)];

describe.each([
  ['the page, light', PAGE_LIGHT, LIGHT],
  ['the page, dark', PAGE_DARK, DARK],
  ['the report, light', REPORT_LIGHT, LIGHT],
  ['the report, dark', REPORT_DARK, DARK],
] as const)('%s', (_, theme = {}, palette) => {
  it('has charts whose texts and lines can be read on its cards', () => {
    expect(faint(CHART_PAIRS, { ...theme, ...palette })).toEqual([]);
  });

  it('has bands of events on which the curve and the names of events can still be read', () => {
    for (const severity of ['unknown', 'warning', 'error'] as const) {
      const back = tinted(rgb(theme['card'] ?? ''), rgb(palette[severity]));
      expect(contrast(back, rgb(palette.main)), severity).toBeGreaterThanOrEqual(GRAPHIC);
    }
  });
});

it.each([
  ['light', PAGE_LIGHT],
  ['dark', PAGE_DARK],
])('the page has texts and edges of fields that can be read wherever they stand, %s', (_, theme = {}) => {
  expect(faint(PAGE_PAIRS, theme)).toEqual([]);
});

it('knows the formula', () => {
  expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  expect(contrast(rgb('#767676'), rgb('#ffffff'))).toBeCloseTo(4.54, 2);
});

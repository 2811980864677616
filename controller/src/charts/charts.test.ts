import { expect, it } from 'vitest';
import { axisUnit, nsText, tauText } from './axis-text.ts';
import { titleText } from './chart-frame.ts';
import { byteTicks, columnChart } from './column-chart.ts';
import { fleetChart } from './fleet-chart.ts';
import { barsOf } from './histogram-chart.ts';
import { offsetChart } from './offset-chart.ts';
import { DARK, LIGHT } from './palette.ts';
import { mergeBlocks } from './state-chart.ts';
import { bandSeries, rangeFrom, type TimeBand } from './time-band.ts';

const LOOK = { palette: LIGHT, width: 900, height: 360 };
const BAND: TimeBand = { atMs: [0, 1000, 9000], min: [-5, -6, -7], max: [5, 60_000, 7], mean: [0, 1, 2], gapMs: 2500 };

it('has a colour of its own for each role in both palettes', () => {
  for (const palette of [LIGHT, DARK]) {
    const colours = Object.values(palette);
    expect(new Set(colours).size).toBe(colours.length);
    expect(colours.every((colour) => /^#[0-9a-f]{6}$/.test(colour))).toBe(true);
  }
});

it('writes numbers on axes with the unit that suits them', () => {
  expect([nsText(250), nsText(-1500), nsText(0), tauText(0.25), tauText(100_000)]).toEqual([
    '250 ns',
    '-1.5 us',
    '0 ns',
    '0.25 s',
    '1e5 s',
  ]);
  expect(axisUnit(2e9)).toEqual({ divisor: 1e9, name: 's' });
});

it('writes a title that does not fit in several lines, and begins below them', () => {
  const title = 'offset of the system clock from the PHC of c7i.large-1, each line from its own first sample';
  const topOf = (width: number) => {
    const option = columnChart({ title, span: { fromMs: 0, toMs: 1 }, unit: 'ns', columns: [] }, { ...LOOK, width });
    return (option.grid as { top: number }).top;
  };
  expect(topOf(900)).toBe(28);
  expect(topOf(340)).toBe(28 + 15);
  const { text } = titleText({ ...LOOK, width: 340 }, title).style;
  expect(text.split('\n')).toEqual([
    'offset of the system clock from the PHC of',
    'c7i.large-1, each line from its own first sample',
  ]);
});

it('breaks the line where samples are missing', () => {
  const [lower, heights, mean] = bandSeries(BAND, { name: 'x', color: LIGHT.main });
  expect(mean?.data).toEqual([
    [0, 0],
    [1000, 1],
    [5000, null],
    [9000, 2],
  ]);
  expect(lower?.data?.at(-1)).toEqual([9000, -7]);
  expect(heights?.data?.at(-1)).toEqual([9000, 14]);
  expect(rangeFrom(BAND, 5000)).toEqual({ min: -7, max: 7 });
  expect(rangeFrom(BAND, 10_000)).toBeNull();
});

it('scales the offset by the judged part and says how far the start-up goes beyond', () => {
  const data = {
    title: 'system - PHC',
    span: { fromMs: 0, toMs: 9000 },
    offset: BAND,
    bounds: [],
    marks: [],
    scaleFromMs: 5000,
  };
  const cut = offsetChart(data, LOOK);
  expect(JSON.stringify(cut.yAxis)).toContain('"max":9.1');
  expect(JSON.stringify(cut.graphic)).toContain('the start-up reaches 60 us, outside the scale');
  expect(JSON.stringify(offsetChart({ ...data, scaleFromMs: 0 }, LOOK).graphic)).not.toContain('outside');
});

it('keeps every sample of a histogram in a bar or in the count beside it', () => {
  const buckets: [number, number][] = [
    [-129, 3],
    [-1, 10_000],
    [0, 9000],
    [127, 5],
    [128, 2],
    [256, 1],
    [9999, 1],
  ];
  const { counts, below, above, low, width } = barsOf({ title: '', unit: 1, buckets });
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  expect(counts.reduce((sum, count) => sum + count, 0) + below + above).toBe(total);
  expect(counts.length).toBeLessThanOrEqual(60);
  expect(low + width * counts.length).toBeGreaterThan(0);
});

it('has ticks of whole powers of two where bytes are drawn', () => {
  const MiB = 2 ** 20;
  expect(byteTicks(57.2 * MiB)).toEqual({ min: 0, max: 64 * MiB, interval: 16 * MiB });
  expect(byteTicks(64 * MiB)).toEqual({ min: 0, max: 64 * MiB, interval: 16 * MiB });
  expect(byteTicks(65 * MiB)).toEqual({ min: 0, max: 96 * MiB, interval: 32 * MiB });
  expect(byteTicks(0)).toEqual({ min: 0, max: 1, interval: 1 });
});

it('joins states that touch and keeps gaps between them', () => {
  const good = { tone: 'good' } as const;
  const blocks = [
    { fromMs: 0, toMs: 1, ...good },
    { fromMs: 1, toMs: 2, ...good },
    { fromMs: 5, toMs: 6, ...good },
  ];
  expect(mergeBlocks(blocks)).toEqual([
    { fromMs: 0, toMs: 2, tone: 'good' },
    { fromMs: 5, toMs: 6, tone: 'good' },
  ]);
});

it('leaves an instance without figures in the overview, empty', () => {
  const rows = [{ name: 'a', quality: 'not_enough_data' as const, rms: null, p99: null, maxAbs: null }];
  expect(JSON.stringify(fleetChart({ title: 't', rows }, LOOK).yAxis)).toContain('"data":["a"]');
});

/** Charts run in the browser as they are, in both colour schemes, and say SIMULATED. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EChartsOption } from 'echarts';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { ChartLook } from './chart-frame.ts';
import { curveComparisonChart, percentileComparisonChart } from './comparison-chart.ts';
import { counterChart } from './counter-chart.ts';
import { delayChart } from './delay-chart.ts';
import { fleetChart } from './fleet-chart.ts';
import { histogramChart } from './histogram-chart.ts';
import { offsetChart } from './offset-chart.ts';
import { DARK, LIGHT } from './palette.ts';
import { markSimulated } from './simulated-mark.ts';
import { stabilityChart } from './stability-chart.ts';
import { stateChart } from './state-chart.ts';
import type { TimeBand } from './time-band.ts';

const SPAN = { fromMs: 0, toMs: 9000 };
const BAND: TimeBand = { atMs: [0, 1000, 9000], min: [-5, -6, -7], max: [5, 60, 7], mean: [0, 1, 2], gapMs: 2500 };
const MARKS = (['info', 'warning', 'error'] as const).map((severity, index) => ({
  fromMs: 1000,
  toMs: 1000 + 500 * index,
  severity,
  label: String(index),
}));

const CHARTS: Readonly<Record<string, (look: ChartLook) => EChartsOption>> = {
  offset: (look) =>
    offsetChart(
      {
        title: 'x',
        span: SPAN,
        offset: BAND,
        bounds: [{ name: 'b', band: BAND }],
        marks: MARKS,
        scaleFromMs: 0,
        limits: [
          { name: 'max', ns: 70 },
          { name: 'far', ns: 1e6 },
        ],
      },
      look,
    ),
  delay: (look) => delayChart({ span: SPAN, delay: BAND }, look),
  counter: (look) => counterChart({ span: SPAN, counters: [{ name: 'c', growth: BAND }] }, look),
  state: (look) => stateChart({ span: SPAN, rows: [{ name: 's', blocks: [{ ...SPAN, tone: 'good' }] }] }, look),
  histogram: (look) => histogramChart({ title: 'x', unit: 1, buckets: [[3, 7]] }, look),
  stability: (look) =>
    stabilityChart(
      { title: 'x', points: [{ tauS: 1, value: 3, interval: [2, 4] }], masks: [{ name: 'm', points: [[1, 9]] }] },
      look,
    ),
  fleet: (look) => fleetChart({ title: 'x', rows: [{ name: 'i', quality: 'pass', rms: 1, p99: 2, maxAbs: 3 }] }, look),
  percentiles: (look) =>
    percentileComparisonChart(
      { title: 'x', percentiles: ['p50'], sides: [{ name: 'a', values: [{ middle: 2, low: 1, high: 3 }] }] },
      look,
    ),
  curves: (look) => curveComparisonChart({ title: 'x', sides: [{ name: 'a', points: [[1, 2]] }] }, look),
};

describe.each(Object.entries(CHARTS))('the %s chart', (_, make) => {
  it('has the colours of the palette it is given, and no other', () => {
    const dark = JSON.stringify(make({ palette: DARK, width: 400, height: 200 }));
    expect(Object.values(DARK).some((colour) => dark.includes(colour))).toBe(true);
    expect(Object.values(LIGHT).filter((colour) => dark.includes(colour))).toEqual([]);
  });

  it('keeps what it says beside the SIMULATED mark', () => {
    const look = { palette: LIGHT, width: 400, height: 200 };
    const option = make(look);
    const texts = JSON.stringify(markSimulated(option, look).graphic);
    expect(texts).toContain('SIMULATED');
    for (const text of [option.graphic ?? []].flat()) expect(texts).toContain(JSON.stringify(text));
  });
});

it('every file bundles for a browser without anything of Node', async () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(10);
  const { metafile, warnings } = await build({
    entryPoints: files.map((file) => join(import.meta.dirname, file)),
    bundle: true,
    platform: 'browser',
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(warnings).toEqual([]);
  const outside = Object.keys(metafile.inputs).filter((path) => !path.includes('src/charts/'));
  expect(outside).toEqual([]);
});

/** The charts over time of one instance, from its samples. */
import type { ChartLook, TimeSpan } from '../charts/chart-frame.ts';
import { counterChart } from '../charts/counter-chart.ts';
import { delayChart } from '../charts/delay-chart.ts';
import { offsetChart } from '../charts/offset-chart.ts';
import {
  mergeBlocks,
  type StateBlock,
  type StateRow,
  type StateTone,
  stateChart,
  stateChartHeight,
} from '../charts/state-chart.ts';
import type { TimeBand } from '../charts/time-band.ts';
import type { Sketch } from './draw-picture.ts';
import { offsetLimits } from './offset-limits.ts';
import { type InstanceSamples, keysOf, readBand } from './read-bands.ts';
import { nameOf } from './render-instance.ts';
import { marksOf } from './report-marks.ts';
import type { InstanceReport } from './report-schema.ts';

/** Wide charts have about 850 pixels between their axes; no more points than that are read. */
const POINTS = 800;
const HALF_POINTS = 380;
const OFFSET_HEIGHT = 360;
const HALF_HEIGHT = 250;
const NEVER_SYNCHRONISED = 3;

/** Of each the samples are read when it is asked for. */
export function* drawTimeCharts(result: InstanceReport, samples: InstanceSamples): Generator<Sketch> {
  const span = spanOf(samples);
  if (span === null) return;
  yield* offsetSketch(result, samples, span);
  yield* stateSketch(result, samples, span);
  yield* delaySketch(result, samples, span);
  yield* counterSketches(result, samples, span);
}

function spanOf({ series }: InstanceSamples): TimeSpan | null {
  if (series.length === 0) return null;
  const ms = (at: bigint) => Number(at / 1000n) / 1000;
  return {
    fromMs: Math.min(...series.map(({ firstAt }) => ms(firstAt))),
    toMs: Math.max(...series.map(({ lastAt }) => ms(lastAt))),
  };
}

function offsetSketch(result: InstanceReport, samples: InstanceSamples, span: TimeSpan): Sketch[] {
  const offset = readBand(samples, { stream: 'phc', column: 'offset_ns', points: POINTS });
  if (offset === null) return [];
  const bounds = [
    { name: 'clock error bound (chrony)', stream: 'chrony', column: 'clock_error_bound_ns' },
    { name: 'error bound of the PHC', stream: 'phc', column: 'error_bound_ns' },
  ] as const;
  const drawn = bounds.flatMap(({ name, stream, column }) => {
    const band = readBand(samples, { stream, column, points: POINTS });
    return band === null ? [] : [{ name, band }];
  });
  const { judged_from } = result.start_transient;
  const data = {
    title: result.simulated ? 'SIMULATED system - PHC' : 'system - PHC',
    span,
    offset,
    bounds: drawn,
    marks: marksOf(result),
    limits: offsetLimits(result),
    scaleFromMs: judged_from === null ? span.fromMs : Date.parse(judged_from),
  };
  const make = (look: ChartLook) => offsetChart(data, look);
  return [{ title: `Offset over time of ${nameOf(result)}`, span: 'full', height: OFFSET_HEIGHT, make }];
}

function stateSketch(result: InstanceReport, samples: InstanceSamples, span: TimeSpan): Sketch[] {
  const selected = readBand(samples, { stream: 'chrony', column: 'phc_selected', points: HALF_POINTS });
  const leap = readBand(samples, { stream: 'chrony', column: 'leap_status', points: HALF_POINTS });
  const rows: StateRow[] = [];
  if (selected !== null) {
    rows.push({ name: 'PHC selected', blocks: blocksOf(selected, ({ least }) => (least >= 1 ? 'good' : 'warning')) });
  }
  if (leap !== null) {
    const tone = ({ most }: Extent): StateTone => (most >= NEVER_SYNCHRONISED ? 'error' : 'good');
    rows.push({ name: 'synchronised', blocks: blocksOf(leap, tone) });
  }
  for (const key of keysOf(samples, 'chrony_source')) {
    const state = readBand(samples, { stream: 'chrony_source', key, column: 'state', points: HALF_POINTS });
    if (state !== null) rows.push({ name: key, blocks: blocksOf(state, sourceTone) });
  }
  if (rows.length === 0) return [];
  const make = (look: ChartLook) => stateChart({ span, rows }, look);
  const witness = rows.some(({ name }) => name === WITNESS) ? ` (${WITNESS}: the witness)` : '';
  const title = `chrony of ${nameOf(result)}: PHC selected, synchronised, each source${witness}; green = yes or selected, grey = usable, amber = not, red = not synchronised or false`;
  return [{ title, span: 'full', height: stateChartHeight(rows.length), make }];
}

interface Extent {
  readonly least: number;
  readonly most: number;
}

const WITNESS = '169.254.169.123';
const SELECTED = 0;
const FALSETICKER = 2;
const COMBINED = 4;

/** Codes of SOURCE_STATES: selected, nonselectable, falseticker, jittery, combined, selectable. */
function sourceTone({ least, most }: Extent): StateTone {
  if (least === FALSETICKER || most === FALSETICKER) return 'error';
  if (most === SELECTED) return 'good';
  return least === SELECTED || least >= COMBINED ? 'unknown' : 'warning';
}

function blocksOf(band: TimeBand, toneOf: (extent: Extent) => StateTone): StateBlock[] {
  const blocks = band.atMs.map((fromMs, index): StateBlock => {
    const next = band.atMs[index + 1];
    const toMs = next !== undefined && next - fromMs <= band.gapMs ? next : fromMs + band.gapMs / 2.5;
    return { fromMs, toMs, tone: toneOf({ least: band.min[index] ?? 0, most: band.max[index] ?? 0 }) };
  });
  return mergeBlocks(blocks);
}

function delaySketch(result: InstanceReport, samples: InstanceSamples, span: TimeSpan): Sketch[] {
  const delay = readBand(samples, { stream: 'phc', column: 'read_delay_ns', points: HALF_POINTS });
  if (delay === null) return [];
  const make = (look: ChartLook) => delayChart({ span, delay }, look);
  return [{ title: `PHC read delay of ${nameOf(result)}`, span: 'half', height: HALF_HEIGHT, make }];
}

const COUNTERS = ['phc_cnt', 'phc_exp', 'phc_skp', 'phc_err_dv', 'phc_err_ts', 'phc_err_eb', 'phc_err'] as const;

function counterSketches(result: InstanceReport, samples: InstanceSamples, span: TimeSpan): Sketch[] {
  return keysOf(samples, 'ena').flatMap((key): Sketch[] => {
    const counters = COUNTERS.flatMap((column) => {
      const growth = readBand(samples, { stream: 'ena', key, column, points: HALF_POINTS, relative: true });
      return growth === null ? [] : [{ name: column, growth }];
    });
    const grown = counters.filter(({ growth }) => Math.max(...growth.max) > 0);
    // Successful reads grow by thousands and would hide the others.
    const others = grown.filter(({ name }) => name !== 'phc_cnt');
    const shown = others.length > 0 ? others : grown;
    if (shown.length === 0) return [];
    const make = (look: ChartLook) => counterChart({ span, counters: shown }, look);
    const without = others.length > 0 ? ', those beside phc_cnt that grew' : '';
    const title = `Growth of the driver counters of ${nameOf(result)} ${key}${without}`;
    return [{ title, span: 'half', height: HALF_HEIGHT, make }];
  });
}

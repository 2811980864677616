/** The pictures of a report: the fleet, and for the worst instances everything over time. */
import { setImmediate } from 'node:timers/promises';
import { fleetChart, fleetChartHeight } from '../charts/fleet-chart.ts';
import { markSimulated } from '../charts/simulated-mark.ts';
import type { SampleReader } from '../store/sample-store.ts';
import { type Picture, pictureOf, type Sketch } from './draw-picture.ts';
import { sketchFigures } from './figure-charts.ts';
import type { InstanceSamples } from './read-bands.ts';
import type { InstanceReport, Report } from './report-schema.ts';
import { drawTimeCharts } from './time-charts.ts';
import { offsetFigures, worstFirst } from './worst-first.ts';

export interface ReportCharts {
  readonly fleet: Picture | null;
  /** By position in the report's results. Instances without pictures have none. */
  readonly instances: ReadonlyMap<InstanceReport, readonly Picture[]>;
  /** How many instances have samples and no pictures, to keep the page small. */
  readonly left: number;
}

export interface ChartLimits {
  /** Pictures for this many instances, the worst. */
  readonly instances: number;
}

/**
 * Without a reader (nothing stored) only what the report itself holds is drawn. Takes seconds in all, and gives the caller's other work its turn
 * after each picture: agents are served on the same thread.
 */
export async function drawCharts(
  report: Report,
  reader: Pick<SampleReader, 'envelope' | 'series'> | null,
  limits: ChartLimits = { instances: 12 },
): Promise<ReportCharts> {
  const measured = worstFirst(report.results).filter(({ streams }) => streams.length > 0);
  const drawn = measured.slice(0, limits.instances);
  const series = reader?.series() ?? [];
  const instances = new Map<InstanceReport, readonly Picture[]>();
  for (const [index, result] of drawn.entries()) {
    const own = series.filter(({ instanceId }) => instanceId === result.instance_id);
    const samples = reader === null ? null : { reader, series: own };
    const pictures: Picture[] = [];
    for (const sketch of sketchesOf(result, samples)) {
      pictures.push(pictureOf(result.simulated ? marked(sketch) : sketch, `c${index}-${pictures.length}`));
      await setImmediate();
    }
    instances.set(result, pictures);
  }
  return { fleet: drawFleet(measured, report), instances, left: measured.length - drawn.length };
}

function* sketchesOf(result: InstanceReport, samples: InstanceSamples | null): Generator<Sketch> {
  if (samples !== null) yield* drawTimeCharts(result, samples);
  yield* sketchFigures(result);
}

function marked(sketch: Sketch): Sketch {
  return { ...sketch, make: (look) => markSimulated(sketch.make(look), look) };
}

function drawFleet(measured: readonly InstanceReport[], report: Report): Picture | null {
  const rows = measured.map((result) => {
    const figures = offsetFigures(result);
    return {
      name: result.name,
      quality: result.verdict.quality.value,
      rms: figures?.summary?.rms ?? null,
      p99: figures?.abs_quantiles?.p99 ?? null,
      maxAbs: figures?.summary?.max_abs ?? null,
    };
  });
  if (rows.every(({ maxAbs }) => maxAbs === null)) return null;
  const title = `${report.simulated ? 'SIMULATED ' : ''}|system - PHC|: small dot rms, tick p99, large dot largest`;
  const sketch: Sketch = {
    title: `Instances, worst first. ${title}`,
    span: 'full',
    height: fleetChartHeight(rows.length),
    make: (look) => fleetChart({ title, rows }, look),
  };
  return pictureOf(sketch, 'fleet');
}

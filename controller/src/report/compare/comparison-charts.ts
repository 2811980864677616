/** The overlaid pictures of a comparison, for each instance type that has samples on a side. */
import {
  type CurveSide,
  curveComparisonChart,
  type PercentileSide,
  percentileComparisonChart,
} from '../../charts/comparison-chart.ts';
import { markSimulated } from '../../charts/simulated-mark.ts';
import { type Picture, pictureOf, type Sketch } from '../draw-picture.ts';
import type { ComparisonReport, SideInstance } from './comparison-schema.ts';

export interface TypePictures {
  readonly type: string;
  readonly pictures: readonly Picture[];
}

const HEIGHT = 270;
const PERCENTILES = ['p50', 'p90', 'p99', 'p99.9', 'max'];

export function drawComparison({ sides, simulated }: ComparisonReport): TypePictures[] {
  const types = [...new Set(sides.flatMap(({ instances }) => instances.map(({ instance_type }) => instance_type)))];
  const prefix = simulated ? 'SIMULATED ' : '';
  return types.flatMap((type, place) => {
    const ofType = sides.map(({ label, instances }) => ({
      name: label,
      instances: instances.filter((one) => one.instance_type === type && one.samples > 0),
    }));
    if (ofType.every(({ instances }) => instances.length === 0)) return [];
    const percentiles = {
      title: `${prefix}|system - PHC|: line = median instance, bar = best to worst`,
      percentiles: PERCENTILES,
      sides: ofType.map(percentileSide),
    };
    const curves = (['tdev_ns', 'mtie_ns'] as const).map((curve) => ({
      title: `${prefix}${curve === 'tdev_ns' ? 'TDEV' : 'MTIE'} of the instance with the worst p99`,
      sides: ofType.map(({ name, instances }): CurveSide => ({ name, points: worstOf(instances)?.[curve] ?? [] })),
    }));
    const sketches = [
      {
        span: 'half' as const,
        title: `Percentiles of ${type}`,
        make: percentileComparisonChart.bind(null, percentiles),
      },
      ...curves.map((data) => ({
        span: 'half' as const,
        title: `${data.title}, ${type}`,
        make: curveComparisonChart.bind(null, data),
      })),
    ];
    const pictures = sketches.map((sketch, index) =>
      pictureOf({ ...sketch, height: HEIGHT, make: marking(sketch.make, simulated) }, `cmp${place}-${index}`),
    );
    return [{ type, pictures }];
  });
}

function marking(make: Sketch['make'], simulated: boolean): Sketch['make'] {
  return simulated ? (look) => markSimulated(make(look), look) : make;
}

function percentileSide({ name, instances }: { name: string; instances: readonly SideInstance[] }): PercentileSide {
  const columns = ['p50_ns', 'p90_ns', 'p99_ns', 'p99_9_ns', 'max_ns'] as const;
  const values = columns.map((column) => {
    const ascending = instances.flatMap((one) => one[column] ?? []).sort((a, b) => a - b);
    const middle = ascending[ascending.length >> 1];
    const [low, high] = [ascending[0], ascending.at(-1)];
    // A logarithm has no place for 0.
    return middle === undefined || low === undefined || high === undefined || low <= 0 ? null : { middle, low, high };
  });
  return { name, values };
}

function worstOf(instances: readonly SideInstance[]): SideInstance | undefined {
  return instances.toSorted((a, b) => (b.p99_ns ?? b.rms_ns ?? 0) - (a.p99_ns ?? a.rms_ns ?? 0))[0];
}

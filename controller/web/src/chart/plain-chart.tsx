/** A chart without a time axis: histogram, MTIE, TDEV, the fleet. */
import type { EChartsOption } from 'echarts';
import { useEffect, useRef } from 'preact/hooks';
import type { ChartLook } from '../../../src/charts/chart-frame.ts';
import { markSimulated } from '../../../src/charts/simulated-mark.ts';
import { palette } from '../theme.ts';
import { openChart } from './draw-chart.ts';

export interface PlainChartProps {
  readonly label: string;
  readonly height: number;
  /** Says so across the picture. */
  readonly isSimulated: boolean;
  make(look: ChartLook): EChartsOption;
}

export function PlainChart({ label, height, isSimulated, make }: PlainChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const colours = palette.value;
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const chart = openChart(current);
    const draw = () => {
      chart.resize();
      const look = { palette: colours, width: current.clientWidth, height };
      chart.setOption(isSimulated ? markSimulated(make(look), look) : make(look), { notMerge: true });
    };
    const observer = new ResizeObserver(draw);
    observer.observe(current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [make, colours, height, isSimulated]);
  return (
    <figure class="chart">
      <div ref={element} role="img" aria-label={label} style={{ height: `${height}px` }} />
    </figure>
  );
}

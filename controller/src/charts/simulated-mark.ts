/** SIMULATED across a chart: whatever its title says, and however it is cut out. */
import type { EChartsOption } from 'echarts';
import type { ChartLook } from './chart-frame.ts';

const FONT = '700 26px system-ui, sans-serif';

/** The option of any chart of this folder with the mark behind its data. */
export function markSimulated(option: EChartsOption, { palette, width, height }: ChartLook): EChartsOption {
  const mark = {
    type: 'text' as const,
    x: width / 2,
    y: height / 2,
    z: -1,
    silent: true,
    style: {
      text: 'SIMULATED',
      fill: palette.warning,
      opacity: 0.22,
      font: FONT,
      align: 'center',
      verticalAlign: 'middle',
    },
  };
  const known = option.graphic ?? [];
  return { ...option, graphic: [mark, ...(Array.isArray(known) ? known : [known])] } as EChartsOption;
}

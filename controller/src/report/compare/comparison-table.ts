/** The numbers of a comparison as rows of cells, for the terminal and the page (pure). */
import { formatQuantity } from '../format-quantity.ts';
import type { DifferenceReport, SideInstance, ThingReport } from './comparison-schema.ts';

export const DIFFERENCE_HEAD = ['', 'first', 'second', 'ratio', '95 % interval', 'answer'];
export const SIDE_HEAD = ['instance', 'samples', 'rms', 'p50', 'p99', 'p99.9', 'max', 'steps', 'quality'];

/** Of the row that the answer rests on. */
const DECISIVE = ' <= the answer';

/** Without what neither side has. */
export function differenceRows({ differences, rests_on }: ThingReport): string[][] {
  return differences
    .filter((one) => one.first_ns !== null || one.second_ns !== null)
    .map((one) => differenceRow(one, one.tau_s === null && one.quantity === rests_on));
}

function differenceRow(difference: DifferenceReport, isDecisive: boolean): string[] {
  const { quantity, tau_s, first_ns, second_ns, ratio, answer } = difference;
  const name = tau_s === null ? quantity.replace('_', '.') : `${quantity.toUpperCase()} ${formatQuantity(tau_s, 's')}`;
  const of = ratio?.value ?? (first_ns !== null && second_ns !== null && first_ns > 0 ? second_ns / first_ns : null);
  return [
    name,
    formatQuantity(first_ns, 'ns'),
    formatQuantity(second_ns, 'ns'),
    of === null ? '-' : short(of),
    ratio === null ? 'none' : intervalText(ratio),
    ratio === null ? '-' : `${answer.replace('_', ' ')}${isDecisive ? DECISIVE : ''}`,
  ];
}

/** Ends that no clock can reach say only that there is next to nothing to conclude from. */
const WIDEST = 1000;

function intervalText({ low, high }: { readonly low: number; readonly high: number }): string {
  if (low < 1 / WIDEST && high > WIDEST) return `wider than 1/${WIDEST} to ${WIDEST}`;
  return `${short(low)} to ${short(high)}`;
}

/** The worst first, by p99, then by what there is. */
export function sideRows(instances: readonly SideInstance[]): string[][] {
  const size = (one: SideInstance) => one.p99_ns ?? one.p90_ns ?? one.rms_ns ?? 0;
  return instances
    .toSorted((a, b) => size(b) - size(a))
    .map((one) => [
      one.name,
      String(one.samples),
      ...[one.rms_ns, one.p50_ns, one.p99_ns, one.p99_9_ns, one.max_ns].map((value) => formatQuantity(value, 'ns')),
      String(one.steps),
      one.quality?.replaceAll('_', ' ') ?? '-',
    ]);
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** What stands beside figures that a step lies within: they describe two levels, and no clock (pure). */
import type { ImportedFigures } from '../analysis/analyse-imported.ts';
import { formatMoment, readableAt } from './format-moment.ts';
import { formatQuantity } from './format-quantity.ts';
import type { InstanceReport } from './report-schema.ts';

interface KnownStep {
  readonly sizeNs: number;
  /** As it is to be read. */
  readonly at: string;
}

/** Null without a step. */
function stepNote(steps: readonly KnownStep[]): string | null {
  const [largest] = steps.toSorted((a, b) => Math.abs(b.sizeNs) - Math.abs(a.sizeNs));
  if (largest === undefined) return null;
  const size = `${formatQuantity(largest.sizeNs, 'ns')} at ${largest.at}`;
  const what = steps.length === 1 ? `a step of ${size}` : `${steps.length} steps, the largest of ${size}`;
  return `includes ${what}: mean, frequency and TDEV describe both sides together`;
}

/** Of an imported series. */
export function importedStepNote({ events }: Pick<ImportedFigures, 'events'>): string | null {
  const steps = events.items.filter(({ event }) => event === 'offset_stepped');
  return stepNote(steps.map(({ sizeNs, atNs }) => ({ sizeNs, at: formatMoment(atNs) })));
}

const STEPS = ['system_clock_stepped', 'phc_stepped', 'offset_stepped'];

/** Of an instance of a run. */
export function stepNoteOf({ events }: Pick<InstanceReport, 'events'>): string | null {
  const steps = events.items.filter(({ event, detail }) => STEPS.includes(event) && 'size_ns' in detail);
  return stepNote(steps.map(({ at, detail }) => ({ sizeNs: Number(detail['size_ns']), at: readableAt(at) })));
}

/** The report's figures for spreadsheets: one line for each instance. The samples themselves are `write-csv.ts`. */
import type { InstanceReport, Report } from './report-schema.ts';
import { offsetFigures } from './worst-first.ts';
import { quoted } from './write-csv.ts';

type Cell = string | number | boolean | null | undefined;

/** In this order. Offsets: system clock - PHC, positive = system clock ahead; over the samples that are judged. */
const COLUMNS: Readonly<Record<string, (result: InstanceReport) => Cell>> = {
  name: ({ name }) => name,
  instance_id: ({ instance_id }) => instance_id,
  instance_type: ({ instance_type }) => instance_type,
  availability_zone: ({ availability_zone }) => availability_zone,
  simulated: ({ simulated }) => simulated,
  capability: ({ verdict }) => verdict.capability.value,
  setup: ({ verdict }) => verdict.setup.value,
  quality: ({ verdict }) => verdict.quality.value,
  failed_criteria: ({ quality_criteria: criteria }) => failedNames(criteria),
  offset_samples: (result) => offsetFigures(result)?.summary?.count,
  offset_p50_ns: (result) => offsetFigures(result)?.quantiles.p50,
  offset_p99_abs_ns: (result) => offsetFigures(result)?.abs_quantiles?.p99,
  offset_max_abs_ns: (result) => offsetFigures(result)?.summary?.max_abs,
  offset_rms_ns: (result) => offsetFigures(result)?.summary?.rms,
  offset_mean_ns: (result) => offsetFigures(result)?.summary?.mean,
  offset_stddev_ns: (result) => offsetFigures(result)?.summary?.stddev,
};

/** RFC 4180 with a header; what is not known is empty. */
export function renderCsv({ results }: Report): string {
  const lines = results.map((result) => Object.values(COLUMNS).map((of) => cellText(of(result))));
  return [Object.keys(COLUMNS), ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

function failedNames(criteria: InstanceReport['quality_criteria']): string {
  return criteria.flatMap(({ name, status }) => (status === 'fail' ? [name] : [])).join(' ');
}

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  return typeof cell === 'string' ? quoted(cell) : String(cell);
}

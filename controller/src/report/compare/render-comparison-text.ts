/** A comparison for the terminal (pure). */
import type { ComparisonReport, ThingReport } from './comparison-schema.ts';
import { DIFFERENCE_HEAD, differenceRows, SIDE_HEAD, sideRows } from './comparison-table.ts';

export function renderComparisonText(comparison: ComparisonReport): string {
  const lines: string[] = comparison.pairs.flatMap(({ sentence, warnings, types, instances }) => [
    sentence,
    ...warnings.map((warning) => `NOTE ${warning}`),
    '',
    ...types.flatMap(thingLines),
    ...(instances.length > types.length ? ['By instance:', ...instances.map((one) => `  ${one.sentence}`), ''] : []),
  ]);
  const sides = comparison.sides.flatMap(({ label, instances }) => [
    `${label}, worst first:`,
    ...aligned([SIDE_HEAD, ...sideRows(instances)]),
    '',
  ]);
  return `${[...lines, ...sides, comparison.what_the_numbers_mean].join('\n')}\n`;
}

function thingLines(thing: ThingReport): string[] {
  return [thing.name, ...aligned([DIFFERENCE_HEAD, ...differenceRows(thing)]), ''];
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

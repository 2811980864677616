/** A comparison as one self-contained page: the answer, what weakens it, the overlaid charts, then the numbers (pure). */

import { htmlPage, SIMULATED_BANNER } from '../html-page.ts';
import { escapeHtml, htmlTable } from '../html-text.ts';
import { renderPicture } from '../render-picture.ts';
import { drawComparison } from './comparison-charts.ts';
import type { ComparisonReport, ThingReport } from './comparison-schema.ts';
import { DIFFERENCE_HEAD, differenceRows, SIDE_HEAD, sideRows } from './comparison-table.ts';

const WORDS = {
  better: { word: 'BETTER', tone: 'good' },
  worse: { word: 'WORSE', tone: 'bad' },
  mixed: { word: 'MIXED', tone: 'open' },
  indistinguishable: { word: 'INDISTINGUISHABLE', tone: 'open' },
  not_decided: { word: 'NOT DECIDED', tone: 'open' },
} as const;

export function renderComparisonHtml(comparison: ComparisonReport): string {
  const labels = comparison.sides.map(({ label }) => label);
  const title = `Comparison: ${labels.join(', ')}`;
  const body = `<h1>${escapeHtml(title)}</h1>
${comparison.simulated ? SIMULATED_BANNER : ''}
${comparison.pairs.map(renderPair).join('\n')}
<h2>Side by side</h2>
${drawComparison(comparison)
  .map(
    ({ type, pictures }) =>
      `<section class="card"><h3>${escapeHtml(type)}</h3><div class="charts">${pictures.map((picture) => renderPicture(picture)).join('')}</div></section>`,
  )
  .join('\n')}
${comparison.pairs.map(renderNumbers).join('\n')}
${comparison.sides
  .map(
    ({ label, instances }) =>
      `<section class="card"><h3>${escapeHtml(label)}, worst first</h3>${htmlTable(SIDE_HEAD, escaped(sideRows(instances)), 'num')}</section>`,
  )
  .join('\n')}
<footer>Made by ptp-tester ${escapeHtml(comparison.tool.version)} at ${escapeHtml(comparison.generated_at)}. ${escapeHtml(comparison.what_the_numbers_mean)}</footer>`;
  return htmlPage({ title, simulated: comparison.simulated, body });
}

function renderPair({ answer, sentence, warnings }: ComparisonReport['pairs'][number]): string {
  const { word, tone } = WORDS[answer];
  const notes = warnings.map((warning) => `<li>${escapeHtml(warning)}</li>`).join('');
  return `<section class="card verdict ${tone}"><div class="word">${word}</div><p>${escapeHtml(sentence)}</p>
${notes === '' ? '' : `<p><b>What weakens this:</b></p><ul>${notes}</ul>`}</section>`;
}

function renderNumbers({ first, second, types, instances }: ComparisonReport['pairs'][number]): string {
  const things = (list: readonly ThingReport[]) => list.map(renderThing).join('\n');
  return `<h2>${escapeHtml(second)} against ${escapeHtml(first)}</h2>
<section class="card"><p class="soft">The ratio is second over first: below 1 the second is better.</p>${things(types)}</section>
<details class="card"><summary>By instance</summary>${things(instances)}</details>`;
}

function renderThing(thing: ThingReport): string {
  return `<h3>${escapeHtml(thing.name)}</h3><p>${escapeHtml(thing.sentence)}</p>${htmlTable(DIFFERENCE_HEAD, escaped(differenceRows(thing)), 'num')}`;
}

function escaped(rows: readonly (readonly string[])[]): string[][] {
  return rows.map((row) => row.map(escapeHtml));
}

/** What `analyze --html` writes: the figures, events and curves of logs that no controller of ours made (pure). */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import type { ImportedFigures } from '../analysis/analyse-imported.ts';
import type { ImportedLog } from '../analysis/import/imported-log.ts';
import { stabilityChart } from '../charts/stability-chart.ts';
import { type Picture, pictureOf } from './draw-picture.ts';
import { formatMoment, readableAt } from './format-moment.ts';
import { formatDuration, formatQuantity } from './format-quantity.ts';
import { htmlPage } from './html-page.ts';
import { escapeHtml, htmlTable } from './html-text.ts';
import { quantileText } from './quantile-columns.ts';
import { renderPicture } from './render-picture.ts';
import { importedStepNote } from './step-note.ts';

export interface AnalysedFile {
  readonly file: string;
  readonly log: ImportedLog;
  readonly figures: readonly ImportedFigures[];
}

export interface PageContext {
  readonly toolVersion: string;
  /** Milliseconds since 1970. */
  readonly generatedAt: number;
}

const HEIGHT = 250;

export function renderImportedHtml(files: readonly AnalysedFile[], { toolVersion, generatedAt }: PageContext): string {
  const title = `Clock analysis: ${files.map(({ file }) => file).join(', ')}`;
  const body = `<h1>${escapeHtml(title)}</h1>
${files.map(renderFile).join('\n')}
<footer>Made by ptp-tester ${escapeHtml(toolVersion)} at ${readableAt(formatInstant(instantFromMs(generatedAt)))}. Offsets: subject - reference, positive = subject ahead. Nothing is judged here: limits belong to runs.</footer>`;
  return htmlPage({ title, simulated: false, body });
}

function renderFile({ file, log, figures }: AnalysedFile, place: number): string {
  const skipped = log.skippedLines === 0 ? '' : ` ${log.skippedLines} lines are no samples.`;
  return `<h2>${escapeHtml(file)}</h2><p class="soft">${escapeHtml(`${log.format}; offset: ${log.sign}.${skipped}`)}</p>
${figures.map((one, index) => renderSeries(one, `f${place}s${index}`)).join('\n')}`;
}

function renderSeries(figures: ImportedFigures, id: string): string {
  const { name, summary, intervalNs, spanNs, warnings, events, problem } = figures;
  if (summary === null) return `<section class="card"><h3>${escapeHtml(name)}</h3><p>No value.</p></section>`;
  const ns = (value: number | null) => formatQuantity(value, 'ns');
  const head = ['samples', 'over', 'one each', 'mean', 'rms', 'max abs', 'p50', 'p99 of |x|', 'p99.9 of |x|'];
  const row = [
    String(summary.count),
    formatDuration(spanNs / 1e9),
    ...[intervalNs, summary.mean, summary.rms, summary.maxAbs].map(ns),
    quantileText(figures.p50, { unit: 'ns', p: 0.5 }),
    quantileText(figures.absP99, { unit: 'ns', p: 0.99 }),
    quantileText(figures.absP999, { unit: 'ns', p: 0.999 }),
  ];
  const warned = warnings.map((text) => `<p class="bad"><b>${escapeHtml(text)}</b></p>`).join('');
  const step = importedStepNote(figures);
  const left = events.total - events.items.length;
  const rows = events.items.map(({ event, atNs, sizeNs, uncertaintyNs, explanation }) =>
    [
      formatMoment(atNs),
      event.replaceAll('_', ' '),
      `${ns(sizeNs)}${uncertaintyNs === null ? '' : ` +- ${ns(uncertaintyNs)}`}`,
      explanation,
    ].map(escapeHtml),
  );
  return `<section class="card"><h3>${escapeHtml(name)}</h3>${warned}${htmlTable(head, [row], 'num')}
${step === null ? '' : `<p class="warn">${escapeHtml(step)}.</p>`}
${problem === null ? '' : `<p class="soft">No curves: ${escapeHtml(problem)}.</p>`}
<div class="charts">${curvePictures(figures, id)
    .map((picture) => renderPicture(picture))
    .join('')}</div>
<h3>What happened</h3>${rows.length === 0 ? '<p>Nothing: no step, no outlier, no gap.</p>' : htmlTable(['after', 'what', 'size', 'meaning'], rows)}
${left > 0 ? `<p>${left} more events are not listed.</p>` : ''}</section>`;
}

function curvePictures({ name, stability }: ImportedFigures, id: string): Picture[] {
  if (stability === null) return [];
  const curves = [
    { title: 'MTIE', points: stability.mtieNs.map((point) => ({ ...point, confidence: null })) },
    { title: 'TDEV, 95 % intervals', points: stability.tdevNs },
  ];
  return curves.map(({ title, points }, index) => {
    const drawn = points.map(({ tau, value, confidence }) => ({
      tauS: tau,
      value,
      interval: confidence === null ? null : ([confidence.low, confidence.high] as const),
    }));
    const make = stabilityChart.bind(null, { title, points: drawn, masks: [] });
    return pictureOf({ title: `${title} of ${name}`, span: 'half', height: HEIGHT, make }, `${id}c${index}`);
  });
}

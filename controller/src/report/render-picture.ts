/** A picture in the page: one for wide screens and paper, and one for narrow screens where it has two. */
import { escapeHtml } from './html-text.ts';
import type { Picture } from './report-charts.ts';

export function renderPicture({ title, wide, narrow }: Picture): string {
  if (narrow === null) return `<figure>${wide}<figcaption>${escapeHtml(title)}</figcaption></figure>`;
  return `<figure class="full"><div class="wide">${wide}</div><div class="narrow">${narrow}</div><figcaption>${escapeHtml(title)}</figcaption></figure>`;
}

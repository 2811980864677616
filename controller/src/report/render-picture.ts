/** A picture in the page: one for wide screens and paper, and one for narrow screens where it has two. */

import type { Picture } from './draw-picture.ts';
import { escapeHtml } from './html-text.ts';

export function renderPicture({ title, wide, narrow }: Picture): string {
  if (narrow === null) return `<figure>${wide}<figcaption>${escapeHtml(title)}</figcaption></figure>`;
  return `<figure class="full"><div class="wide">${wide}</div><div class="narrow">${narrow}</div><figcaption>${escapeHtml(title)}</figcaption></figure>`;
}

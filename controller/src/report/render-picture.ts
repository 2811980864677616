/** A picture in the page: one for wide screens and paper, and one for narrow screens where it has two. */

import type { Picture } from './draw-picture.ts';
import { escapeHtml } from './html-text.ts';

/** `captionOf`: the markup of the caption's text. */
export function renderPicture({ title, note, wide, narrow }: Picture, captionOf = escapeHtml): string {
  const caption = `<figcaption>${captionOf(title)}${note === undefined ? '' : `. <b>${escapeHtml(note)}</b>`}</figcaption>`;
  if (narrow === null) return `<figure>${wide}${caption}</figure>`;
  return `<figure class="full"><div class="wide">${wide}</div><div class="narrow">${narrow}</div>${caption}</figure>`;
}

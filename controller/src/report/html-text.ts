/** HTML from pieces. Texts come from instances: everything that is not markup of ours goes through `escapeHtml`. */

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Harmless as content and in quoted attributes; control characters, which neither HTML nor XML takes, become a visible sign. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\P{Cc}\t\n\r]|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/**
 * Cells are markup: give `escapeHtml` text where it came from outside. The first column is the row's heading. A table of `text` puts its cells
 * below each other on a narrow screen, with what the heading said; one of figures (`num`) scrolls there.
 */
export function htmlTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kind: 'text' | 'num' = 'text',
): string {
  if (rows.length === 0) return '';
  const isLabelled = kind === 'text' && head.length > 2;
  const labelOf = (heading = '') => (isLabelled ? ` data-label="${heading}"` : '');
  const headings = head.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const lines = rows.map(([first = '', ...cells]) => {
    const data = cells.map((cell, place) => `<td${labelOf(head[place + 1])}>${cell}</td>`).join('');
    return `<tr><th scope="row">${first}</th>${data}</tr>`;
  });
  const table = `<table><thead><tr>${headings}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`;
  return `<div class="scroll ${kind}">${table}</div>`;
}

/** An instant for people, to the second: `2026-11-18 11:56:40`. The documents keep the nanoseconds. */
export function shortAt(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

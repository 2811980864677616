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

/** Cells are markup: give `escapeHtml` text where it came from outside. The first column is the row's heading. */
export function htmlTable(head: readonly string[], rows: readonly (readonly string[])[], className = ''): string {
  if (rows.length === 0) return '';
  const headings = head.map((cell) => `<th scope="col">${cell}</th>`).join('');
  const lines = rows.map(([first = '', ...cells]) => {
    const data = cells.map((cell) => `<td>${cell}</td>`).join('');
    return `<tr><th scope="row">${first}</th>${data}</tr>`;
  });
  const table = `<table><thead><tr>${headings}</tr></thead><tbody>${lines.join('\n')}</tbody></table>`;
  return `<div class="scroll ${className}">${table}</div>`;
}

/** An instant for people, to the second: `2026-11-18 11:56:40`. The documents keep the nanoseconds. */
export function shortAt(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}

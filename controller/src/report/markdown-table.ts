/** Markdown pieces. Texts come from instances, so what Markdown or HTML would act on is made harmless. */

/** A text for a table cell or a list item, on one line. */
export function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[|`*[\]\\]/g, '\\$&')
    .trim();
}

/** Cells are taken as they are: give `inline` text where it came from outside. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

/** Says what was left out of a bounded list; nothing when it is complete. */
export function leftOut(list: { readonly total: number; readonly items: readonly unknown[] }): string[] {
  const more = list.total - list.items.length;
  return more > 0 ? [`${more} more are not listed (${list.total} in all).`, ''] : [];
}

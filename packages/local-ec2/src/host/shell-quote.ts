// Words for sh.

/** One word for sh, whatever it holds. Pure. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

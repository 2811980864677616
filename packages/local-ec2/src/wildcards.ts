// Patterns as the API and the faults file have them.

/** `*` stands for any text, `?` for one character, a backslash takes the next character literally. Pure. */
export function wildcardPattern(value: string): RegExp {
  const source = value.replace(/\\(.)|([*?])|[.+^${}()|[\]\\/]/gs, (match, escaped?: string, wildcard?: string) => {
    if (escaped !== undefined) return escaped.replace(/[^A-Za-z0-9]/, '\\$&');
    if (wildcard !== undefined) return wildcard === '*' ? '.*' : '.';
    return `\\${match}`;
  });
  return new RegExp(`^${source}$`, 's');
}

/** Whether a text matches; an absent pattern matches everything. Pure. */
export function matchesWildcards(pattern: string | undefined, text: string): boolean {
  return pattern === undefined || wildcardPattern(pattern).test(text);
}

/** Colours on a terminal, for those who want them (pure). */

export type Shade = 'error' | 'warning' | 'quiet' | 'loud';

const CODES: Readonly<Record<Shade, string>> = { error: '31', warning: '33', quiet: '2', loud: '1;7' };

/** The text in this shade; as it is without colours. SIMULATED is loud: it is upper case anyway. */
export function paint(text: string, shade: Shade | null, colors: boolean): string {
  return shade === null || !colors || text === '' ? text : `\u001b[${CODES[shade]}m${text}\u001b[0m`;
}

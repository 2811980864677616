/** The end of an instance's console output, fit for a failure message (pure): bounded, printable, without its token. */

const MAX_CHARACTERS = 1500;
/** The escape sequences that boot messages are coloured with (ECMA-48 CSI). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about a control character
const ESCAPE_SEQUENCE = /\u001b\[[0-9;?]*[A-Za-z]/g;
/** Everything below space but the line feed, and DEL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about control characters
const CONTROL_CHARACTER = /[\u0000-\u0009\u000b-\u001f\u007f]/g;

/** The last lines of `output` with `secret` blacked out; empty when there is nothing to show. */
export function consoleExcerpt(output: string, secret: string): string {
  const text = printable(output, secret);
  if (text.length <= MAX_CHARACTERS) return text;
  // Cut after the secret was blacked out: half of it must not stay either.
  return `...${text.slice(-MAX_CHARACTERS)}`;
}

/** Without control characters, and with `secret` blacked out. */
export function printable(output: string, secret: string): string {
  return output.replaceAll(ESCAPE_SEQUENCE, '').replaceAll(CONTROL_CHARACTER, '').replaceAll(secret, '[token]').trim();
}

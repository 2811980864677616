/** JSON of a large object piece by piece (pure): V8 has no strings above 512 MB, and a report of a large fleet over weeks comes near that. */

const INDENT = 2;

/** What `JSON.stringify(value, null, 2)` gives, in pieces: one for each field, and one for each element of a field that is an array. */
export function* jsonPieces(value: object): Generator<string> {
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  if (fields.length === 0) {
    yield '{}';
    return;
  }
  let before = '{\n';
  for (const [name, field] of fields) {
    yield `${before}  ${JSON.stringify(name)}: `;
    if (Array.isArray(field) && field.length > 0) yield* elements(field);
    else yield indented(field, INDENT);
    before = ',\n';
  }
  yield '\n}';
}

function* elements(values: readonly unknown[]): Generator<string> {
  let before = '[\n';
  for (const value of values) {
    yield `${before}    ${indented(value ?? null, 2 * INDENT)}`;
    before = ',\n';
  }
  yield '\n  ]';
}

/** A line end inside a string is escaped, so all that are there are JSON's own. */
function indented(value: unknown, by: number): string {
  return JSON.stringify(value, null, INDENT).replaceAll('\n', `\n${' '.repeat(by)}`);
}

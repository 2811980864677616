/** The text of a YAML or JSON file as a value, with the place of each key; faults of the syntax with theirs. */
import { findNodeAtLocation, type ParseError, parse as parseJsonc, parseTree, printParseErrorCode } from 'jsonc-parser';
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError } from './config-error.ts';

/** Keys, and indexes of lists as text. */
export type KeyPath = readonly string[];

export interface ParsedText {
  readonly value: unknown;
  /** `line 3, column 5` of a key (or of its value, in a list); null when it is not in the text. */
  placeOf(path: KeyPath): string | null;
}

/** `name` decides the format by its ending and stands in the messages. Throws ConfigError with every fault of the syntax. */
export function parseText(name: string, content: string): ParsedText {
  return /\.json$/i.test(name) ? parseJson(name, content) : parseYaml(name, content);
}

function placeText({ line, col }: { readonly line: number; readonly col: number }): string {
  return `line ${line}, column ${col}`;
}

function parseYaml(name: string, content: string): ParsedText {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map((error) => {
        const reason = error.message.split(/ at line \d+/)[0] ?? error.code;
        return { field: `${name}, ${placeText(lines.linePos(error.pos[0]))}`, reason };
      }),
    );
  }
  const placeOf = (path: KeyPath) => {
    const offset = yamlOffset(document.contents, path);
    return offset === null ? null : placeText(lines.linePos(offset));
  };
  return { value: document.toJS() ?? {}, placeOf };
}

/** Where the last key of a path stands. */
function yamlOffset(node: unknown, [next, ...rest]: KeyPath): number | null {
  if (next === undefined) return (node as Node | null)?.range?.[0] ?? null;
  if (isSeq(node)) return yamlOffset(node.items[Number(next)], rest);
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === next);
  if (!isPair(pair)) return null;
  return rest.length === 0 ? yamlOffset(pair.key, []) : yamlOffset(pair.value, rest);
}

/** Line and column of an offset, from 1. */
function lineColumn(content: string, offset: number) {
  const before = content.slice(0, offset).split('\n');
  return { line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

function parseJson(name: string, content: string): ParsedText {
  const errors: ParseError[] = [];
  const options = { disallowComments: true, allowTrailingComma: false };
  const value: unknown = parseJsonc(content, errors, options);
  const jsonPlace = (offset: number) => {
    const { line, col } = lineColumn(content, offset);
    return `position ${offset} (line ${line}, column ${col})`;
  };
  if (errors.length > 0) {
    throw new ConfigError(
      errors.map(({ error, offset }) => ({
        field: `${name}, ${jsonPlace(offset)}`,
        reason: sentence(printParseErrorCode(error)),
      })),
    );
  }
  const tree = parseTree(content, [], options);
  const placeOf = (path: KeyPath) => {
    const steps = path.map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    const node = tree === undefined ? undefined : findNodeAtLocation(tree, steps);
    if (node === undefined) return null;
    const { parent } = node;
    return jsonPlace(parent?.type === 'property' ? parent.offset : node.offset);
  };
  return { value, placeOf };
}

/** `ValueExpected` -> `value expected`. */
function sentence(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

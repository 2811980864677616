/** Reads the text of configuration files, YAML or JSON: every fault at once, each with its place, unknown keys with the nearest known one. */
import { type ParseError, parse as parseJsonc, printParseErrorCode } from 'jsonc-parser';
import leven from 'leven';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { ConfigFile } from './config-schema.ts';

/** TypeBox stops at eight faults by default. */
const MOST_FAULTS = 200;
/** A longer distance is no typing error. */
const NEAR = 3;

/** A parser of files of one closed schema. The file's name decides the format by its ending and stands in the messages; throws ConfigError with every fault. */
export function configParser<Schema extends TSchema>(schema: Schema) {
  const compiled = Compile(schema);
  return (name: string, content: string): Static<Schema> => {
    const value = /\.json$/i.test(name) ? parseJson(name, content) : parseYaml(name, content);
    if (compiled.Check(value)) return value;
    throw new ConfigError(
      schemaProblems(
        name,
        schema,
        withEveryFault(() => compiled.Errors(value)),
      ),
    );
  };
}

/** A run's configuration. */
export const parseConfigFile = configParser(ConfigFile);

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function withEveryFault(find: () => SchemaFault[]): SchemaFault[] {
  const before = Settings.Get().maxErrors;
  Settings.Set({ maxErrors: MOST_FAULTS });
  const faults = find();
  Settings.Set({ maxErrors: before });
  return faults;
}

function schemaProblems(name: string, schema: TSchema, faults: readonly SchemaFault[]): ConfigProblem[] {
  const byPath = new Map<string, SchemaFault[]>();
  for (const fault of faults) {
    // Said again by the fault of the key itself, or of the alternatives.
    if (fault.keyword === 'additionalProperties' || fault.keyword === 'anyOf') continue;
    byPath.set(fault.instancePath, [...(byPath.get(fault.instancePath) ?? []), fault]);
  }
  return [...byPath].map(([path, ofPath]) => {
    const keys = path.split('/').slice(1);
    return problemOf(`${name}: ${keys.join('.') || 'the file'}`, ofPath, () => nearest(schema, keys));
  });
}

function problemOf(field: string, faults: readonly SchemaFault[], suggest: () => string): ConfigProblem {
  if (faults.some(({ keyword }) => keyword === 'boolean')) return { field, reason: `is not a known key${suggest()}` };
  return { field, reason: [...new Set(faults.map(({ message }) => message))].join(', or ') };
}

/** ` (did you mean duration?)`, or nothing when no known key is near. */
function nearest(schema: TSchema, keys: readonly string[]): string {
  const wrong = keys.at(-1) ?? '';
  const known = knownKeys(schema, keys.slice(0, -1));
  const [best] = known.map((key) => ({ key, distance: leven(key, wrong) })).sort((a, b) => a.distance - b.distance);
  if (best !== undefined && best.distance <= NEAR) return `; did you mean ${best.key}?`;
  return known.length === 0 ? '' : `; known here: ${known.join(', ')}`;
}

function knownKeys(schema: object, path: readonly string[]): string[] {
  const properties = 'properties' in schema ? (schema.properties as Record<string, object>) : {};
  const [next, ...rest] = path;
  if (next === undefined) return Object.keys(properties);
  const inner = 'items' in schema ? (schema.items as object) : properties[next];
  return inner === undefined ? [] : knownKeys(inner, rest);
}

function parseYaml(name: string, content: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length === 0) return document.toJS() ?? {};
  throw new ConfigError(
    document.errors.map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      const reason = error.message.split(/ at line \d+/)[0] ?? error.code;
      return { field: `${name}, line ${line}, column ${col}`, reason };
    }),
  );
}

function parseJson(name: string, content: string): unknown {
  const errors: ParseError[] = [];
  const value = parseJsonc(content, errors, { disallowComments: true, allowTrailingComma: false });
  if (errors.length === 0) return value;
  throw new ConfigError(
    errors.map(({ error, offset }) => {
      const before = content.slice(0, offset).split('\n');
      const place = `position ${offset} (line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1})`;
      return { field: `${name}, ${place}`, reason: sentence(printParseErrorCode(error)) };
    }),
  );
}

/** `ValueExpected` -> `value expected`. */
function sentence(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

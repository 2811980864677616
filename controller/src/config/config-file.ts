/** Reads the text of configuration files, YAML or JSON: every fault at once, each with its place, unknown keys with the nearest known one. */
import leven from 'leven';
import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { ConfigFile, FORM_EXAMPLES, PATTERN_EXAMPLES } from './config-schema.ts';
import { type KeyPath, type ParsedText, parseText } from './parse-text.ts';

/** TypeBox stops at eight faults by default. */
const MOST_FAULTS = 200;
/** A longer distance is no typing error. */
const NEAR = 3;

/** What a file says, as far as it can be used: what has a fault is left out. */
export interface ReadConfig<Config> {
  readonly file: Config;
  readonly problems: readonly ConfigProblem[];
  /** Its syntax is right: what is not in it is missing. */
  readonly isParsed: boolean;
  /** `run.yaml, line 2, column 3: soak.duration`; null when the key does not stand there. */
  fieldOf(keys: KeyPath): string | null;
}

/** What there is without a file. */
export const NO_CONFIG: ReadConfig<ConfigFile> = { file: {}, problems: [], isParsed: true, fieldOf: () => null };

interface ReaderOptions {
  /** Whether messages may show what stands in the file; not where there are secrets. */
  readonly showsValues: boolean;
}

/** Of files of one closed schema. The file's name decides the format by its ending and stands in the messages. */
function configReader<Schema extends TSchema>(schema: Schema, { showsValues }: ReaderOptions) {
  const compiled = Compile(schema);
  return (name: string, content: string): ReadConfig<Static<Schema> | null> => {
    const parsed = parseOrProblems(name, content);
    if (!('value' in parsed)) return { file: null, problems: parsed.problems, isParsed: false, fieldOf: () => null };
    const { value } = parsed;
    const fieldOf = (keys: KeyPath) => {
      const place = parsed.placeOf(keys);
      return place === null ? null : `${name}, ${place}: ${keys.join('.')}`;
    };
    if (compiled.Check(value)) return { file: value, problems: [], isParsed: true, fieldOf };
    const faults = faultsByPath(withEveryFault(() => compiled.Errors(value)));
    const rest = withoutFaults(value, (candidate) => faultsByPath(withEveryFault(() => compiled.Errors(candidate))));
    const problems = faults.map((fault) => problemOf(fault, parsed, { name, schema, showsValues }));
    return { file: compiled.Check(rest) ? rest : null, problems, isParsed: true, fieldOf };
  };
}

/** First without what is wrong itself, so that the rest of its section is looked at too; then without sections that still are. */
function withoutFaults(value: unknown, faultsOf: (candidate: unknown) => readonly FaultsOfKey[]): unknown {
  const rest: unknown = structuredClone(value);
  for (const { keys } of faultsOf(value)) remove(rest, keys);
  for (const { keys } of faultsOf(rest)) remove(rest, keys.slice(0, 1));
  return rest;
}

/** Of a list all goes: without one of its items it would say something else. A section goes with its last key. */
function remove(value: unknown, keys: KeyPath): void {
  const [key, ...rest] = keys;
  if (key === undefined || typeof value !== 'object' || value === null) return;
  const inner: unknown = Reflect.get(value, key);
  if (!Array.isArray(inner)) remove(inner, rest);
  const isEmptied = typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0;
  if (rest.length === 0 || Array.isArray(inner) || isEmptied) Reflect.deleteProperty(value, key);
}

function parseOrProblems(name: string, content: string): ParsedText | { readonly problems: readonly ConfigProblem[] } {
  try {
    return parseText(name, content);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** A parser that throws ConfigError with every fault; no message shows a value of the file. */
export function configParser<Schema extends TSchema>(schema: Schema) {
  const read = configReader(schema, { showsValues: false });
  return (name: string, content: string): Static<Schema> => {
    const { file, problems } = read(name, content);
    if (file === null || problems.length > 0) throw new ConfigError(problems);
    return file;
  };
}

const readRunConfig = configReader(ConfigFile, { showsValues: true });

/** A run's configuration: what can be used of it, and every problem. */
export function readConfigText(name: string, content: string): ReadConfig<ConfigFile> {
  const { file, ...read } = readRunConfig(name, content);
  return { ...read, file: file ?? {} };
}

/** Where the keys of flags stand. */
const SECTIONS = [[], ['soak'], ['setup'], ['cleanup'], ['controller']];

/** A problem of what the file says is named by its place there, not by the flag that it could have been. `isGiven`: on the command line, which wins. */
export function placedInFile(
  problem: ConfigProblem,
  { fieldOf }: Pick<ReadConfig<ConfigFile>, 'fieldOf'>,
  isGiven: (flag: string) => boolean = () => false,
): ConfigProblem {
  if (problem.field.startsWith('--') && isGiven(problem.field)) return problem;
  const keys = problem.field.replace(/^--/, '').replaceAll('-', '_').split('.');
  const [field] = SECTIONS.flatMap((section) => fieldOf([...section, ...keys]) ?? []);
  return field === undefined ? problem : { ...problem, field };
}

/** Whether what is missing stands in the file with a fault of its own, or may stand in one that nobody can read. */
export function isExcused(
  { field, reason }: ConfigProblem,
  { problems, isParsed }: Pick<ReadConfig<ConfigFile>, 'problems' | 'isParsed'>,
): boolean {
  if (!reason.startsWith('is required')) return false;
  const key = field.replace(/^--/, '').replaceAll('-', '_');
  return !isParsed || problems.some((problem) => new RegExp(`: ${key}(\\.|$)`).test(problem.field));
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

interface FaultsOfKey {
  readonly keys: KeyPath;
  readonly faults: readonly SchemaFault[];
}

function withEveryFault(find: () => SchemaFault[]): SchemaFault[] {
  const before = Settings.Get().maxErrors;
  Settings.Set({ maxErrors: MOST_FAULTS });
  const faults = find();
  Settings.Set({ maxErrors: before });
  return faults;
}

function faultsByPath(faults: readonly SchemaFault[]): readonly FaultsOfKey[] {
  const byPath = new Map<string, SchemaFault[]>();
  for (const fault of faults) {
    // Said again by the fault of the key itself, or of the alternatives.
    if (fault.keyword === 'additionalProperties' || fault.keyword === 'anyOf') continue;
    byPath.set(fault.instancePath, [...(byPath.get(fault.instancePath) ?? []), fault]);
  }
  return [...byPath].map(([path, ofPath]) => ({ keys: path.split('/').slice(1), faults: ofPath }));
}

interface ProblemContext extends ReaderOptions {
  readonly name: string;
  readonly schema: TSchema;
}

function problemOf({ keys, faults }: FaultsOfKey, parsed: ParsedText, context: ProblemContext): ConfigProblem {
  const { name, schema, showsValues } = context;
  const place = parsed.placeOf(keys);
  const where = place === null ? name : `${name}, ${place}`;
  const field = `${where}: ${keys.join('.') || 'the file'}`;
  if (faults.some(({ keyword }) => keyword === 'boolean')) {
    return { field, reason: `is not a known key${nearest(schema, keys)}` };
  }
  const value = valueAt(parsed.value, keys);
  const isShown = showsValues && (typeof value !== 'object' || value === null);
  return {
    field,
    reason: `${formOf(faults, keys) ?? reasonOf(faults)}${isShown ? `, not ${JSON.stringify(value)}` : ''}`,
  };
}

function valueAt(value: unknown, keys: KeyPath): unknown {
  return keys.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value);
}

/** Something of another kind stands where an object or a list belongs: what that looks like. */
function formOf(faults: readonly SchemaFault[], keys: KeyPath): string | null {
  const example = FORM_EXAMPLES[keys.map((key) => (/^\d+$/.test(key) ? '*' : key)).join('.')];
  if (example === undefined || !faults.every(({ keyword }) => keyword === 'type')) return null;
  return `must look like ${example}`;
}

/** Of alternatives, those that at least have the right type say most. */
function reasonOf(faults: readonly SchemaFault[]): string {
  const fitting = faults.filter(({ keyword }) => keyword !== 'type');
  const chosen = fitting.length > 0 ? fitting : faults;
  return [...new Set(chosen.map((fault) => wordsOf(fault)))].join(', or ');
}

function wordsOf({ keyword, message, params }: SchemaFault): string {
  if (keyword === 'pattern' && 'pattern' in params) {
    const example = PATTERN_EXAMPLES[String(params.pattern)];
    return example === undefined ? message : `must look like ${example}`;
  }
  if (keyword === 'enum' && 'allowedValues' in params) return `must be ${[params.allowedValues].flat().join(', ')}`;
  return message;
}

/** ` (did you mean duration?)`, or nothing when no known key is near. */
function nearest(schema: TSchema, keys: KeyPath): string {
  const wrong = keys.at(-1) ?? '';
  const known = knownKeys(schema, keys.slice(0, -1));
  const [best] = known.map((key) => ({ key, distance: leven(key, wrong) })).sort((a, b) => a.distance - b.distance);
  const sections = knownKeys(schema, []).filter((section) => knownKeys(schema, [section]).includes(wrong));
  if (keys.length === 1 && sections.length > 0) return `; did you mean ${sections[0]}.${wrong}?`;
  if (best !== undefined && best.distance <= NEAR) return `; did you mean ${best.key}?`;
  return known.length === 0 ? '' : `; known here: ${known.join(', ')}`;
}

function knownKeys(schema: object, path: KeyPath): string[] {
  const properties = 'properties' in schema ? (schema.properties as Record<string, object>) : {};
  const [next, ...rest] = path;
  if (next === undefined) return Object.keys(properties).filter((key) => !key.startsWith('$'));
  const inner = 'items' in schema ? (schema.items as object) : properties[next];
  return inner === undefined ? [] : knownKeys(inner, rest);
}

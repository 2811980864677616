/** Goes through a document by its TypeBox schema and turns every text in it, telling which rule its place has. Pure. */
import type { TSchema } from 'typebox';
import type { PublicRule } from './public-fields.ts';

/** A text of the document. `rule` is null where its place has none. */
export interface Leaf {
  readonly text: string;
  readonly rule: PublicRule | null;
}

export interface Places {
  readonly fields: Readonly<Record<string, PublicRule>>;
  readonly names: Readonly<Record<string, PublicRule>>;
  readonly details: Readonly<Record<string, PublicRule>>;
}

export interface TextTurn {
  readonly schema: TSchema;
  readonly places: Places;
  turn(leaf: Leaf): string;
}

/** What of a JSON schema decides where to go. */
interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;
/** How names in details are written by us. */
const OWN_NAME = /^[a-z][a-z0-9_]{0,40}$/;
const EMPTY: SchemaNode = {};

/** The document with every text turned. Texts that the schema itself spells out, and instants, stay. */
export function mapTexts(document: unknown, { schema, places, turn }: TextTurn): unknown {
  const walk = (value: unknown, node: SchemaNode, place: string): unknown => {
    if (typeof value === 'string')
      return isSpelledOut(value, node) ? value : turn({ text: value, rule: places.fields[place] ?? null });
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item, at) => walk(item, itemNode(chosen(node, value), at), place));
    return mapObject(value, chosen(node, value), place);
  };
  const mapObject = (value: object, node: SchemaNode, place: string): object => {
    const record = Object.values(node.patternProperties ?? {})[0];
    const entries = Object.entries(value).map(([name, inner]) => {
      const own = node.properties?.[name];
      if (own !== undefined) return [name, walk(inner, own, place === '' ? name : `${place}.${name}`)] as const;
      if (record === undefined || isFree(record)) return detailEntry(name, inner, null);
      const shown = turn({ text: name, rule: places.names[place] ?? null });
      return [shown, walk(inner, record, `${place}.*`)] as const;
    });
    return Object.fromEntries(entries);
  };
  const detailEntry = (name: string, value: unknown, parent: PublicRule | null): readonly [string, unknown] => {
    // What stands below a name has the rule of that name: `boot_id: { before, after }`.
    const rule = parent ?? places.details[name] ?? null;
    return [turn({ text: name, rule: OWN_NAME.test(name) ? 'open' : null }), detail(value, rule)];
  };
  const detail = (value: unknown, rule: PublicRule | null): unknown => {
    if (typeof value === 'string') return INSTANT.test(value) ? value : turn({ text: value, rule });
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => detail(item, rule));
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => detailEntry(name, inner, rule)));
  };
  return walk(document, schema as SchemaNode, '');
}

function isFree(node: SchemaNode): boolean {
  return Object.keys(node).length === 0;
}

function isSpelledOut(value: string, node: SchemaNode): boolean {
  if (node.anyOf !== undefined) return node.anyOf.some((one) => isSpelledOut(value, one));
  if (node.const !== undefined) return node.const === value;
  if (node.enum !== undefined) return node.enum.includes(value);
  return INSTANT.test(value);
}

/** Of a union the member that the value belongs to. */
function chosen(node: SchemaNode, value: object): SchemaNode {
  if (node.anyOf === undefined) return node;
  const candidates = node.anyOf.filter(({ type }) => type === (Array.isArray(value) ? 'array' : 'object'));
  if (candidates.length <= 1) return candidates[0] ?? EMPTY;
  return candidates.find((one) => hasItsConstants(value, one)) ?? EMPTY;
}

function hasItsConstants(value: object, { properties = {} }: SchemaNode): boolean {
  const given = new Map<string, unknown>(Object.entries(value));
  return Object.entries(properties).every(([name, one]) => one.const === undefined || one.const === given.get(name));
}

function itemNode({ items }: SchemaNode, at: number): SchemaNode {
  if (items === undefined) return EMPTY;
  return Array.isArray(items) ? (items[at] ?? EMPTY) : (items as SchemaNode);
}

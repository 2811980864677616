// AWS's own service model, read from the schemas that the SDK exports: members, types, names on the wire, what is required.
import * as ec2 from '@aws-sdk/client-ec2';
import * as ssm from '@aws-sdk/client-ssm';

/** A type of the model. `list` and `structure` members are resolved when first asked for, since the model is recursive. */
export type Shape =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' }
  | { readonly kind: 'list'; readonly itemName: string; readonly item: () => Shape }
  | { readonly kind: 'map'; readonly value: () => Shape }
  | StructureShape;

/** A structure: its members in the order of the model, and by their names. */
export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly members: readonly Member[];
  readonly byName: ReadonlyMap<string, Member>;
  readonly byQueryName: ReadonlyMap<string, Member>;
}

/** One member of a structure. */
export interface Member {
  /** Name in the SDK and in JSON. */
  readonly name: string;
  /** Name in a query-protocol request. */
  readonly queryName: string;
  /** Element name in an XML answer. */
  readonly xmlName: string;
  readonly required: boolean;
  readonly shape: () => Shape;
}

/** What an operation takes and answers. */
export interface Operation {
  readonly name: string;
  readonly input: StructureShape;
  readonly output: StructureShape;
}

/** The operations of one service by name. */
export interface ServiceModel {
  operation(name: string): Operation | undefined;
}

/** The static schema forms of @smithy/types (schema/static-schemas.d.ts), which is not a dependency of ours. */
type SchemaRef = unknown;
type Traits = { readonly xmlName?: string; readonly ec2QueryName?: string };

const LIST_MODIFIER = 64;
const MAP_MODIFIER = 128;
const SIMPLE_KINDS: Readonly<Record<number, 'string' | 'number' | 'boolean' | 'timestamp' | 'blob'>> = {
  0: 'string',
  1: 'number',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  6: 'timestamp',
  7: 'timestamp',
  17: 'number',
  19: 'number',
  21: 'blob',
  42: 'blob',
};
const SIMPLE = 0;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;
const EMPTY = structureOf('Unit', []);

/** Model of EC2 (2016-11-15). */
export function loadEc2Model(): ServiceModel {
  return modelOf(ec2);
}

/** Model of SSM (2014-11-06). */
export function loadSsmModel(): ServiceModel {
  return modelOf(ssm);
}

function modelOf(exportsOfClient: object): ServiceModel {
  const schemas = exportsOfClient as Readonly<Record<string, unknown>>;
  const operations = new Map<string, Operation>();
  const shapes = new Map<unknown, Shape>();
  return {
    operation(name) {
      const schema = /^[A-Za-z0-9]+$/.test(name) ? schemas[`${name}$`] : undefined;
      if (!Array.isArray(schema) || schema[0] !== OPERATION) return undefined;
      let operation = operations.get(name);
      if (operation === undefined) {
        operation = { name, input: structureAt(schema[4], shapes), output: structureAt(schema[5], shapes) };
        operations.set(name, operation);
      }
      return operation;
    },
  };
}

function structureAt(reference: SchemaRef, known: Map<unknown, Shape>): StructureShape {
  const shape = shapeOf(reference, known);
  if (shape.kind !== 'structure') throw new TypeError(`an operation's input or output is a ${shape.kind}`);
  return shape;
}

function shapeOf(reference: SchemaRef, known: Map<unknown, Shape>): Shape {
  const schema = typeof reference === 'function' ? reference() : reference;
  if (schema === 'unit') return EMPTY;
  if (typeof schema === 'number') return numberedShape(schema);
  if (!Array.isArray(schema)) throw new TypeError(`a schema of an unknown form: ${String(schema)}`);
  // A reference with traits of its own is a pair; the traits belong to the member that holds it.
  if (schema.length === 2) return shapeOf(schema[0], known);
  const earlier = known.get(schema);
  if (earlier !== undefined) return earlier;
  const shape = arrayShape(schema, known);
  known.set(schema, shape);
  return shape;
}

function numberedShape(schema: number): Shape {
  if (schema & MAP_MODIFIER) return { kind: 'map', value: () => numberedShape(schema & ~MAP_MODIFIER) };
  if (schema & LIST_MODIFIER) {
    return { kind: 'list', itemName: 'member', item: () => numberedShape(schema & ~LIST_MODIFIER) };
  }
  const kind = SIMPLE_KINDS[schema];
  if (kind === undefined) throw new TypeError(`a schema of an unknown simple type: ${schema}`);
  return { kind };
}

function arrayShape(schema: readonly unknown[], known: Map<unknown, Shape>): Shape {
  switch (schema[0]) {
    case SIMPLE:
      return shapeOf(schema[4], known);
    case LIST:
      return {
        kind: 'list',
        itemName: traitsOf(schema[4]).xmlName ?? 'member',
        item: () => shapeOf(schema[4], known),
      };
    case MAP:
      return { kind: 'map', value: () => shapeOf(schema[5], known) };
    case STRUCTURE:
    case UNION:
      return structureOf(String(schema[2]), membersOf(schema, known));
    default:
      throw new TypeError(`a schema of an unknown kind: ${String(schema[0])}`);
  }
}

function structureOf(name: string, members: readonly Member[]): StructureShape {
  return {
    kind: 'structure',
    name,
    members,
    byName: new Map(members.map((member) => [member.name, member])),
    byQueryName: new Map(members.map((member) => [member.queryName, member])),
  };
}

function membersOf(schema: readonly unknown[], known: Map<unknown, Shape>): Member[] {
  const names = schema[4] as readonly string[];
  const references = schema[5] as readonly SchemaRef[];
  const requiredCount = typeof schema[6] === 'number' ? schema[6] : 0;
  return names.map((name, index) => {
    const reference = references[index];
    const traits = traitsOf(reference);
    const xmlName = traits.xmlName ?? name;
    return {
      name,
      xmlName,
      queryName: traits.ec2QueryName ?? xmlName.charAt(0).toUpperCase() + xmlName.slice(1),
      // The generator puts required members first and counts them.
      required: index < requiredCount,
      shape: () => shapeOf(reference, known),
    };
  });
}

function traitsOf(reference: SchemaRef): Traits {
  if (!Array.isArray(reference) || reference.length !== 2) return {};
  const traits: unknown = reference[1];
  return typeof traits === 'object' && traits !== null ? traits : {};
}

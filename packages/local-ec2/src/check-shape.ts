// Checks a JSON value that an operator gave (faults, conditions, orders) against a described shape. Pure.

/** What a value without parts must be. */
type ScalarRule =
  | { readonly kind: 'text' | 'texts' | 'flag' | 'whole' }
  | { readonly kind: 'one-of'; readonly values: readonly string[] };

/** What a value must be. */
export type ShapeRule =
  | ScalarRule
  | { readonly kind: 'list' | 'or-null'; readonly of: ShapeRule }
  | {
      readonly kind: 'object';
      readonly fields: Readonly<Record<string, ShapeRule>>;
      readonly required: readonly string[];
    };

export const TEXT: ShapeRule = { kind: 'text' };
export const FLAG: ShapeRule = { kind: 'flag' };
/** An object with any names whose values are texts. */
export const TEXTS: ShapeRule = { kind: 'texts' };
/** 0, 1, 2 and so on. */
export const WHOLE: ShapeRule = { kind: 'whole' };

/** One of these texts. */
export function oneOf(...values: string[]): ShapeRule {
  return { kind: 'one-of', values };
}

/** A list of at most 1000. */
export function listOf(of: ShapeRule): ShapeRule {
  return { kind: 'list', of };
}

/** The same, or null. */
export function orNull(of: ShapeRule): ShapeRule {
  return { kind: 'or-null', of };
}

/** An object with these fields, of which those named must be there. */
export function objectOf(fields: Readonly<Record<string, ShapeRule>>, ...required: string[]): ShapeRule {
  return { kind: 'object', fields, required };
}

const MAX_ITEMS = 1000;
const SCALARS = {
  text: { must: 'must be a text', isRight: (value: unknown) => typeof value === 'string' && value !== '' },
  texts: {
    must: 'must be an object of texts',
    isRight: (value: unknown) => isObject(value) && Object.values(value).every((item) => typeof item === 'string'),
  },
  flag: { must: 'must be true or false', isRight: (value: unknown) => typeof value === 'boolean' },
  whole: {
    must: 'must be a whole number',
    isRight: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0,
  },
};

/** What is wrong with a value, with where, or undefined. */
export function shapeFault(rule: ShapeRule, value: unknown, path = ''): string | undefined {
  switch (rule.kind) {
    case 'list':
      return listFault(rule.of, value, path);
    case 'or-null':
      return value === null ? undefined : shapeFault(rule.of, value, path);
    case 'object':
      return objectFault(rule, value, path);
    case 'text':
    case 'texts':
    case 'flag':
    case 'whole':
    case 'one-of': {
      const fault = scalarFault(rule, value);
      return fault === undefined ? undefined : said(path, fault);
    }
  }
}

function scalarFault(rule: ScalarRule, value: unknown): string | undefined {
  if (rule.kind === 'one-of') {
    const isAllowed = rule.values.some((allowed) => allowed === value);
    return isAllowed ? undefined : `must be ${rule.values.map(quoted).join(' or ')}`;
  }
  const { isRight, must } = SCALARS[rule.kind];
  return isRight(value) ? undefined : must;
}

function listFault(of: ShapeRule, value: unknown, path: string): string | undefined {
  if (!Array.isArray(value)) return said(path, 'must be a list');
  if (value.length > MAX_ITEMS) return said(path, `has more than ${MAX_ITEMS} items`);
  for (const [index, item] of value.entries()) {
    const fault = shapeFault(of, item, `${path}[${index}]`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function objectFault(rule: ShapeRule & { kind: 'object' }, value: unknown, path: string): string | undefined {
  if (!isObject(value)) return said(path, 'must be an object');
  const unknown = Object.keys(value).find((name) => !Object.hasOwn(rule.fields, name));
  if (unknown !== undefined) {
    return said(path, `unknown field ${unknown} (there are: ${Object.keys(rule.fields).join(', ')})`);
  }
  const missing = rule.required.find((name) => value[name] === undefined);
  if (missing !== undefined) return said(path, `${missing} is missing`);
  return firstFault(Object.entries(value), (name) => rule.fields[name], path);
}

function firstFault(
  entries: readonly (readonly [string, unknown])[],
  ruleOf: (name: string) => ShapeRule | undefined,
  path: string,
): string | undefined {
  for (const [name, value] of entries) {
    const rule = ruleOf(name);
    const fault = rule === undefined ? undefined : shapeFault(rule, value, path === '' ? name : `${path}.${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function said(path: string, what: string): string {
  return path === '' ? what : `${path}: ${what}`;
}

function quoted(text: string): string {
  return `'${text}'`;
}

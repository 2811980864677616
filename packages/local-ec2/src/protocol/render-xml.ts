// EC2 query protocol, answer side: a structure into the XML that the service model describes, and the error document.
import type { Operation, Shape, StructureShape } from './service-model.ts';

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The answer to an operation. A member that the model does not know is a mistake of ours and throws TypeError. */
export function renderAnswer(operation: Operation, value: object, requestId: string): string {
  const body = render(operation.output, value, operation.name);
  const element = `${operation.name}Response`;
  return `${DECLARATION}<${element} xmlns="${NAMESPACE}"><requestId>${requestId}</requestId>${body}</${element}>`;
}

/** An error answer. */
export function renderError(code: string, message: string, requestId: string): string {
  const error = `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return `${DECLARATION}<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`;
}

/** Escapes text for an element or attribute; characters that XML 1.0 cannot carry at all become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that XML 1.0 section 2.2 excludes
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/[&<>"'\r]/g, (character) => ENTITIES[character] ?? character)
  );
}

function render(shape: Shape, value: unknown, path: string): string {
  switch (shape.kind) {
    case 'structure':
      return renderStructure(shape, value, path);
    case 'list': {
      if (!Array.isArray(value)) throw new TypeError(`${path} must be a list`);
      return value.map((item) => element(shape.itemName, render(shape.item(), item, `${path}[]`))).join('');
    }
    case 'map':
      throw new TypeError(`${path}: EC2 has no maps`);
    case 'timestamp':
      return asDate(value, path).toISOString();
    case 'blob':
      if (!(value instanceof Uint8Array)) throw new TypeError(`${path} must be bytes`);
      return Buffer.from(value).toString('base64');
    default:
      if (typeof value !== shape.kind) throw new TypeError(`${path} must be a ${shape.kind}, is a ${typeof value}`);
      return escapeXml(String(value));
  }
}

function renderStructure(shape: StructureShape, value: unknown, path: string): string {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${path} must be a structure`);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields)) {
    if (!shape.byName.has(name)) throw new TypeError(`${path}.${name} is not in AWS's model of ${shape.name}`);
  }
  return shape.members
    .filter((member) => fields[member.name] !== undefined)
    .map((member) => element(member.xmlName, render(member.shape(), fields[member.name], `${path}.${member.name}`)))
    .join('');
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

function asDate(value: unknown, path: string): Date {
  if (!(value instanceof Date)) throw new TypeError(`${path} must be a Date`);
  return value;
}

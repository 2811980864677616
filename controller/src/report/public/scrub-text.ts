/**
 * Takes identifiers out of free text: those that are known of the run, and whatever has the shape of one. Pure.
 * One pass over the text, so that a stand-in is never read as an identifier again.
 */
import { isOpenReference } from './open-reference.ts';
import type { Pseudonyms } from './pseudonyms.ts';

/** Values shorter than this are words of any text; only the fields that hold them hide them. */
const SHORTEST = 3;
/** From this length on a known value is hidden also inside a longer word. */
const ANYWHERE = 6;

const ENDS = String.raw`(?![\w-])`;

/** What each shape stands for. At one place in the text the first that fits counts. */
const SHAPES: readonly (readonly [kind: string, source: string])[] = [
  // What AWS encoded of a denied call: the caller and the resources are in it.
  ['authorization-message', String.raw`(?<=--encoded-message )\S+`],
  ['url', String.raw`\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]]+`],
  ['arn', String.raw`\barn:[^\s"'<>,)]+`],
  ['mail', String.raw`[\w.+-]+@[\w-][\w.-]*`],
  ['access-key', String.raw`\b(?:AKIA|ASIA|AROA|AIDA|ANPA|AGPA|ABIA|ACCA)[A-Z0-9]{12,}\b`],
  ['uuid', String.raw`\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`],
  ['resource', String.raw`(?<![\w-])[a-z]{1,16}(?:-[a-z]{1,16})?-(?:[0-9a-f]{17}|[0-9a-f]{8})${ENDS}`],
  ['mac', String.raw`\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b`],
  ['address', String.raw`(?<![\w:.])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?:\/\d{1,3})?${ENDS}`],
  [
    'address',
    String.raw`(?<![\w:.])(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?:\/\d{1,3})?${ENDS}`,
  ],
  ['address', String.raw`(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2})?(?!\w|\.\d)`],
  ['host', String.raw`(?<![\w-])ip-\d{1,3}(?:-\d{1,3}){3}[\w.-]*`],
  // journald and syslog: time, host, program.
  ['host', String.raw`(?<=[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} )[^\s:]+`],
  ['host', String.raw`(?<![\w.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}${ENDS}`],
  ['path', String.raw`(?<![\w.:/~-])~?(?:\/[A-Za-z_.@][\w.@+~%:=,-]*)+\/?`],
  ['account', String.raw`(?<![\w.-])\d{12}(?![\w-]|\.\d| ?ns\b)`],
  // chronyc: the address of an NTP source in hex, or four letters.
  ['reference', String.raw`(?<=Reference ID\s{0,8}: )[0-9A-F]{8}(?= \()`],
  ['token', String.raw`(?<![\w+/-])(?=[A-Za-z+/_-]*\d)[A-Za-z0-9+/_-]{32,}={0,2}`],
];

const KIND_OF_PREFIX: Readonly<Record<string, string>> = {
  i: 'instance',
  mi: 'instance',
  ami: 'image',
  eni: 'interface',
  sg: 'security-group',
  sgr: 'security-group-rule',
  pg: 'placement-group',
  vol: 'volume',
};

/** The same on every machine that runs Linux, chrony and this tool. */
const OPEN_PATHS =
  /^\/(?:dev\/(?:ptp|pps|vmclock|rtc|null)|sys\/|proc\/(?!\d)|etc\/(?:chrony|modprobe\.d|udev|os-release)|(?:usr\/)?lib\/(?:modules|systemd|udev)|run\/(?:chrony|systemd)|var\/(?:log|lib)\/chrony|(?:usr\/)?s?bin\/|lib64\/|api\/)/;
const INSTANCE_TYPE = /^[a-z][a-z0-9-]*\d[a-z0-9-]*\.(?:nano|micro|small|medium|large|\d*xlarge|metal)$/i;
const FILE_NAME =
  /\.(?:json|md|html|xml|csv|parquet|conf|keys|ko|service|timer|socket|log|sock|sh|ts|txt|gz|so|sources|amzn)$/i;
/** `InvalidInstanceID.NotFound`, `Client.InternalError`: the EC2 API writes its codes so. */
const AWS_CODE = /^[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)+$/;

const IS_OPEN: Readonly<Record<string, (text: string) => boolean>> = {
  path: (text) => OPEN_PATHS.test(text),
  host: (text) => INSTANCE_TYPE.test(text) || FILE_NAME.test(text) || AWS_CODE.test(text),
  reference: (text) => isOpenReference(Number.parseInt(text, 16)),
  mail: (text) => text.endsWith('.service'),
  address: (text) => text === '::' || text.split(/[./]/).some((part) => /^\d+$/.test(part) && Number(part) > 255),
};

const SHAPE = SHAPES.map(([, source]) => `(${source})`).join('|');

/** What takes identifiers out of texts. Made once everything known of the run has its stand-in. */
export interface TextScrubber {
  /** Free text: what is known, and what has the shape of an identifier. */
  text(text: string): string;
  /** Words of ours, in which a shape would be chance: only what is known. */
  known(text: string): string;
}

export function makeTextScrubber(pseudonyms: Pseudonyms): TextScrubber {
  const parts = pseudonyms.values().filter(({ length }) => length >= SHORTEST);
  // Without anything known a class that is empty: it never matches.
  const knownSource = parts.length === 0 ? '[^\\s\\S]' : parts.map(literal).join('|');
  const either = new RegExp(`(${knownSource})|${SHAPE}`, 'gi');
  const knownOnly = new RegExp(knownSource, 'gi');
  const known = (text: string) => text.replaceAll(knownOnly, (match) => pseudonyms.of('name', match));
  const standIn = (match: string, ...groups: unknown[]) => {
    const at = groups.slice(0, SHAPES.length + 1).findIndex((group) => group !== undefined);
    if (at === 0) return pseudonyms.of('name', match);
    const kind = SHAPES[at - 1]?.[0] ?? 'name';
    if (IS_OPEN[kind]?.(match) === true) return known(match);
    const end = /[.,:;]*$/.exec(match)?.[0] ?? '';
    const value = match.slice(0, match.length - end.length);
    return `${pseudonyms.of(kindOf(kind, value), value)}${end}`;
  };
  return { known, text: (text) => text.replaceAll(either, standIn) };
}

function kindOf(kind: string, value: string): string {
  if (kind !== 'resource') return kind;
  const prefix = value.slice(0, value.lastIndexOf('-')).toLowerCase();
  return KIND_OF_PREFIX[prefix] ?? prefix;
}

function literal(value: string): string {
  const escaped = value.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  return value.length >= ANYWHERE ? escaped : `(?<![A-Za-z0-9_-])${escaped}(?![A-Za-z0-9_-])`;
}

// The syntax of systemd unit files: sections and settings, words of a command line, time spans. Pure.

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', s: ' ' };

const UNIT_MS: Readonly<Record<string, number>> = {
  '': 1000,
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  w: 604_800_000,
  week: 604_800_000,
  weeks: 604_800_000,
};

/** What is wrong with a unit file. */
export class UnitFileError extends Error {
  readonly code = 'bad_unit_file';

  constructor(message: string) {
    super(message);
    this.name = 'UnitFileError';
  }
}

/**
 * Settings by `Section.Key`, each with its values in order; an empty value resets what was set before.
 * @throws UnitFileError
 */
export function readSettings(text: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section = '';
  for (const line of text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)) {
    const trimmed = line.trim();
    if (trimmed === '' || /^[#;]/.test(trimmed)) continue;
    const header = /^\[(.+)\]$/.exec(trimmed)?.[1];
    if (header === undefined) addSetting(settings, section, trimmed);
    else section = header;
  }
  return settings;
}

function addSetting(settings: Map<string, string[]>, section: string, line: string): void {
  const [, key = '', value = ''] = /^([A-Za-z0-9-]+)\s*=\s*(.*)$/.exec(line) ?? [];
  if (key === '') throw new UnitFileError(`not a setting: ${line}`);
  const name = `${section}.${key}`;
  settings.set(name, value === '' ? [] : [...(settings.get(name) ?? []), value]);
}

/** Splits a line into words: white space, quotes and backslashes as in systemd.service(5) "Command lines". */
export function splitWords(line: string): string[] {
  const words = line.matchAll(/(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|[^\s"'\\])+/g);
  return [...words].map(([word]) => word.replace(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\./g, unquote));
}

function unquote(part: string): string {
  const inner = part.startsWith('\\') ? part : part.slice(1, -1);
  return inner.replace(/\\(.)/g, (_, character: string) => ESCAPES[character] ?? character);
}

/** systemd.time(7) time spans: `90`, `1min 30s`, `500ms`, `infinity`. @returns milliseconds @throws UnitFileError */
export function parseTimeSpan(text: string): number {
  if (text.trim() === 'infinity') return Number.POSITIVE_INFINITY;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/gi)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trimStart()) {
    throw new UnitFileError(`not a time span: ${text}`);
  }
  return parts.reduce((sum, [, amount = '0', unit = '']) => sum + Number(amount) * unitMs(unit), 0);
}

function unitMs(unit: string): number {
  const value = Object.hasOwn(UNIT_MS, unit) ? UNIT_MS[unit] : undefined;
  if (value === undefined) throw new UnitFileError(`not a unit of time: ${unit}`);
  return value;
}

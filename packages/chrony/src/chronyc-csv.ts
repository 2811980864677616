/** The text of `chronyc -c -n tracking|sources|sourcestats` (chronyc(1), option -c), into the same reports as the command port. Pure. */
import { malformed } from './chrony-error.ts';
import type { SourceData, SourceMode, SourceState } from './sources.ts';
import type { SourceStats } from './sourcestats.ts';
import { type LeapStatus, NOT_SYNCHRONISED, type Tracking } from './tracking.ts';

const TRACKING_FIELDS = 14;
const SOURCE_FIELDS = 10;
const SOURCESTATS_FIELDS = 8;

const LEAPS: Readonly<Record<string, LeapStatus>> = {
  Normal: 0,
  'Insert second': 1,
  'Delete second': 2,
  'Not synchronised': NOT_SYNCHRONISED,
};
const STATES: Readonly<Record<string, SourceState>> = { '*': 0, '?': 1, x: 2, '~': 3, '+': 4, '-': 5 };
const MODES: Readonly<Record<string, SourceMode>> = { '^': 0, '=': 1, '#': 2 };

/** Throws ChronyError `malformed`. Resolution of the text: 1 ns, 0.001 ppm. */
export function parseTrackingCsv(text: string): Tracking {
  const [line, ...more] = linesOf(text);
  if (line === undefined || more.length > 0) throw malformed(`${more.length + 1} lines of tracking`);
  const fields = splitFields(line, TRACKING_FIELDS);
  return {
    refid: fields.hex(0),
    name: fields.text(1),
    stratum: fields.integer(2),
    refTimeNs: fields.epochNs(3),
    currentCorrection: fields.number(4),
    lastOffset: fields.number(5),
    rmsOffset: fields.number(6),
    freqPpm: fields.number(7),
    residFreqPpm: fields.number(8),
    skewPpm: fields.number(9),
    rootDelay: fields.number(10),
    rootDispersion: fields.number(11),
    lastUpdateInterval: fields.number(12),
    leapStatus: fields.word(13, LEAPS),
  };
}

/** Throws ChronyError `malformed`. */
export function parseSourcesCsv(text: string): SourceData[] {
  return linesOf(text).map((line) => {
    const fields = splitFields(line, SOURCE_FIELDS);
    return {
      mode: fields.word(0, MODES),
      state: fields.word(1, STATES),
      name: fields.text(2),
      stratum: fields.integer(3),
      poll: fields.integer(4),
      reachability: fields.octal(5),
      sinceSample: fields.integer(6),
      latestMeas: fields.number(7),
      origLatestMeas: fields.number(8),
      latestMeasErr: fields.number(9),
    };
  });
}

/** Throws ChronyError `malformed`. */
export function parseSourceStatsCsv(text: string): SourceStats[] {
  return linesOf(text).map((line) => {
    const fields = splitFields(line, SOURCESTATS_FIELDS);
    return {
      name: fields.text(0),
      nSamples: fields.integer(1),
      nRuns: fields.integer(2),
      spanSeconds: fields.integer(3),
      residFreqPpm: fields.number(4),
      skewPpm: fields.number(5),
      estOffset: fields.number(6),
      sd: fields.number(7),
    };
  });
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** Typed access to the fields of one line, each checked. */
function splitFields(line: string, count: number) {
  const fields = line.split(',');
  if (fields.length !== count) throw malformed(`${fields.length} fields instead of ${count}: ${line.slice(0, 100)}`);

  function matching(index: number, pattern: RegExp): string {
    const field = fields[index] ?? '';
    if (!pattern.test(field)) throw malformed(`field ${index} is "${field.slice(0, 40)}"`);
    return field;
  }
  return {
    text: (index: number) => fields[index] ?? '',
    number: (index: number) => Number(matching(index, /^-?\d{1,15}(\.\d{1,15})?$/)),
    integer: (index: number) => Number(matching(index, /^-?\d{1,15}$/)),
    octal: (index: number) => Number.parseInt(matching(index, /^[0-7]{1,6}$/), 8),
    hex: (index: number) => Number.parseInt(matching(index, /^[0-9A-Fa-f]{8}$/), 16),
    epochNs: (index: number) => {
      const [seconds = '', fraction = ''] = matching(index, /^\d{1,10}\.\d{9}$/).split('.');
      return BigInt(seconds) * 1_000_000_000n + BigInt(fraction);
    },
    word: <T>(index: number, words: Readonly<Record<string, T>>): T => {
      const field = fields[index] ?? '';
      const value = Object.hasOwn(words, field) ? words[field] : undefined;
      if (value === undefined) throw malformed(`field ${index} is "${field.slice(0, 40)}"`);
      return value;
    },
  };
}

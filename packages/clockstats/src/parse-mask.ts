/**
 * A user's own mask from plain data, as a JSON or YAML file holds it:
 *
 *   { "name": "rack-7", "metric": "mtie", "from_s": 1, "pieces": [{ "to_s": 100, "constant_ns": 250, "slope_ns_per_s": 2.75 }, ...] }
 *
 * The last piece may leave out `to_s`: it then has no end. `from_s` is 0.1 and `slope_ns_per_s` 0 when absent.
 */
import { ClockstatsError } from './clockstats-error.ts';
import type { Mask, MaskPiece } from './mask.ts';

const FIRST_TAU = 0.1;
const MASK_KEYS = ['name', 'metric', 'source', 'from_s', 'pieces'];
const PIECE_KEYS = ['to_s', 'constant_ns', 'slope_ns_per_s'];
const MOST_PIECES = 1000;
const MOST_CHARACTERS = 200;

/** Throws `bad_mask` with every fault that was found. */
export function parseMask(data: unknown): Mask {
  const faults: string[] = [];
  const fields = fieldsOf(data, MASK_KEYS, { where: 'mask', faults });
  const name = textOf(fields['name'], 'name', faults);
  const source = textOf(fields['source'] ?? 'user', 'source', faults);
  const metric = metricOf(fields['metric'], faults);
  const from = numberOf(fields['from_s'] ?? FIRST_TAU, 'from_s', faults);
  if (!(from >= 0)) faults.push('from_s must not be negative');
  const pieces = piecesOf(fields['pieces'], faults);
  checkAscending(pieces, from, faults);
  if (faults.length > 0) throw new ClockstatsError('bad_mask', faults.join('; '));
  return { name, metric, source, from, pieces };
}

function textOf(value: unknown, where: string, faults: string[]): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= MOST_CHARACTERS) return value;
  faults.push(`${where} must be a text of 1 to ${MOST_CHARACTERS} characters`);
  return '';
}

function metricOf(value: unknown, faults: string[]): 'mtie' | 'tdev' {
  if (value !== 'mtie' && value !== 'tdev') faults.push('metric must be "mtie" or "tdev"');
  return value === 'tdev' ? 'tdev' : 'mtie';
}

function piecesOf(value: unknown, faults: string[]): MaskPiece[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (list.length === 0 || list.length > MOST_PIECES) faults.push(`pieces must be a list of 1 to ${MOST_PIECES}`);
  return list.slice(0, MOST_PIECES).map((piece, i) => parsePiece(piece, { i, last: list.length - 1, faults }));
}

function parsePiece(data: unknown, { i, last, faults }: { i: number; last: number; faults: string[] }): MaskPiece {
  const where = `pieces[${i}]`;
  const fields = fieldsOf(data, PIECE_KEYS, { where, faults });
  const isOpen = fields['to_s'] === undefined && i === last;
  return {
    to: isOpen ? Number.POSITIVE_INFINITY : numberOf(fields['to_s'], `${where}.to_s`, faults),
    constantNs: numberOf(fields['constant_ns'], `${where}.constant_ns`, faults),
    slopeNsPerS: numberOf(fields['slope_ns_per_s'] ?? 0, `${where}.slope_ns_per_s`, faults),
  };
}

function checkAscending(pieces: readonly MaskPiece[], from: number, faults: string[]): void {
  let before = from;
  pieces.forEach(({ to, constantNs, slopeNsPerS }, i) => {
    if (!(to > before)) faults.push(`pieces[${i}].to_s must be larger than ${before}`);
    const isPositive = (tau: number) => constantNs + slopeNsPerS * tau > 0;
    const end = to === Number.POSITIVE_INFINITY ? Math.max(1, before) * 1e12 : to;
    if (!(isPositive(before) && isPositive(end))) faults.push(`pieces[${i}] has a limit that is not positive`);
    before = to;
  });
}

function fieldsOf(
  data: unknown,
  known: readonly string[],
  { where, faults }: { where: string; faults: string[] },
): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    faults.push(`${where} must be an object`);
    return {};
  }
  for (const key of Object.keys(data)) {
    if (!known.includes(key)) faults.push(`${where} has an unknown field ${JSON.stringify(key.slice(0, 40))}`);
  }
  return { ...data };
}

function numberOf(value: unknown, where: string, faults: string[]): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  faults.push(`${where} must be a number`);
  return Number.NaN;
}

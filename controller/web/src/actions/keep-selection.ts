/** What a selection of instances says, and how one is said: `all`, `none`, or numbers of the run as in `1,3,5-7` (pure). */

/** The numbers chosen of those there are; null: the words are not understood here, and the controller says what is wrong with them. */
export function chosenNumbers(text: string, known: readonly number[]): ReadonlySet<number> | null {
  const word = text.trim().toLowerCase();
  if (word === 'all') return new Set(known);
  if (word === 'none' || word === '') return new Set();
  const ranges = word.split(',').map(rangeOf);
  if (ranges.includes(null)) return null;
  return new Set(known.filter((number) => ranges.some((range) => range !== null && isWithin(number, range))));
}

type Range = readonly [from: number, to: number];

function rangeOf(part: string): Range | null {
  const [, from = '', to = from] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part) ?? [];
  return from === '' || Number(to) < Number(from) ? null : [Number(from), Number(to)];
}

function isWithin(number: number, [from, to]: Range): boolean {
  return number >= from && number <= to;
}

/** Neighbours as ranges. */
export function selectionText(chosen: ReadonlySet<number>, known: readonly number[]): string {
  if (chosen.size === 0) return 'none';
  if (chosen.size === known.length) return 'all';
  const ranges: [from: number, to: number][] = [];
  for (const number of [...chosen].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

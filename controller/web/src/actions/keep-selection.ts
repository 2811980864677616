/** What a selection of instances says, and how one is said: `all`, `none`, or numbers and names of the run as in `1,3,5-7,c7i.large-2` (pure). */

/** An instance that can be chosen: its number in the run, and its name. */
export interface Choosable {
  readonly index: number;
  readonly name: string;
}

/** The numbers chosen of those there are; null: the words are not understood here, and the controller says what is wrong with them. */
export function chosenNumbers(text: string, known: readonly Choosable[]): ReadonlySet<number> | null {
  const word = text.trim().toLowerCase();
  if (word === 'all') return new Set(known.map(({ index }) => index));
  if (word === 'none' || word === '') return new Set();
  const ranges = word.split(',').map((part) => rangeOf(part, known));
  if (ranges.includes(null)) return null;
  const isChosen = (index: number) => ranges.some((range) => range !== null && isWithin(index, range));
  return new Set(known.map(({ index }) => index).filter(isChosen));
}

type Range = readonly [from: number, to: number];

function rangeOf(part: string, known: readonly Choosable[]): Range | null {
  const named = known.find(({ name }) => name === part.trim());
  if (named !== undefined) return [named.index, named.index];
  const [, from = '', to = from] = /^\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?$/.exec(part) ?? [];
  return from === '' || Number(to) < Number(from) ? null : [Number(from), Number(to)];
}

function isWithin(number: number, [from, to]: Range): boolean {
  return number >= from && number <= to;
}

/** Neighbours as ranges. */
export function selectionText(chosen: ReadonlySet<number>, known: readonly Choosable[]): string {
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

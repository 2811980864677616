/** One piece of evidence about a machine, small enough for a record of its own (pure). */

export interface EvidencePart {
  /** For people and for the file in the bundle: `modinfo ena`. */
  readonly name: string;
  readonly text: string;
}

/** The body of a record holds 64 KiB of JSON, in which a control character takes six. */
const PART_CHARACTERS = 8000;
const MOST_PARTS = 4;
const CUT = '\n[cut]';

/** A text as parts that fit into records; what is longer than four of them is cut, and says so. */
export function evidenceParts(name: string, text: string): EvidencePart[] {
  const limit = PART_CHARACTERS * MOST_PARTS;
  const kept = text.length <= limit ? text : `${text.slice(0, limit - CUT.length)}${CUT}`;
  const count = Math.max(1, Math.ceil(kept.length / PART_CHARACTERS));
  return Array.from({ length: count }, (_, at) => ({
    name: count === 1 ? name : `${name} (${at + 1} of ${count})`,
    text: kept.slice(at * PART_CHARACTERS, (at + 1) * PART_CHARACTERS),
  }));
}

/**
 * A page holds the summaries of 64 batches of one series column by column, so that an overview of a week reads some 150 rows (pure).
 * In the database it is compressed: neighbouring summaries are alike, and uncompressed they took three times the room of the samples.
 */

export const BATCHES_PER_PAGE = 64;

/** One batch as the table `summaries` has it. */
export interface SummaryRow {
  readonly fromAt: bigint;
  readonly toAt: bigint;
  readonly rows: number;
  /** The epoch's number in the database. */
  readonly epoch: number;
  readonly sequence: number;
  readonly packed: Uint8Array;
}

/** Which batches a page holds: parallel arrays. */
export interface PageIndex {
  readonly fromAt: BigInt64Array;
  readonly toAt: BigInt64Array;
  readonly rows: Float64Array;
  readonly epoch: Float64Array;
  readonly sequence: Float64Array;
}

const WORD = 8;
const COLUMN = BATCHES_PER_PAGE * WORD;

/** Where the index lies in an opened page; the summaries follow it. */
export const PAGE_INDEX = { offset: 0, bytes: 5 * COLUMN };

/**
 * A page as it lies in the database: the first bytes of all words, then all second ones, ..., compressed (`compress`). The high bytes of
 * neighbouring doubles are mostly the same, which a compressor sees only side by side: a fifth less than without.
 */
export function closePage(rows: readonly SummaryRow[], compress: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const { batches, packed } = makePage(rows);
  const words = (batches.length + packed.length) / WORD;
  const planes = new Uint8Array(words * WORD);
  spread(batches, { planes, words, from: 0 });
  spread(packed, { planes, words, from: batches.length / WORD });
  return compress(planes);
}

/** Gives parts of a closed page: `PAGE_INDEX`, and what `pagePart` says. `decompress` undoes what `closePage` was given. */
export function openPage(
  bytes: Uint8Array,
  decompress: (bytes: Uint8Array) => Uint8Array,
): (part: { readonly offset: number; readonly bytes: number }) => Uint8Array {
  const planes = decompress(bytes);
  const words = planes.length / WORD;
  return ({ offset, bytes: length }) => {
    const part = new Uint8Array(length);
    const from = offset / WORD;
    for (let plane = 0; plane < WORD; plane++) {
      const at = plane * words + from;
      for (let word = 0; word < length / WORD; word++) part[word * WORD + plane] = planes[at + word] as number;
    }
    return part;
  };
}

function spread(bytes: Uint8Array, into: { planes: Uint8Array; words: number; from: number }): void {
  const { planes, words, from } = into;
  for (let plane = 0; plane < WORD; plane++) {
    const at = plane * words + from;
    for (let word = 0; word < bytes.length / WORD; word++) planes[at + word] = bytes[word * WORD + plane] as number;
  }
}

/** The index of a page and its summaries, transposed: all first words of the packed summaries, then all second ones. */
export function makePage(rows: readonly SummaryRow[]): { readonly batches: Uint8Array; readonly packed: Uint8Array } {
  const batches = new Uint8Array(5 * COLUMN);
  const index = readPageIndex(batches);
  const words = (rows[0]?.packed.length ?? 0) / WORD;
  const packed = new BigUint64Array(words * BATCHES_PER_PAGE);
  for (const [at, row] of rows.entries()) {
    index.fromAt[at] = row.fromAt;
    index.toAt[at] = row.toAt;
    index.rows[at] = row.rows;
    index.epoch[at] = row.epoch;
    index.sequence[at] = row.sequence;
    const summary = wordsOf(row.packed);
    for (let word = 0; word < words; word++) packed[word * BATCHES_PER_PAGE + at] = summary[word] as bigint;
  }
  return { batches, packed: new Uint8Array(packed.buffer) };
}

/** The index of a page; views into the bytes. */
export function readPageIndex(batches: Uint8Array): PageIndex {
  const { buffer, byteOffset } = aligned(batches);
  const bigs = (column: number) => new BigInt64Array(buffer, byteOffset + column * COLUMN, BATCHES_PER_PAGE);
  const doubles = (column: number) => new Float64Array(buffer, byteOffset + column * COLUMN, BATCHES_PER_PAGE);
  return { fromAt: bigs(0), toAt: bigs(1), rows: doubles(2), epoch: doubles(3), sequence: doubles(4) };
}

/** Where the words at this offset of a packed summary lie in the summaries of a page. */
export function pagePart(slot: { readonly offset: number; readonly bytes: number }): { offset: number; bytes: number } {
  return { offset: slot.offset * BATCHES_PER_PAGE, bytes: slot.bytes * BATCHES_PER_PAGE };
}

/** A part of a page as the words of each batch: word `n` of batch `at` is at `n * 64 + at`. */
export function wordsOfPart(part: Uint8Array): { readonly doubles: Float64Array; readonly bigs: BigInt64Array } {
  const { buffer, byteOffset, length } = aligned(part);
  const count = length / WORD;
  return { doubles: new Float64Array(buffer, byteOffset, count), bigs: new BigInt64Array(buffer, byteOffset, count) };
}

function wordsOf(bytes: Uint8Array): BigUint64Array {
  const { buffer, byteOffset, length } = aligned(bytes);
  return new BigUint64Array(buffer, byteOffset, length / WORD);
}

/** Words can only be viewed where they begin at a multiple of 8. */
function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % WORD === 0 ? bytes : bytes.slice();
}

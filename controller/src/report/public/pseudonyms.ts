/** Stable stand-ins for what identifies somebody: the same value is the same `instance-1` wherever it occurs. */

/** Says nothing about anybody: addresses that are the same on every instance, and names of our own. */
const EVERYBODYS: ReadonlySet<string> = new Set([
  '',
  'true',
  'false',
  'auto',
  'none',
  'default',
  'localhost',
  'ptp-tester',
  '0.0.0.0',
  '0.0.0.0/0',
  '::/0',
  '::1',
  '127.0.0.1',
  '127.127.1.1',
  '169.254.169.123',
  '169.254.169.253',
  '169.254.169.254',
  'fd00:ec2::123',
  'fd00:ec2::254',
]);

export class Pseudonyms {
  readonly #byValue = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #open: Set<string>;

  /** `open`: words that stay as they are, such as the run's instance types and region. */
  constructor(open: Iterable<string> = []) {
    this.#open = new Set(Array.from(open, normalized));
  }

  /** The stand-in for a value; `kind` names it when it is new. Case does not count: host names and hex come in both. */
  of(kind: string, value: string): string {
    const key = normalized(value);
    if (this.isOpen(value)) return value;
    const known = this.#byValue.get(key);
    if (known !== undefined) return known;
    const number = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, number);
    const made = `${kind}-${number}`;
    this.#byValue.set(key, made);
    return made;
  }

  /** Whether a value may stay. */
  isOpen(value: string): boolean {
    const key = normalized(value);
    return EVERYBODYS.has(key) || this.#open.has(key);
  }

  /** Every value that has a stand-in so far, the longest first. */
  values(): readonly string[] {
    return [...this.#byValue.keys()].sort((a, b) => b.length - a.length);
  }
}

function normalized(value: string): string {
  return value.toLowerCase();
}

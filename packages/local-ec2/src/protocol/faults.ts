// Faults on demand: wrong answers, slow answers, lost answers, for tests of what a client does then.

/** One fault; it applies to the next requests of its action. */
export interface Fault {
  /** EC2 or SSM action, or `*` for every one. */
  readonly action: string;
  /** Error code to answer with instead of doing the work, e.g. InsufficientInstanceCapacity. */
  readonly code?: string;
  /** HTTP status of that answer; 400 when absent. */
  readonly status?: number;
  readonly message?: string;
  /** How many requests it applies to; 1 when absent. */
  readonly times?: number;
  /** How many matching requests pass first; 0 when absent. */
  readonly skip?: number;
  /** Wait before the work. */
  readonly delayMs?: number;
  /** Cut the connection: `before` the work is done, or `after` it, when only the answer is lost. */
  readonly reset?: 'before' | 'after';
}

const FIELD_TYPES: Readonly<Record<keyof Fault, 'string' | 'number'>> = {
  action: 'string',
  code: 'string',
  status: 'number',
  message: 'string',
  times: 'number',
  skip: 'number',
  delayMs: 'number',
  reset: 'string',
};
const MAX_FAULTS = 1000;

/** The faults that are still to come. */
export class FaultList {
  private readonly pending: { readonly fault: Fault; skip: number; times: number }[] = [];

  /** Adds faults, in the order in which they are to apply. */
  add(faults: readonly Fault[]): void {
    for (const fault of faults) this.pending.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 });
  }

  /** Forgets all faults. */
  clear(): void {
    this.pending.length = 0;
  }

  /** How many faults are still to come. */
  get size(): number {
    return this.pending.length;
  }

  /** The fault for this request, if any; it is used up by that. */
  take(action: string): Fault | undefined {
    for (const entry of this.pending) {
      if (entry.fault.action !== action && entry.fault.action !== '*') continue;
      if (entry.skip > 0) {
        entry.skip -= 1;
        continue;
      }
      entry.times -= 1;
      if (entry.times <= 0) this.pending.splice(this.pending.indexOf(entry), 1);
      return entry.fault;
    }
    return undefined;
  }
}

/** Parses the body of `POST /_local/faults`. @returns the faults, or what is wrong with the text */
export function parseFaults(text: string): Fault[] | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!Array.isArray(value)) return 'must be a list of faults';
  if (value.length > MAX_FAULTS) return `has more than ${MAX_FAULTS} faults`;
  for (const [index, item] of value.entries()) {
    const wrong = faultFault(item);
    if (wrong !== undefined) return `fault ${index}: ${wrong}`;
  }
  return value;
}

function faultFault(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return 'must be an object';
  for (const [name, value] of Object.entries(item)) {
    const wrong = fieldFault(name, value);
    if (wrong !== undefined) return wrong;
  }
  const { action, reset } = item as Partial<Fault>;
  if (action === undefined || action === '') return 'action is missing';
  if (reset !== undefined && reset !== 'before' && reset !== 'after') return "reset must be 'before' or 'after'";
  return undefined;
}

function fieldFault(name: string, value: unknown): string | undefined {
  const types: Readonly<Record<string, string>> = FIELD_TYPES;
  const type = Object.hasOwn(types, name) ? types[name] : undefined;
  if (type === undefined) return `unknown field ${name}`;
  if (typeof value !== type) return `${name} must be a ${type}`;
  if (typeof value === 'number' && (!Number.isInteger(value) || value < 0)) return `${name} must be a whole number`;
  return undefined;
}

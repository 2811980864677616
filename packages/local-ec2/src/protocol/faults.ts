// Faults on demand: wrong answers, slow answers, lost answers, for tests of what a client does then.
import { listOf, objectOf, oneOf, type ShapeRule, shapeFault, TEXT, TEXTS, WHOLE } from '../check-shape.ts';
import { matchesWildcards } from '../wildcards.ts';

/** One fault; it applies to the next requests of its action. */
export interface Fault {
  /** EC2, SSM or STS action, or `*` for every one. */
  readonly action: string;
  /** Only requests with these parameters, e.g. `InstanceType`, `InstanceId.1`, `Name`; `*` stands for any text. */
  readonly where?: Readonly<Record<string, string>>;
  /** Error code to answer with instead of doing the work, e.g. InsufficientInstanceCapacity. */
  readonly code?: string;
  /** HTTP status of that answer; that which the code has, or 400, when absent. */
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

/** What a fault may look like. */
const FAULT_RULE: ShapeRule = objectOf(
  {
    action: TEXT,
    where: TEXTS,
    code: TEXT,
    status: WHOLE,
    message: TEXT,
    times: WHOLE,
    skip: WHOLE,
    delayMs: WHOLE,
    reset: oneOf('before', 'after'),
  },
  'action',
);

/** What a list of faults may look like. */
export const FAULTS_RULE: ShapeRule = listOf(FAULT_RULE);

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
  take(action: string, parameter: (name: string) => string | undefined = () => undefined): Fault | undefined {
    for (const entry of this.pending) {
      if (!isFor(entry.fault, action, parameter)) continue;
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

function isFor(fault: Fault, action: string, parameter: (name: string) => string | undefined): boolean {
  if (fault.action !== action && fault.action !== '*') return false;
  return Object.entries(fault.where ?? {}).every(([name, pattern]) => {
    const value = parameter(name);
    return value !== undefined && matchesWildcards(pattern, value);
  });
}

/** Parses the body of `POST /_local/faults`. @returns the faults, or what is wrong with the text */
export function parseFaults(text: string): Fault[] | string {
  const value = parseJson(text);
  if (typeof value === 'string') return value;
  return shapeFault(FAULTS_RULE, value.json, 'faults') ?? (value.json as Fault[]);
}

/** A JSON text as a value. @returns what is wrong as a text */
export function parseJson(text: string): { json: unknown } | string {
  try {
    return { json: JSON.parse(text) };
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}

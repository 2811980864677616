/** Chooses each option from command line, file and default, remembers where it came from, and collects what is wrong. */
import type { ConfigProblem } from './config-error.ts';
import { parseDuration } from './duration.ts';

export type ValueSource = 'command line' | 'configuration file' | 'default';

export interface EffectiveOption {
  readonly name: string;
  readonly value: string;
  readonly from: ValueSource;
}

export interface Candidates<T> {
  readonly flag?: T | undefined;
  readonly file?: T | undefined;
  readonly fallback: T;
}

export class OptionChooser {
  readonly effective: EffectiveOption[] = [];
  readonly problems: ConfigProblem[] = [];

  /** The command line wins over the file, the file over the default. An option whose value is null is not shown. */
  choose<T>(name: string, { flag, file, fallback }: Candidates<T>): T {
    const value = flag ?? file ?? fallback;
    let from: ValueSource = 'default';
    if (flag !== undefined) from = 'command line';
    else if (file !== undefined) from = 'configuration file';
    if (value !== null) this.effective.push({ name, value: describe(value), from });
    return value;
  }

  /** A whole number within bounds; undefined, and a problem, when it is not. */
  integer(field: string, text: string | undefined, bounds: { min: number; max: number }): number | undefined {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= bounds.min && value <= bounds.max) return value;
    this.problem(field, `must be a whole number from ${bounds.min} to ${bounds.max}, not "${text}"`);
    return undefined;
  }

  /** Seconds of a length of time that may be absent. */
  optionalDuration(name: string, candidates: { flag?: string | undefined; file?: string | undefined }): number | null {
    const text = this.choose<string | null>(name, { ...candidates, fallback: null });
    if (text === null) return null;
    const seconds = parseDuration(text);
    if (seconds !== null) return seconds;
    const field = candidates.flag === undefined ? name : `--${name.replaceAll('_', '-')}`;
    this.problem(field, `"${text}" is not a length of time; write for example 20s, 90m, 14d`);
    return null;
  }

  problem(field: string, reason: string): void {
    this.problems.push({ field, reason });
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return value.map(describe).join(',');
  if (isTypeAndQuantity(value)) return `${value.type}:${value.quantity}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isTypeAndQuantity(value: unknown): value is { type: string; quantity: number } {
  return typeof value === 'object' && value !== null && 'type' in value && 'quantity' in value;
}

/** One thing that `ptp-tester doctor` looked at, and what came of it. */

import type { AwsErrorKind } from '../aws/classify-error.ts';

export type CheckResult = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Check {
  /** What was looked at, for example `subnet`. */
  readonly check: string;
  /** Which one, for example its id; null where there is only one. */
  readonly subject: string | null;
  readonly result: CheckResult;
  /** What was found, or why nothing could be. */
  readonly reason: string;
  /** What to do about it; null where there is nothing to do. */
  readonly remedy: string | null;
}

/** Makes the checks of one thing. */
export function checksOf(check: string, subject: string | null = null) {
  const make =
    (result: CheckResult) =>
    (reason: string, remedy: string | null = null): Check => ({ check, subject, result, reason, remedy });
  return { ok: make('ok'), warning: make('warning'), failed: make('failed'), skipped: make('skipped') };
}

/** What was asked of AWS: its answer, or why there is none. */
export type Asked<T> =
  | { readonly answered: true; readonly value: T }
  | {
      readonly answered: false;
      /** Without account numbers. */
      readonly why: string;
      /** What to do about it; null where there is nothing known. */
      readonly remedy: string | null;
      readonly kind: AwsErrorKind;
    };

/** The check of something that could not be asked for. */
export function unanswered(makers: ReturnType<typeof checksOf>, failed: Asked<never> & { answered: false }): Check {
  const result = failed.kind === 'permission' ? 'skipped' : 'failed';
  return makers[result](failed.why, failed.remedy);
}

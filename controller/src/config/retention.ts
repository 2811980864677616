/** For how long samples of ended runs are kept, as flags and files say it. */
import type { RetentionRules } from '../runs/choose-prunable.ts';
import { parseByteSize } from './byte-size.ts';
import type { ConfigProblem } from './config-error.ts';
import { parseDuration } from './duration.ts';

export interface RetentionTexts {
  readonly retainFor?: string | undefined;
  readonly retainSize?: string | undefined;
}

/** What is not given is kept for ever. `names`: how the fields are called in a problem. */
export function parseRetention(
  { retainFor, retainSize }: RetentionTexts,
  names: { readonly retainFor: string; readonly retainSize: string },
): RetentionRules | readonly ConfigProblem[] {
  const seconds = retainFor === undefined ? null : parseDuration(retainFor);
  const maxBytes = retainSize === undefined ? null : parseByteSize(retainSize);
  const problems: ConfigProblem[] = [];
  if (retainFor !== undefined && seconds === null) {
    const reason = `"${retainFor}" is not a length of time; write for example 90d or 12w`;
    problems.push({ field: names.retainFor, reason });
  }
  if (retainSize !== undefined && maxBytes === null) {
    const reason = `"${retainSize}" is not a size; write for example 500GB or 1.5TB`;
    problems.push({ field: names.retainSize, reason });
  }
  return problems.length > 0 ? problems : { maxAgeMs: seconds === null ? null : seconds * 1000, maxBytes };
}

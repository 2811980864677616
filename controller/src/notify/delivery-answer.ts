/** What an answer to a webhook's request means, and when to try again (pure). */

export type DeliveryAnswer =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: string | null }
  | { readonly kind: 'failure'; readonly reason: string };

export type DeliveryVerdict =
  | { readonly kind: 'delivered' }
  /** Trying again cannot help: the URL or its token is wrong. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'retry'; readonly reason: string; readonly inMs: number };

const STEPS_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000] as const;
const LONGEST_MS = 3_600_000;
const RETRIED: ReadonlySet<number> = new Set([408, 425, 429]);

/** `attempt` counts from 1. */
export function judgeAnswer(answer: DeliveryAnswer, attempt: number): DeliveryVerdict {
  const inMs = STEPS_MS[attempt - 1] ?? LONGEST_MS;
  if (answer.kind === 'failure') return { kind: 'retry', reason: answer.reason, inMs };
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `answered ${status}`;
  if (status < 500 && !RETRIED.has(status)) return { kind: 'refused', reason };
  const asked = Number(retryAfter ?? Number.NaN) * 1000;
  return { kind: 'retry', reason, inMs: asked > 0 ? Math.min(Math.max(asked, inMs), LONGEST_MS) : inMs };
}

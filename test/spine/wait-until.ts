/** Waits for a condition by looking again and again; says what it waited for when it does not come. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** More on how things stand, for the error. */
  readonly explain?: () => string;
}

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>;

/** Resolves with the first answer of `look` that is not false, null, undefined, 0 or ''. */
export async function waitUntil<T>(
  what: string,
  look: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 60_000, everyMs = 50, explain = () => '' } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await look();
    if (answer) return answer as Truthy<T>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}\n${explain()}`);
    await sleep(everyMs);
  }
}

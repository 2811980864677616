/** How long to wait before the next attempt: exponential with jitter (pure), so that a fleet does not come back all at once. */

export interface BackoffRules {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The wait before attempt `failures` + 1. Half of it is fixed and half random ("equal jitter"): it never hurries, and two agents
 * that failed together do not stay together. `random` in [0, 1).
 */
export function backoffMs(rules: BackoffRules, failures: number, random: number): number {
  const doublings = Math.min(Math.max(0, failures - 1), 30);
  const ceiling = Math.min(rules.longestMs, rules.firstMs * 2 ** doublings);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

/** Which ended runs lose their samples, and why (pure). Runs that go on, and those without a final report, keep theirs whatever the rules say. */
import type { Run, RunId, SamplesRemoved } from './run.ts';

export interface RetentionRules {
  /** Samples of a run are kept for so long after its end, ms; null: for ever. */
  readonly maxAgeMs: number | null;
  /** All samples together may take so much; null: what there is. */
  readonly maxBytes: number | null;
}

export interface StoredRun {
  readonly run: Run;
  /** What its samples take on the disk; 0: there are none. */
  readonly bytes: number;
  /** Its final report is written. */
  readonly hasReport: boolean;
}

export interface PrunedRun {
  readonly run: RunId;
  readonly bytes: number;
  readonly reason: SamplesRemoved['reason'];
}

export interface KeptSamples {
  readonly run: RunId;
  readonly reason: string;
}

export interface PruneChoice {
  /** Oldest end first. */
  readonly pruned: readonly PrunedRun[];
  /** All others that have samples, and why theirs stay. */
  readonly kept: readonly KeptSamples[];
  /** What samples take beyond `maxBytes` that no rule may remove; 0: nothing. */
  readonly beyondBytes: number;
}

/** Whoever looks at what ended today must find it, however small the limit. */
const UNTOUCHED_MS = 24 * 3_600_000;

const YOUNG = 'it ended less than 24 h ago; name the run to remove its samples all the same';
const WITHIN = 'it is within what is to be kept';

/** `named`: the operator says that these go, however young; `whyNotPrunable` says which of them cannot. */
export function choosePrunable(
  stored: readonly StoredRun[],
  { rules, named = [] }: { readonly rules: RetentionRules; readonly named?: readonly RunId[] },
  now: number,
): PruneChoice {
  const candidates = stored
    .filter((one) => one.bytes > 0 && whyNotPrunable(one) === null)
    .sort((a, b) => (a.run.endedAt ?? 0) - (b.run.endedAt ?? 0));
  let left = stored.reduce((sum, { bytes }) => sum + bytes, 0);
  const pruned: PrunedRun[] = [];
  const take = (chosen: (one: StoredRun) => boolean, reason: PrunedRun['reason']) => {
    for (const one of candidates) {
      if (pruned.some(({ run }) => run === one.run.id) || !chosen(one)) continue;
      pruned.push({ run: one.run.id, bytes: one.bytes, reason });
      left -= one.bytes;
    }
  };
  const ageMs = ({ run }: StoredRun) => now - (run.endedAt ?? now);
  const { maxAgeMs, maxBytes } = rules;
  take(({ run }) => named.includes(run.id), 'operator');
  take((one) => maxAgeMs !== null && ageMs(one) >= Math.max(maxAgeMs, UNTOUCHED_MS), 'age');
  take((one) => maxBytes !== null && left > maxBytes && ageMs(one) >= UNTOUCHED_MS, 'size');
  const beyondBytes = maxBytes === null ? 0 : Math.max(0, left - maxBytes);
  const isAsked = (one: StoredRun) => beyondBytes > 0 || (maxAgeMs !== null && ageMs(one) >= maxAgeMs);
  const kept = stored
    .filter(({ run, bytes }) => bytes > 0 && !pruned.some((one) => one.run === run.id))
    .map((one) => ({ run: one.run.id, reason: whyNotPrunable(one) ?? (isAsked(one) ? YOUNG : WITHIN) }));
  return { pruned, kept, beyondBytes };
}

/** Null: its samples may be removed. */
export function whyNotPrunable({ run, hasReport }: Omit<StoredRun, 'bytes'>): string | null {
  const removed = run.samplesRemoved ?? null;
  if (removed !== null) return `its samples were removed at ${new Date(removed.at).toISOString()}`;
  if (run.state !== 'ended') return `it is ${run.state}; only samples of runs that have ended can be removed`;
  return hasReport ? null : 'its final report is not written yet, and could not be made without its samples';
}

/**
 * How many lives of the agent in a row were short, and how long the next one waits (pure decision, thin persistence): an agent that fails at
 * once is started again by systemd every second: in three weeks a million epochs, and the machine that it measures busy with starting it.
 */
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { readStateFile, writeStateFile } from './state-file.ts';
import { type BackoffRules, backoffMs } from './uplink/backoff.ts';

/** A life that lasted longer was none of a loop. */
const SHORT_S = 60;
/** So many restarts are quick: a fault that passes, or somebody who tries something. */
const QUICK_RESTARTS = 10;
const PAUSE: BackoffRules = { firstMs: 1000, longestMs: 300_000 };

/** A point of this machine's uptime. */
export interface Uptime {
  readonly bootId: string;
  /** CLOCK_MONOTONIC_RAW, seconds since boot. */
  readonly monoS: number;
}

const Life = Type.Object({
  boot_id: Type.String(),
  /** When it begins to work, its pause over. */
  started_s: Type.Number(),
  /** Lives before it, in a row, that were short. */
  short_before: Type.Integer({ minimum: 0 }),
});
export type Life = Static<typeof Life>;

export interface NextLife {
  readonly life: Life;
  /** How long it waits first. */
  readonly pauseMs: number;
}

/** `last`: null where none is known. `random` in [0, 1). */
export function nextLife(last: Life | null, { bootId, monoS }: Uptime, random: number): NextLife {
  const wasShort = last !== null && last.boot_id === bootId && monoS - last.started_s < SHORT_S;
  const short = wasShort ? last.short_before + 1 : 0;
  const pauseMs = short <= QUICK_RESTARTS ? 0 : backoffMs(PAUSE, short - QUICK_RESTARTS, random);
  return { life: { boot_id: bootId, started_s: monoS + pauseMs / 1000, short_before: short }, pauseMs };
}

/** Notes in the file that a life begins. Rejects when that cannot be read or written. */
export async function beginLife(path: string, now: Uptime, random: number): Promise<NextLife> {
  const stored = await readStateFile(path);
  const next = nextLife(Value.Check(Life, stored) ? stored : null, now, random);
  await writeStateFile(path, next.life);
  return next;
}

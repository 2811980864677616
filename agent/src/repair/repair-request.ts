/**
 * What the unprivileged agent may ask root for, and how often. The agent writes the request into its state folder, systemd notices and
 * starts the setup, which carries it out. The vocabulary is closed: a restart of chronyd, or the plan's setup once more.
 */
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';

const closed = { additionalProperties: false } as const;

/** When something was asked for or done: seconds since this boot, by a clock that nobody sets. */
export const Moment = Type.Object(
  { boot_id: Type.String({ maxLength: 64 }), at_s: Type.Number({ minimum: 0, maximum: 1e10 }) },
  closed,
);
export type Moment = Static<typeof Moment>;

const Moments = Type.Array(Moment, { maxItems: 16 });

export const RepairRequest = Type.Object(
  {
    version: Type.Literal(1),
    action: Type.Enum(['restart_chronyd', 'retry_setup']),
    why: Type.Enum(['unanswered', 'dead_descriptor', 'phc_not_selected']),
    /** Grows with each request; one that was carried out is not carried out again. */
    number: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    /** The last restarts, this one included. */
    asked: Moments,
  },
  closed,
);
export type RepairRequest = Static<typeof RepairRequest>;

/** What root did; in its own folder. */
export const RepairsDone = Type.Object(
  {
    version: Type.Literal(1),
    number: Type.Integer({ minimum: 0 }),
    /** Restarts. */
    done: Moments,
    /** Setups; absent before the first. */
    retried: Type.Optional(Moments),
  },
  closed,
);
export type RepairsDone = Static<typeof RepairsDone>;

const REPAIR_FILE = 'repair.json';

export function repairPath(folder: string): string {
  return join(folder, REPAIR_FILE);
}

/** Null for anything that is not a request of this version. */
export function asRepairRequest(value: unknown): RepairRequest | null {
  return Value.Check(RepairRequest, value) ? value : null;
}

export function asRepairsDone(value: unknown): RepairsDone {
  return Value.Check(RepairsDone, value) ? value : { version: 1, number: 0, done: [] };
}

/** A restart that does not help three times will not help a fourth time, and each costs the servo its state. */
export const RESTARTS_PER_HOUR = 3;
/** Root's limit; the agent's own waits are longer. */
export const RETRIES_PER_HOUR = 1;
export const HOUR_S = 3600;

/** Those of the last hour. Those of another boot are left out: a reboot is a new start for chronyd too. */
export function recentMoments(moments: readonly Moment[], now: Moment): Moment[] {
  return moments.filter(({ boot_id, at_s }) => boot_id === now.boot_id && now.at_s - at_s < HOUR_S);
}

/**
 * The dead-man's switch (pure decision, thin persistence): the instance powers itself off when its time is over or when the
 * controller has been out of reach too long. Time is the uptime that was consumed, counted by a clock that nobody can set, and
 * it survives restarts of the agent and of the machine.
 */
import type { Lease } from '@ptp-tester/wire';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { SequentialWork } from './spool/sequential-work.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

/** Until the first lease arrives: an instance that never reaches its controller does not live longer than this. */
const DEFAULT_ORPHAN_S = 86_400;

export interface LeaseState {
  /** Uptime that the instance has used since the agent first ran, seconds; the other times are points of it. */
  readonly consumedS: number;
  readonly lastContactS: number;
  readonly orphanS: number;
  /** Null: no lease yet, only the orphan time-out holds. */
  readonly endsS: number | null;
  /** The instance is to be kept: nothing expires. */
  readonly disarmed?: boolean;
}

export type LeaseExpiry = 'ended' | 'orphaned';

export const INITIAL_LEASE: LeaseState = {
  consumedS: 0,
  lastContactS: 0,
  orphanS: DEFAULT_ORPHAN_S,
  endsS: null,
  disarmed: false,
};

/** Takes a lease that arrived now. */
export function renewLease(state: LeaseState, lease: Lease): LeaseState {
  const { consumedS } = state;
  const disarmed = lease.disarmed ?? false;
  return { consumedS, lastContactS: consumedS, orphanS: lease.orphan_s, endsS: consumedS + lease.ends_in_s, disarmed };
}

/** Why the instance must go now; null while it may stay. */
export function leaseExpiry(state: LeaseState): LeaseExpiry | null {
  if (state.disarmed === true) return null;
  if (state.endsS !== null && state.consumedS >= state.endsS) return 'ended';
  return state.consumedS - state.lastContactS >= state.orphanS ? 'orphaned' : null;
}

/** Seconds until the lease runs out if nothing more is heard. */
export function leaseRemainingS(state: LeaseState): number {
  if (state.disarmed === true) return Number.POSITIVE_INFINITY;
  const orphaned = state.lastContactS + state.orphanS;
  return Math.min(orphaned, state.endsS ?? orphaned) - state.consumedS;
}

/** What has passed since the lease was stored: within one boot the monotonic clock went on, a new boot counts from its start. */
export function consumedSince(
  stored: { bootId: string; monoS: number },
  now: { bootId: string; monoS: number },
): number {
  return stored.bootId === now.bootId ? Math.max(0, now.monoS - stored.monoS) : now.monoS;
}

const StoredLease = Type.Object({
  boot_id: Type.String(),
  mono_s: Type.Number(),
  consumed_s: Type.Number({ minimum: 0 }),
  last_contact_s: Type.Number({ minimum: 0 }),
  orphan_s: Type.Number({ minimum: 1 }),
  ends_s: Type.Union([Type.Number(), Type.Null()]),
  disarmed: Type.Optional(Type.Boolean()),
});
type StoredLease = Static<typeof StoredLease>;

export interface LeaseKeeperDependencies {
  readonly path: string;
  readonly bootId: string;
  /** CLOCK_MONOTONIC_RAW, seconds since boot. */
  readonly monoS: () => number;
}

/** How stale the file may get: writing it at each contact would be a sync every few seconds for weeks. */
const PERSIST_EVERY_S = 60;

/** The lease of this instance, kept in a file. */
export class LeaseKeeper {
  readonly #deps: LeaseKeeperDependencies;
  #state: LeaseState;
  readonly #writes = new SequentialWork();
  #countedAtMonoS: number;
  #persisted: { readonly state: LeaseState; readonly atMonoS: number } | null = null;

  private constructor(deps: LeaseKeeperDependencies, state: LeaseState, nowMonoS: number) {
    this.#deps = deps;
    this.#state = state;
    this.#countedAtMonoS = nowMonoS;
  }

  static async open(deps: LeaseKeeperDependencies): Promise<LeaseKeeper> {
    const now = { bootId: deps.bootId, monoS: deps.monoS() };
    const stored = await readStateFile(deps.path);
    const state = Value.Check(StoredLease, stored) ? stateOf(stored, now) : INITIAL_LEASE;
    const keeper = new LeaseKeeper(deps, state, now.monoS);
    await keeper.persist();
    return keeper;
  }

  /** The state as of now. */
  get state(): LeaseState {
    const nowMonoS = this.#deps.monoS();
    this.#state = { ...this.#state, consumedS: this.#state.consumedS + Math.max(0, nowMonoS - this.#countedAtMonoS) };
    this.#countedAtMonoS = nowMonoS;
    return this.#state;
  }

  /** The controller was heard. */
  contact(): void {
    const state = this.state;
    this.#state = { ...state, lastContactS: state.consumedS };
  }

  async renew(lease: Lease): Promise<void> {
    this.#state = renewLease(this.state, lease);
    if (this.#isWorthPersisting()) await this.persist();
  }

  /** Also while nobody renews it: what an instance consumed while it was cut off must count after a reboot. */
  async persistWhenDue(): Promise<void> {
    const writtenAtMonoS = this.#persisted?.atMonoS ?? Number.NEGATIVE_INFINITY;
    if (this.#deps.monoS() - writtenAtMonoS >= PERSIST_EVERY_S) await this.persist();
  }

  /** One after another: the file is replaced by way of one temporary file. */
  persist(): Promise<void> {
    return this.#writes.run(() => this.#write());
  }

  async #write(): Promise<void> {
    const state = this.state;
    const stored: StoredLease = {
      boot_id: this.#deps.bootId,
      mono_s: this.#countedAtMonoS,
      consumed_s: state.consumedS,
      last_contact_s: state.lastContactS,
      orphan_s: state.orphanS,
      ends_s: state.endsS,
      disarmed: state.disarmed ?? false,
    };
    const atMonoS = this.#countedAtMonoS;
    await writeStateFile(this.#deps.path, stored);
    this.#persisted = { state, atMonoS };
  }

  #isWorthPersisting(): boolean {
    if (this.#persisted === null) return true;
    const { state, atMonoS } = this.#persisted;
    const moved = Math.abs((this.#state.endsS ?? 0) - (state.endsS ?? 0));
    if ((this.#state.disarmed ?? false) !== (state.disarmed ?? false)) return true;
    return moved > 5 || this.#state.orphanS !== state.orphanS || this.#countedAtMonoS - atMonoS >= PERSIST_EVERY_S;
  }
}

function stateOf(stored: StoredLease, now: { bootId: string; monoS: number }): LeaseState {
  const passedS = consumedSince({ bootId: stored.boot_id, monoS: stored.mono_s }, now);
  return {
    consumedS: stored.consumed_s + passedS,
    lastContactS: stored.last_contact_s,
    orphanS: stored.orphan_s,
    endsS: stored.ends_s,
    disarmed: stored.disarmed ?? false,
  };
}

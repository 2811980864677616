/**
 * The outbox while its disk is full: what cannot be written is held in memory, delivered from there, and written when there is room. Otherwise
 * nobody would be told of the full disk, and who was told would be told again every few seconds.
 */
import type { Notification } from './notification.ts';
import type { Delivery, DeliveryChange, Outbox } from './outbox.ts';

interface Held {
  readonly notification: Notification;
  readonly keys: readonly string[];
  /** By webhook. */
  readonly deliveries: readonly {
    readonly id: number;
    readonly webhook: string;
    change: DeliveryChange;
    attempts: number;
  }[];
}

export interface SteadfastOutboxDependencies {
  readonly log: { error(fields: object, message: string): void; info(fields: object, message: string): void };
}

/** Of more nobody would read; what is not held is told when there is room, if it still holds then. */
const MOST_HELD = 200;
/** SQLITE_IOERR (its low byte, which is what a quota or a lost disk gives) and SQLITE_FULL, sqlite3.h. */
const NO_ROOM: ReadonlySet<number> = new Set([10, 13]);

export class SteadfastOutbox implements Outbox {
  readonly #inner: Outbox;
  readonly #log: SteadfastOutboxDependencies['log'];
  #held: Held[] = [];
  readonly #settled = new Map<number, DeliveryChange>();
  readonly #postponed = new Map<string, number>();
  #lastId = 0;
  #isFull = false;

  constructor(inner: Outbox, { log }: SteadfastOutboxDependencies) {
    this.#inner = inner;
    this.#log = log;
  }

  known(): ReadonlySet<string> {
    if (this.#held.length === 0) return this.#inner.known();
    return new Set([...this.#inner.known(), ...this.#held.flatMap(({ keys }) => keys)]);
  }

  add(notification: Notification, keys: readonly string[], webhooks: readonly string[]): readonly number[] {
    const ids = this.#write(() => this.#inner.add(notification, keys, webhooks));
    if (ids !== null) return ids;
    if (this.#held.length >= MOST_HELD) return [];
    const change: DeliveryChange = { state: 'due', nextAt: notification.at };
    const deliveries = webhooks.map((webhook) => {
      this.#lastId -= 1;
      return { id: this.#lastId, webhook, change, attempts: 0 };
    });
    this.#held.push({ notification, keys, deliveries });
    return deliveries.map(({ id }) => id);
  }

  due(now: number, limit: number): readonly Delivery[] {
    this.#write(() => undefined);
    const isDue = (change: DeliveryChange | undefined, webhook: string) =>
      (change === undefined || (change.state === 'due' && (change.nextAt ?? 0) <= now)) &&
      (this.#postponed.get(webhook) ?? 0) <= now;
    const stored = this.#inner.due(now, limit).filter(({ id, webhook }) => isDue(this.#settled.get(id), webhook));
    const held = this.#held.flatMap(({ notification, deliveries }) =>
      deliveries
        .filter(({ change, webhook }) => isDue(change, webhook))
        .map(({ id, webhook, attempts }) => ({ id, webhook, notification, attempts, at: notification.at })),
    );
    return [...stored, ...held];
  }

  postpone(webhook: string, until: number): void {
    if (this.#write(() => this.#inner.postpone(webhook, until)) === null) this.#postponed.set(webhook, until);
  }

  settle(id: number, change: DeliveryChange): void {
    const held = this.#held.flatMap(({ deliveries }) => deliveries).find((one) => one.id === id);
    if (held !== undefined) {
      held.change = change;
      held.attempts += 1;
    } else if (this.#write(() => this.#inner.settle(id, change)) === null) this.#settled.set(id, change);
  }

  counts(): ReturnType<Outbox['counts']> {
    const counts = { ...this.#inner.counts() };
    for (const { change } of this.#held.flatMap(({ deliveries }) => deliveries)) counts[change.state] += 1;
    return counts;
  }

  prune(now: number): void {
    this.#write(() => this.#inner.prune(now));
  }

  close(): void {
    this.#write(() => undefined);
    this.#inner.close();
  }

  /** After what waits. Null: there is no room. */
  #write<T>(work: () => T): T | null {
    try {
      this.#catchUp();
      const done = work();
      if (this.#isFull && this.#held.length + this.#settled.size === 0) {
        this.#isFull = false;
        this.#log.info({}, 'notifications can be written again');
      }
      return done;
    } catch (error) {
      if (!isNoRoom(error)) throw error;
      if (!this.#isFull) {
        const text = 'notifications cannot be written: they are held in memory and delivered from there. Make room';
        this.#log.error({ err: error }, text);
      }
      this.#isFull = true;
      return null;
    }
  }

  #catchUp(): void {
    for (const [id, change] of this.#settled) {
      this.#inner.settle(id, change);
      this.#settled.delete(id);
    }
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) this.#writeHeld(first);
    for (const [webhook, until] of this.#postponed) {
      this.#inner.postpone(webhook, until);
      this.#postponed.delete(webhook);
    }
  }

  #writeHeld({ notification, keys, deliveries }: Held): void {
    const ids = this.#inner.add(
      notification,
      keys,
      deliveries.map(({ webhook }) => webhook),
    );
    this.#held = this.#held.slice(1);
    for (const [place, { change, attempts }] of deliveries.entries()) {
      const id = ids[place];
      if (id !== undefined && attempts > 0) this.#settled.set(id, change);
    }
    for (const [id, change] of this.#settled) {
      this.#inner.settle(id, change);
      this.#settled.delete(id);
    }
  }
}

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && NO_ROOM.has(Number(error.errcode) & 0xff);
}

/** Keeps a fault that flaps for weeks from filling the disk: each kind of event has a budget, and what was left out is counted. */
import { type EventKind, NS_PER_S } from '@ptp-tester/measurement';
import type { NoticedEvent } from '../source.ts';

export interface EventBudget {
  /** Events at once. */
  readonly burst: number;
  /** Then one in so many nanoseconds. */
  readonly everyNs: bigint;
}

/** Twelve at once and one in five minutes: 6,060 of a kind in three weeks, about 1.5 MB. */
const EVENT_BUDGET: EventBudget = { burst: 12, everyNs: 300n * BigInt(NS_PER_S) };

/** Of these there is one a life, or one for each change of the plan: they are never left out. */
const UNLIMITED: ReadonlySet<EventKind> = new Set([
  'epoch_started',
  'plan_reached',
  'measuring_finished',
  'lease_expired',
  'spool_repaired',
]);

/** Details that tell series of one kind apart. */
const KEY_FIELDS = ['stream', 'interface', 'state'] as const;
/** There are far fewer; a detail that makes up new ones must not cost memory. */
const MOST_KEYS = 200;

interface Bucket {
  tokens: number;
  filledAt: bigint;
  /** Left out since the last one told. */
  left: number;
  leftSinceNs: bigint;
  last: NoticedEvent | null;
}

export class EventLimiter {
  readonly #budget: EventBudget;
  readonly #buckets = new Map<string, Bucket>();

  constructor(budget: EventBudget = EVENT_BUDGET) {
    this.#budget = budget;
  }

  /** The event to record, or null when it is only counted. `nowNs`: CLOCK_MONOTONIC_RAW. */
  take(noticed: NoticedEvent, nowNs: bigint): NoticedEvent | null {
    if (UNLIMITED.has(noticed.event)) return noticed;
    const bucket = this.#bucketOf(noticed, nowNs);
    this.#fill(bucket, nowNs);
    if (bucket.tokens > 0) return told(bucket, noticed, nowNs);
    if (bucket.left === 0) bucket.leftSinceNs = nowNs;
    bucket.left += 1;
    bucket.last = noticed;
    return null;
  }

  /** What was left out and may be told now: the last one of each series, with the number it stands for. */
  due(nowNs: bigint): NoticedEvent[] {
    const events: NoticedEvent[] = [];
    for (const bucket of this.#buckets.values()) {
      this.#fill(bucket, nowNs);
      if (bucket.last !== null && bucket.tokens > 0) {
        bucket.left -= 1;
        events.push(told(bucket, bucket.last, nowNs));
      }
    }
    return events;
  }

  #bucketOf({ event, detail }: NoticedEvent, nowNs: bigint): Bucket {
    const fields = KEY_FIELDS.map((name) => detail[name]).filter((value) => typeof value === 'string');
    const wanted = [event, ...fields].join(' ');
    const key = this.#buckets.has(wanted) || this.#buckets.size < MOST_KEYS ? wanted : 'other';
    const known = this.#buckets.get(key);
    if (known !== undefined) return known;
    const created = { tokens: this.#budget.burst, filledAt: nowNs, left: 0, leftSinceNs: nowNs, last: null };
    this.#buckets.set(key, created);
    return created;
  }

  #fill(bucket: Bucket, nowNs: bigint): void {
    const { burst, everyNs } = this.#budget;
    const gained = (nowNs - bucket.filledAt) / everyNs;
    if (gained <= 0n) return;
    bucket.tokens = Math.min(burst, bucket.tokens + Number(gained));
    bucket.filledAt = bucket.tokens === burst ? nowNs : bucket.filledAt + gained * everyNs;
  }
}

function told(bucket: Bucket, noticed: NoticedEvent, nowNs: bigint): NoticedEvent {
  bucket.tokens -= 1;
  const { left, leftSinceNs } = bucket;
  bucket.left = 0;
  bucket.last = null;
  if (left <= 0) return noticed;
  const overS = Math.round(Number(nowNs - leftSinceNs) / NS_PER_S);
  return { ...noticed, detail: { ...noticed.detail, left_out: left, left_out_over_s: overS } };
}

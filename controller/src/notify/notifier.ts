/** Looks at the situation every few seconds, puts what is new into the outbox and has it delivered. */
import type { NotifyConfig } from '../config/notify-config.ts';
import { decideNotifications } from './decide-notifications.ts';
import { groupNotifications } from './group-notifications.ts';
import type { DeliveryState, Outbox } from './outbox.ts';
import type { Situation } from './situation.ts';
import { deliverDue, type SenderDependencies } from './webhook-sender.ts';

const LOOK_EVERY_MS = 5000;
const PRUNE_EVERY_MS = 3_600_000;

export interface NotifierOptions {
  readonly config: NotifyConfig;
  readonly controllerId: string;
}

export interface NotifierDependencies extends SenderDependencies {
  readonly outbox: Outbox;
  situation(): Situation;
  /** Calls back after `ms`; the returned function takes that back. */
  schedule(callback: () => void, ms: number): () => void;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #deps: NotifierDependencies;
  readonly #ending = new AbortController();
  #cancel: () => void = () => undefined;
  #working: Promise<void> = Promise.resolve();
  #prunedAt = 0;

  constructor(options: NotifierOptions, dependencies: NotifierDependencies) {
    this.#options = options;
    this.#deps = dependencies;
  }

  start(): void {
    this.#working = this.#turn();
  }

  /** Looks and delivers once more, so that the end of a run is told before a short-lived controller goes. Waits at most `ms`. */
  async flush(ms: number): Promise<void> {
    this.#cancel();
    const late = this.#deps.schedule(() => this.#ending.abort(), ms);
    await this.#working;
    this.#cancel();
    await this.#look();
    late();
  }

  /** Deliveries by state. */
  counts(): Readonly<Record<DeliveryState, number>> {
    return this.#deps.outbox.counts();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#cancel();
    await this.#working;
    this.#deps.outbox.close();
  }

  async #turn(): Promise<void> {
    await this.#look();
    if (this.#ending.signal.aborted) return;
    this.#cancel = this.#deps.schedule(() => {
      this.#working = this.#turn();
    }, LOOK_EVERY_MS);
  }

  /** A failure of one look must not end the next ones: the store of notifications may be back by then. */
  async #look(): Promise<void> {
    const { outbox, now } = this.#deps;
    const { config, controllerId } = this.#options;
    const sender = { webhooks: config.webhooks, controllerId };
    // What was told already is delivered, also where nothing new can be told.
    await this.#try(() => this.#tell());
    await this.#try(() => deliverDue(outbox, sender, { ...this.#deps, signal: this.#ending.signal }));
    if (now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = now();
    await this.#try(() => outbox.prune(now()));
  }

  async #try(work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (err) {
      this.#deps.log.error({ err }, 'notifications could not be looked after; tried again in some seconds');
    }
  }

  #tell(): void {
    const { outbox } = this.#deps;
    const { webhooks, silentAfterS, diskFullWithinS } = this.#options.config;
    const rules = { silentAfterMs: silentAfterS * 1000, diskAheadMs: diskFullWithinS * 1000 };
    const fresh = decideNotifications(this.#deps.situation(), rules, outbox.known());
    for (const { notification, keys } of groupNotifications(fresh)) {
      const readers = webhooks.filter(({ kinds }) => kinds === null || kinds.includes(notification.kind));
      outbox.add(
        notification,
        keys,
        readers.map(({ name }) => name),
      );
    }
  }
}

/** Delivers what lies in the outbox: one request at a time to each webhook, tried again until it is taken or a day has gone. */
import type { WebhookConfig } from '../config/notify-config.ts';
import { type DeliveryAnswer, judgeAnswer } from './delivery-answer.ts';
import type { Notification } from './notification.ts';
import type { Delivery, Outbox } from './outbox.ts';
import { webhookBody } from './webhook-body.ts';

const TIMEOUT_MS = 10_000;
const GIVEN_UP_AFTER_MS = 24 * 3_600_000;
/** Of each webhook, in one turn. */
const AT_ONCE = 20;

export interface SenderLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface SenderDependencies {
  readonly fetch: typeof globalThis.fetch;
  readonly log: SenderLog;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Sender {
  readonly webhooks: readonly WebhookConfig[];
  readonly controllerId: string;
}

/** One request. Never throws for what the other side does; redirects are not followed, a token must not wander. */
async function postWebhook(
  webhook: WebhookConfig,
  notification: Notification,
  { controllerId, fetch, signal }: { controllerId: string; fetch: typeof globalThis.fetch; signal: AbortSignal },
): Promise<DeliveryAnswer> {
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...webhook.headers },
      body: webhookBody(webhook.format, notification, controllerId),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body?.cancel();
    return { kind: 'status', status: response.status, retryAfter: response.headers.get('retry-after') };
  } catch (error) {
    return { kind: 'failure', reason: reasonOf(error) };
  }
}

/** Without the URL, which may be a secret: undici's messages name the cause only. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'TimeoutError') return `did not answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error.cause;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.name;
}

/** Everything that is due now. */
export async function deliverDue(
  outbox: Outbox,
  { webhooks, controllerId }: Sender,
  deps: SenderDependencies & { readonly signal: AbortSignal },
): Promise<void> {
  const due = Map.groupBy(outbox.due(deps.now(), AT_ONCE), ({ webhook }) => webhook);
  await Promise.all(
    [...due].map(async ([name, deliveries]) => {
      const webhook = webhooks.find((one) => one.name === name);
      for (const delivery of deliveries) {
        const goesOn =
          webhook === undefined
            ? forget(outbox, delivery)
            : await deliver(outbox, delivery, { webhook, controllerId, deps });
        if (!goesOn) return;
      }
    }),
  );
}

function forget(outbox: Outbox, { id }: Delivery): true {
  outbox.settle(id, { state: 'given_up', error: 'this webhook is not configured any more' });
  return true;
}

interface DeliveryContext {
  readonly webhook: WebhookConfig;
  readonly controllerId: string;
  readonly deps: SenderDependencies & { readonly signal: AbortSignal };
}

/** False: it ends, or this webhook does not take anything now. */
async function deliver(outbox: Outbox, delivery: Delivery, context: DeliveryContext): Promise<boolean> {
  const { webhook, controllerId, deps } = context;
  if (deps.signal.aborted) return false;
  const answer = await postWebhook(webhook, delivery.notification, { controllerId, ...deps });
  // What was cut off by our own end is tried again after the next start.
  return !deps.signal.aborted && settle(outbox, delivery, { answer, deps });
}

/** False: this webhook does not take anything now. */
function settle(
  outbox: Outbox,
  delivery: Delivery,
  { answer, deps }: { readonly answer: DeliveryAnswer; readonly deps: SenderDependencies },
): boolean {
  const { id, webhook, notification, attempts } = delivery;
  const verdict = judgeAnswer(answer, attempts + 1);
  const about = { webhook, kind: notification.kind, run: notification.run, attempt: attempts + 1 };
  if (verdict.kind === 'delivered') {
    outbox.settle(id, { state: 'delivered' });
    deps.log.info(about, 'notification delivered');
    return true;
  }
  if (verdict.kind === 'refused') {
    outbox.settle(id, { state: 'refused', error: verdict.reason });
    deps.log.error(
      { ...about, reason: verdict.reason },
      'the webhook refused a notification: check its url and headers',
    );
    return true;
  }
  if (deps.now() - delivery.at > GIVEN_UP_AFTER_MS) {
    outbox.settle(id, { state: 'given_up', error: verdict.reason });
    deps.log.error({ ...about, reason: verdict.reason }, 'a notification could not be delivered for a day: given up');
    return false;
  }
  const nextAt = deps.now() + verdict.inMs;
  outbox.settle(id, { state: 'due', nextAt, error: verdict.reason });
  // What came later waits behind it: in order, and without a request of its own to a server that is down.
  outbox.postpone(webhook, nextAt);
  deps.log.warn(
    { ...about, reason: verdict.reason, retry_in_ms: verdict.inMs },
    'a notification was not delivered yet',
  );
  return false;
}

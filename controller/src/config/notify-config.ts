/** The file that says who is told what: webhooks and from when on silence and a filling disk are told. */
import Type from 'typebox';
import { ConfigError } from './config-error.ts';
import { configParser } from './config-file.ts';
import { parseDuration } from './duration.ts';

const closed = { additionalProperties: false } as const;

/** What people are told: each kind by its name, as in the webhook's body. */
export const NOTIFICATION_KINDS = [
  'run_ended',
  'run_paused',
  'left_behind',
  'criterion_failed',
  'instance_failed',
  'instance_silent',
  'instance_back',
  'disk_filling',
  'store_failing',
] as const;

const Webhook = Type.Object(
  {
    name: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$', description: 'How logs and metrics name it' }),
    ),
    url: Type.String({ pattern: '^https?://[^\\s/?#]+\\S*$', maxLength: 2048, description: 'http(s)://...; a secret' }),
    format: Type.Optional(
      Type.Enum(['json', 'slack'], { description: 'json (default), or what Slack and what imitates it read' }),
    ),
    kinds: Type.Optional(Type.Array(Type.Enum([...NOTIFICATION_KINDS]), { minItems: 1, description: 'Default: all' })),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]+$' }), Type.String({ maxLength: 4096 }), {
        description: 'Sent along, for example Authorization; secrets',
      }),
    ),
  },
  closed,
);

const NotifyFile = Type.Object(
  {
    webhooks: Type.Array(Webhook, { minItems: 1, maxItems: 20 }),
    silent_after: Type.Optional(Type.String({ description: 'No word of an agent for so long is told: 5m' })),
    disk_full_within: Type.Optional(Type.String({ description: 'The disk would be full so soon: 3d' })),
  },
  closed,
);

export interface WebhookConfig {
  readonly name: string;
  readonly url: string;
  readonly format: 'json' | 'slack';
  /** Null: all. */
  readonly kinds: readonly string[] | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface NotifyConfig {
  readonly webhooks: readonly WebhookConfig[];
  readonly silentAfterS: number;
  readonly diskFullWithinS: number;
}

const DEFAULTS = { silent_after: '5m', disk_full_within: '3d' } as const;
const parseFile = configParser(NotifyFile);

/** Throws ConfigError with every fault; the values of URLs and headers are in no message. */
export function parseNotifyConfig(name: string, content: string): NotifyConfig {
  const file = parseFile(name, content);
  const seconds = (key: keyof typeof DEFAULTS) => {
    const text = file[key] ?? DEFAULTS[key];
    return { key, text, value: parseDuration(text) };
  };
  const [silent, disk] = [seconds('silent_after'), seconds('disk_full_within')];
  const webhooks = file.webhooks.map((webhook, position) => ({
    name: webhook.name ?? `webhook-${position + 1}`,
    url: webhook.url,
    format: webhook.format ?? 'json',
    kinds: webhook.kinds ?? null,
    headers: webhook.headers ?? {},
  }));
  const problems = [silent, disk]
    .filter(({ value }) => value === null)
    .map(({ key, text }) => ({
      field: `${name}: ${key}`,
      reason: `"${text}" is not a length of time such as 5m or 3d`,
    }));
  for (const [position, { url }] of file.webhooks.entries()) {
    // Such a request can never be sent, and would be tried for a day.
    const isUsable = URL.canParse(url) && new URL(url).username === '' && new URL(url).password === '';
    const reason = 'is no URL, or has user:password@ in it, which belongs into headers (Authorization)';
    if (!isUsable) problems.push({ field: `${name}: webhooks.${position}.url`, reason });
  }
  const names = webhooks.map((webhook) => webhook.name);
  const double = names.find((one, position) => names.indexOf(one) !== position);
  if (double !== undefined) problems.push({ field: `${name}: webhooks`, reason: `two are named "${double}"` });
  if (problems.length > 0 || silent.value === null || disk.value === null) throw new ConfigError(problems);
  return { webhooks, silentAfterS: silent.value, diskFullWithinS: disk.value };
}

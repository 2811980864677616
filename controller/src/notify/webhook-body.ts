/** The body of a webhook's request: our own JSON, or what Slack and what imitates it read (pure). */
import type { Notification } from './notification.ts';

export type WebhookFormat = 'json' | 'slack';

const MARKS: Readonly<Record<Notification['severity'], string>> = {
  info: ':white_check_mark:',
  warning: ':warning:',
  error: ':red_circle:',
};
/** Slack refuses longer section texts. */
const SLACK_TEXT_LIMIT = 2900;

/** JSON text. `controllerId` tells which controller speaks where several write to one channel. */
export function webhookBody(format: WebhookFormat, notification: Notification, controllerId: string): string {
  return JSON.stringify(format === 'slack' ? slackBody(notification) : jsonBody(notification, controllerId));
}

function jsonBody(notification: Notification, controllerId: string) {
  const { kind, key, severity, at, run, instanceId, title, text, detail, simulated } = notification;
  return {
    version: 1,
    controller: controllerId,
    kind,
    key,
    severity,
    at: new Date(at).toISOString(),
    run,
    instance_id: instanceId,
    title,
    text,
    detail,
    simulated,
  };
}

/** `text` is what notifications and old clients show; the block is what the channel shows. */
function slackBody({ severity, title, text, simulated }: Notification) {
  const mark = simulated ? 'SIMULATED ' : '';
  const body = escapeSlack(text);
  const cut = body.length > SLACK_TEXT_LIMIT ? `${body.slice(0, SLACK_TEXT_LIMIT)} ...` : body;
  const section = { type: 'section', text: { type: 'mrkdwn', text: `*${mark}${escapeSlack(title)}*\n${cut}` } };
  return { text: `${MARKS[severity]} ${mark}${escapeSlack(title)}`, blocks: [section] };
}

/** The three characters that Slack's mrkdwn gives a meaning (Slack: "Formatting text", escaping). */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

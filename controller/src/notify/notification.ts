/** What people are told through webhooks: one notification with its identity. */
import type { JsonValue } from '@ptp-tester/measurement';
import type { NOTIFICATION_KINDS } from '../config/notify-config.ts';
import type { RunId } from '../runs/run.ts';

export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export type NotificationSeverity = 'info' | 'warning' | 'error';

export interface Notification {
  readonly kind: NotificationKind;
  /** Its identity: what was told under this key is not told again, also after a restart. */
  readonly key: string;
  readonly severity: NotificationSeverity;
  /** Milliseconds since 1970, controller's clock. */
  readonly at: number;
  readonly run: RunId | null;
  readonly instanceId: string | null;
  /** One line. */
  readonly title: string;
  /** What happened, and what to do. */
  readonly text: string;
  readonly detail: { readonly [key: string]: JsonValue };
  /** It speaks of a simulated PHC. */
  readonly simulated: boolean;
}

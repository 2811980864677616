/** Many notifications of one kind and run at once become one, so that an outage of hundreds of instances is one message (pure). */
import type { Notification } from './notification.ts';

/** More than this of one kind and run at once are told together. */
const MOST_SINGLE = 5;
const MOST_NAMED = 10;

export interface NotificationGroup {
  readonly notification: Notification;
  /** The keys that it tells, its own among them or not. */
  readonly keys: readonly string[];
}

export function groupNotifications(notifications: readonly Notification[]): readonly NotificationGroup[] {
  const single = [...Map.groupBy(notifications, subjectOf).values()].map(oneSubject);
  const groups = Map.groupBy(single, ({ notification: { kind, run } }) => `${kind}/${run ?? ''}`);
  return [...groups.values()].flatMap((group) =>
    group.length <= MOST_SINGLE
      ? group
      : [
          {
            notification: together(group.map(({ notification }) => notification)),
            keys: group.flatMap(({ keys }) => keys),
          },
        ],
  );
}

/** Criteria that one instance breaks at once mostly have one cause. */
function subjectOf({ kind, run, instanceId, key }: Notification): string {
  return kind === 'criterion_failed' ? `${kind}/${run}/${instanceId}` : key;
}

function oneSubject(group: readonly Notification[]): NotificationGroup {
  const [first] = group;
  if (first === undefined) throw new RangeError('an empty group');
  const keys = group.map(({ key }) => key);
  if (group.length === 1) return { notification: first, keys };
  const title = `${first.title}, and ${group.length - 1} more`;
  const text = group.map((one) => `- ${String(one.detail['criterion'])}: ${one.text}`).join('\n');
  const detail = { ...first.detail, criteria: group.map((one) => one.detail['criterion'] ?? null) };
  return { notification: { ...first, title, text, detail }, keys };
}

function together(group: readonly Notification[]): Notification {
  const [first] = group;
  if (first === undefined) throw new RangeError('an empty group');
  const named = group.slice(0, MOST_NAMED).map(({ title }) => `- ${title}`);
  const more = group.length > MOST_NAMED ? [`- and ${group.length - MOST_NAMED} more`] : [];
  return {
    ...first,
    key: `${first.key}/and-${group.length - 1}-more`,
    instanceId: null,
    title: `${first.run ?? 'controller'}: ${first.kind.replaceAll('_', ' ')}, ${group.length} times at once`,
    text: [...named, ...more].join('\n'),
    detail: { count: group.length, instance_ids: group.flatMap(({ instanceId }) => instanceId ?? []) },
  };
}

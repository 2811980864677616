/** What people are told about the instances of a run (pure): failed, silent and back, a criterion that fails. */
import { formatDuration } from '../config/duration.ts';
import { instanceName } from '../runs/instance-name.ts';
import type { InstanceRecord, InstanceState } from '../runs/run.ts';
import type { NotificationRules } from './decide-notifications.ts';
import type { Notification } from './notification.ts';
import type { RunSituation, Situation } from './situation.ts';

interface InstanceContext {
  readonly situation: Pick<Situation, 'now' | 'startedAt'>;
  readonly rules: NotificationRules;
  readonly known: ReadonlySet<string>;
}

/** An agent is expected to talk in these. */
const TALKING: ReadonlySet<InstanceState> = new Set(['enrolled', 'measuring']);
/** An instance that comes and goes is not told about for ever. */
const MOST_SILENCES = 10;

/** Many instances at once become one notification in the outbox, so each is said for itself here. */
export function decideInstanceNotifications(about: RunSituation, context: InstanceContext): Notification[] {
  return about.instances.flatMap((instance) => [
    ...decideFailure(about, instance, context),
    ...decideContact(about, instance, context),
    ...decideCriteria(about, instance, context),
  ]);
}

/** `c7i.large-2 (i-0abc)`. */
function nameOf(instance: InstanceRecord): string {
  const { instanceId } = instance;
  return `${instanceName(instance)}${instanceId === null ? '' : ` (${instanceId})`}`;
}

function baseOf({ run }: RunSituation, instance: InstanceRecord, { situation }: InstanceContext) {
  const simulated = run.spec.sources.phc?.simulated !== undefined;
  return { at: situation.now, run: run.id, instanceId: instance.instanceId, simulated };
}

function decideFailure(about: RunSituation, instance: InstanceRecord, context: InstanceContext): Notification[] {
  const { failure } = instance;
  if (failure === null || about.run.state === 'ended') return [];
  return [
    {
      ...baseOf(about, instance, context),
      kind: 'instance_failed',
      key: `instance_failed/${about.run.id}/${instance.index}/${instance.attempt}`,
      severity: 'error',
      title: `${about.run.id}: ${nameOf(instance)} failed: ${failure.kind}`,
      text: failure.message,
      detail: { failure: failure.kind, index: instance.index },
    },
  ];
}

function decideContact(about: RunSituation, instance: InstanceRecord, context: InstanceContext): Notification[] {
  const { instanceId, state } = instance;
  if (instanceId === null || !TALKING.has(state)) return [];
  const { situation, rules, known } = context;
  const agent = about.agents.get(instanceId);
  const path = `${about.run.id}/${instanceId}`;
  const silences = countSilences(path, known);
  const isOpen = silences > 0 && !known.has(`instance_back/${path}/${silences}`);
  const lastAt = Math.max(agent?.lastContactAt ?? 0, situation.startedAt);
  const silentMs = situation.now - lastAt;
  const isSilent = agent?.connected !== true && silentMs >= rules.silentAfterMs;
  const base = { ...baseOf(about, instance, context), detail: { index: instance.index, silent_ms: silentMs } };
  if (isSilent && !isOpen && silences < MOST_SILENCES) {
    const last =
      silences + 1 === MOST_SILENCES ? ' It has come and gone often: no more is said about it in this run.' : '';
    const text = `Nothing was heard for ${formatDuration(silentMs / 1000)}. Its samples stay in its spool; it powers itself off ${formatDuration(about.run.spec.timeouts.orphanS)} after its last contact.${last}`;
    const title = `${about.run.id}: ${nameOf(instance)} is silent`;
    const key = `instance_silent/${path}/${silences + 1}`;
    return [{ ...base, kind: 'instance_silent', key, severity: 'error', title, text }];
  }
  if (!isOpen || agent?.connected !== true) return [];
  const title = `${about.run.id}: ${nameOf(instance)} is back`;
  const text = 'It delivers what it measured meanwhile.';
  return [{ ...base, kind: 'instance_back', key: `instance_back/${path}/${silences}`, severity: 'info', title, text }];
}

function countSilences(path: string, known: ReadonlySet<string>): number {
  let count = 0;
  while (known.has(`instance_silent/${path}/${count + 1}`)) count += 1;
  return count;
}

function decideCriteria(about: RunSituation, instance: InstanceRecord, context: InstanceContext): Notification[] {
  return about.failedCriteria
    .filter(({ instanceId }) => instanceId === instance.instanceId)
    .map(({ name, key, reason }) => ({
      ...baseOf(about, instance, context),
      kind: 'criterion_failed',
      key: `criterion_failed/${about.run.id}/${instance.index}/${name}/${key}`,
      severity: 'error',
      title: `${about.run.id}: ${nameOf(instance)} fails ${name}${key === '' ? '' : ` of ${key}`}`,
      text: reason,
      detail: { criterion: name, index: instance.index },
    }));
}

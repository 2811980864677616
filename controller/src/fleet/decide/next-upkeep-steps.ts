/** What goes on beside a run's course (pure): who is silent, what AWS announces, and the sign that the controller lives. */
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord } from '../../runs/run.ts';
import type { FleetView, InstanceStep, RunStep, Step } from './fleet-view.ts';
import { healthEvidence } from './indexed-view.ts';

const KEEPING: ReadonlySet<string> = new Set(['keeping', 'kept']);

/** For how long nothing was heard of an agent, ms; a controller that was away must first give it time to come back. */
function silentMs({ agents, memory, now }: FleetView, instance: InstanceRecord): number {
  const agent = agents.get(instance.instanceId ?? '');
  if (agent?.connected === true) return 0;
  return now - Math.max(agent?.lastContactAt ?? 0, memory.startedAt);
}

/** A measuring instance: silence is an event, and after long enough a failure. Its agent goes on measuring meanwhile. */
export function watchContact(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  const { silentS, goneS } = fleetSpecOf(view.run.spec);
  const givenUpS = goneS ?? view.run.spec.timeouts.orphanS;
  const silent = silentMs(view, instance);
  const step = { index: instance.index, from: instance.state };
  const evidence = healthEvidence(view, instance);
  if (silent > givenUpS * 1000) {
    const failure = { kind: 'agent_gone', message: `nothing was heard of the agent for ${givenUpS} s` };
    return [{ kind: 'fail', ...step, failure, evidence, withConsole: true }];
  }
  // Each silence is told: the last contact tells one from the next.
  const key = `silent ${instance.index} ${view.agents.get(instance.instanceId ?? '')?.lastContactAt ?? 0}`;
  if (silent <= silentS * 1000 || view.memory.told.has(key)) return [];
  const detail = { index: instance.index, silent_s: silentS, evidence };
  return [{ kind: 'tell', ...step, key, event: 'instance_silent', detail }];
}

function tellHealth(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  const health = view.health.get(instance.instanceId ?? '');
  if (health === undefined) return [];
  const { index, state } = instance;
  const impaired = health.systemStatus === 'impaired' || health.instanceStatus === 'impaired';
  const steps: InstanceStep[] = health.scheduledEvents.map(({ code, text, notBefore }) => ({
    kind: 'tell',
    index,
    from: state,
    key: `maintenance ${index} ${code} ${notBefore}`,
    event: 'maintenance_scheduled',
    detail: { index, code, text, not_before: notBefore },
  }));
  if (impaired) {
    const detail = { index, system_status: health.systemStatus, instance_status: health.instanceStatus };
    steps.push({ kind: 'tell', index, from: state, key: `impaired ${index}`, event: 'instance_impaired', detail });
  }
  return steps.filter((step) => step.kind === 'tell' && !view.memory.told.has(step.key));
}

/** Without it a sweep from elsewhere would take the run for orphaned. */
function heartbeat({ instances, observed, groups, memory, policy, now }: FleetView): RunStep[] {
  if (now - memory.heartbeatAt <= policy.heartbeatEveryMs || observed === 'unknown') return [];
  // What is kept, or about to be, has lost this tag for good.
  const leaving = new Set(instances.filter(({ state }) => KEEPING.has(state)).map(({ instanceId }) => instanceId));
  const living = observed.filter(({ state, instanceId }) => state === 'running' && !leaving.has(instanceId));
  const all = groups === 'unknown' ? [] : [...groups.securityGroups, ...groups.placementGroups];
  const own = leaving.size > 0 ? [] : all;
  const resourceIds = [...living.map(({ instanceId }) => instanceId), ...own.map(({ groupId }) => groupId)];
  return resourceIds.length === 0 ? [] : [{ kind: 'heartbeat', resourceIds }];
}

export function nextUpkeepSteps(view: FleetView): Step[] {
  return [...view.instances.flatMap((instance) => tellHealth(view, instance)), ...heartbeat(view)];
}

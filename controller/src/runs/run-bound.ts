/** How long an instance of a run may live: every phase at its time-out. Lease, dead-man's switch and tags all follow from here (pure). */
import { fleetSpecOf, hasCanary, instanceCount, isMetal } from './fleet-spec.ts';
import type { RunSpec } from './run.ts';

/** Slack between the end of the lease and the dead-man's switch: the agent's orderly end comes first. */
const SWITCH_SLACK_S = 300;

/** From RunInstances to `running`, for this type. */
export function launchTimeoutS(spec: RunSpec, instanceType: string): number {
  return isMetal(instanceType) ? Math.max(spec.timeouts.launchS, fleetSpecOf(spec).metalS) : spec.timeouts.launchS;
}

/** From `running` to the first stored sample, for this type. */
export function agentTimeoutS(spec: RunSpec, instanceType: string): number {
  return isMetal(instanceType) ? Math.max(spec.timeouts.agentS, fleetSpecOf(spec).metalS) : spec.timeouts.agentS;
}

/** The run's instances wait for the slowest of them, and a canary goes before all. */
function startS(spec: RunSpec): number {
  const slowest = spec.instanceTypes.map(({ type }) => launchTimeoutS(spec, type) + agentTimeoutS(spec, type));
  return Math.max(0, ...slowest) * (hasCanary(spec) ? 2 : 1);
}

/** From the end of the soak to every instance gone or kept. */
export function endPhasesS(spec: RunSpec): number {
  const { finishS, terminateS } = spec.timeouts;
  const { keep, keepDecisionS, keepS } = fleetSpecOf(spec);
  const askS = keep === 'ask' ? keepDecisionS : 0;
  return finishS + askS + (keep === 'none' ? 0 : keepS) + terminateS;
}

/** The longest that one instance can be of use, from its launch; `maxLifetimeS` may cut it short. */
export function wholeLifeS(spec: RunSpec): number {
  const wholeS = startS(spec) + spec.durationS + endPhasesS(spec);
  return Math.min(wholeS, fleetSpecOf(spec).maxLifetimeS ?? wholeS);
}

/** When the dead-man's switch ends an instance, seconds of consumed uptime: with room for extending the soak. `maxLifetimeS` is a promise: nothing on top of it. */
export function switchLifeS(spec: RunSpec): number {
  const { maxLifetimeS, extendRoomS } = fleetSpecOf(spec);
  const withSlackS = wholeLifeS(spec) + extendRoomS + SWITCH_SLACK_S;
  return maxLifetimeS === null ? withSlackS : Math.min(withSlackS, maxLifetimeS);
}

/** After this nothing of the run has a reason to exist, seconds from its creation: the launch itself may come late. */
export function expiryS(spec: RunSpec): number {
  return startS(spec) + switchLifeS(spec);
}

/** What the run costs at most if all goes well, and if every phase takes as long as it may; instance-hours. */
export function estimateInstanceHours(spec: RunSpec): { readonly typical: number; readonly atMost: number } {
  const instances = instanceCount(spec);
  return { typical: (instances * spec.durationS) / 3600, atMost: (instances * switchLifeS(spec)) / 3600 };
}

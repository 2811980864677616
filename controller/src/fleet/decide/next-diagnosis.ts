/** Whether an instance is to be looked into through SSM now (pure). It never changes what becomes of the instance, and holds it up for a bounded time. */
import { fleetSpecOf } from '../../runs/fleet-spec.ts';
import type { InstanceRecord } from '../../runs/run.ts';
import type { FleetView, InstanceStep } from './fleet-view.ts';

/** How the evidence begins: whoever finds it after a restart does not ask again. */
export const SSM_EVIDENCE = 'SSM diagnostics';

/** Null: it is not wanted, it is done, or it took too long. */
export function nextDiagnosis(view: FleetView, instance: InstanceRecord): InstanceStep | null {
  if (!fleetSpecOf(view.run.spec).ssmDiagnostics || instance.instanceId === null) return null;
  if (instance.evidence?.some((line) => line.startsWith(SSM_EVIDENCE)) === true) return null;
  const begun = view.memory.diagnoses.get(instance.index);
  if (begun?.isDone === true) return null;
  if (begun !== undefined && view.now - begun.startedAt > view.policy.diagnoseMs) return null;
  return { kind: 'diagnose', index: instance.index, from: instance.state };
}

/** The instance measures on, beside it. */
export function diagnoseFailedSetup(view: FleetView, instance: InstanceRecord): InstanceStep[] {
  const setup = instance.verdict?.setup.value;
  if (setup !== 'failed' && setup !== 'rolled_back') return [];
  const step = nextDiagnosis(view, instance);
  return step === null ? [] : [step];
}

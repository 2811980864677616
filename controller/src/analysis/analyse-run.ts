/** A whole run as plain data: each instance, each type, and the run's own verdict. Deterministic: the time comes in. */
import type { AxisVerdict, Quality } from '@ptp-tester/measurement';
import type { CriteriaConfig } from '../config/criteria.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { AwsCall, ControllerEvent } from '../runs/run-repository.ts';
import {
  type AnalysedEvent,
  type AnalysisReader,
  analyseInstance,
  fromController,
  type InstanceAnalysis,
} from './analyse-instance.ts';
import { type BoundedList, bounded } from './bounded-list.ts';
import {
  countVerdicts,
  describeCounts,
  type JudgedInstance,
  type TypeVerdict,
  type VerdictCounts,
  verdictsByType,
  worstQuality,
} from './verdict.ts';

export interface RunInput {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly controllerEvents: readonly ControllerEvent[];
  readonly awsCalls: readonly AwsCall[];
  /** Null when the run never stored anything. */
  readonly reader: AnalysisReader | null;
  /** The criteria that the user wrote; null or absent = the default profile. */
  readonly criteria?: CriteriaConfig | null;
}

/** The calls of one API action. */
interface AwsCallSummary {
  readonly action: string;
  readonly calls: number;
  readonly failed: number;
  /** Tries of the SDK, at least one for each call. */
  readonly attempts: number;
  readonly longestMs: number;
  /** Error codes and how often they came. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface RunAnalysis {
  readonly run: Run;
  readonly simulated: boolean;
  readonly counts: VerdictCounts;
  readonly quality: AxisVerdict<Quality>;
  readonly sentence: string;
  readonly types: readonly TypeVerdict[];
  readonly instances: readonly InstanceAnalysis[];
  /** Events that concern no single instance. */
  readonly runEvents: BoundedList<AnalysedEvent>;
  readonly awsCalls: readonly AwsCallSummary[];
}

export function analyseRun(input: RunInput): RunAnalysis {
  const { run, reader, controllerEvents, criteria = null } = input;
  const instances = input.instances.map((instance) =>
    analyseInstance(instance, { run, reader, controllerEvents, criteria }),
  );
  const judged: JudgedInstance[] = instances.map(({ instance, verdict, simulated }) => ({
    instanceType: instance.instanceType,
    typeIndex: instance.typeIndex,
    verdict,
    simulated,
    availabilityZone: instance.facts?.availability_zone ?? null,
  }));
  const counts = countVerdicts(judged);
  const simulated = judged.some((instance) => instance.simulated);
  return {
    run,
    simulated,
    counts,
    quality: worstQuality(judged),
    sentence: `${simulated ? 'SIMULATED: ' : ''}${describeCounts(counts)}`,
    types: verdictsByType(judged),
    instances,
    runEvents: bounded(controllerEvents.filter((event) => event.instanceId === null).map(fromController)),
    awsCalls: summariseCalls(input.awsCalls),
  };
}

function summariseCalls(calls: readonly AwsCall[]): AwsCallSummary[] {
  const actions = [...new Set(calls.map(({ action }) => action))].sort();
  return actions.map((action) => {
    const ofAction = calls.filter((call) => call.action === action);
    const failed = ofAction.filter((call) => call.result !== 'ok');
    const errors: Record<string, number> = {};
    for (const { result } of failed) errors[result] = (errors[result] ?? 0) + 1;
    return {
      action,
      calls: ofAction.length,
      failed: failed.length,
      attempts: ofAction.reduce((sum, call) => sum + call.attempts, 0),
      longestMs: ofAction.reduce((longest, call) => Math.max(longest, call.durationMs), 0),
      errors,
    };
  });
}

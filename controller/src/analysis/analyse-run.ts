/** A whole run as plain data: each instance, each type, and the run's own verdict. Deterministic: the time comes in. */
import type { AxisVerdict, Quality } from '@ptp-tester/measurement';
import type { CriteriaConfig } from '../config/criteria.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { AwsCallTotal, ControllerEvent } from '../runs/run-repository.ts';
import {
  type AnalysedEvent,
  type AnalysisReader,
  analyseInstance,
  fromController,
  type InstanceAnalysis,
  type RunData,
} from './analyse-instance.ts';
import { type BoundedList, bounded } from './bounded-list.ts';
import {
  countVerdicts,
  decidedCriteria,
  describeCounts,
  type JudgedInstance,
  type OffsetSize,
  type TypeVerdict,
  type VerdictCounts,
  verdictsByType,
  worstQuality,
} from './verdict.ts';

export interface RunInput {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  readonly controllerEvents: readonly ControllerEvent[];
  readonly awsCalls: readonly AwsCallTotal[];
  /** Null when the run never stored anything. */
  readonly reader: AnalysisReader | null;
  /** Ids of the availability zones by their names in this account; a zone without one goes by its name. */
  readonly zoneIds?: ReadonlyMap<string, string>;
  /** Other criteria than those that the run was started with, to judge it anew; null or absent = those. */
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
  const data = runData(input);
  return summariseRun(
    input,
    input.instances.map((instance) => analyseInstance(instance, data)),
  );
}

/** What each instance is analysed with. */
export function runData({ run, reader, controllerEvents, criteria }: RunInput): RunData {
  return { run, reader, controllerEvents, criteria: criteria ?? run.spec.criteria ?? null };
}

/** The run from its analysed instances, which are in the order of the input's. */
export function summariseRun(input: Omit<RunInput, 'reader'>, instances: readonly InstanceAnalysis[]): RunAnalysis {
  const { run, controllerEvents } = input;
  const judged: JudgedInstance[] = instances.map(({ instance, verdict, simulated, quality, series }) => ({
    instanceType: instance.instanceType,
    typeIndex: instance.typeIndex,
    verdict,
    simulated,
    availabilityZone: zoneOf(instance.facts?.availability_zone ?? null, input.zoneIds),
    criteria: decidedCriteria(quality.criteria),
    offset: offsetSize(series),
  }));
  const counts = countVerdicts(judged);
  const simulated = judged.some((instance) => instance.simulated);
  return {
    run,
    simulated,
    counts,
    quality: worstQuality(judged),
    sentence: `${simulated ? 'SIMULATED: ' : ''}${describeCounts(judged)}`,
    types: verdictsByType(judged),
    instances,
    runEvents: bounded(controllerEvents.filter((event) => event.instanceId === null).map(fromController)),
    awsCalls: summariseCalls(input.awsCalls),
  };
}

function offsetSize(series: InstanceAnalysis['series']): OffsetSize | null {
  const figures = series.find(({ stream }) => stream === 'phc')?.figures.find(({ column }) => column === 'offset_ns');
  if (figures?.kind !== 'distribution' || figures.summary === null) return null;
  return { p99: figures.absQuantiles?.p99 ?? null, maxAbs: figures.summary.maxAbs };
}

function zoneOf(name: string | null, ids: ReadonlyMap<string, string> = new Map()): string | null {
  return name === null ? null : (ids.get(name) ?? name);
}

function summariseCalls(totals: readonly AwsCallTotal[]): AwsCallSummary[] {
  return [...Map.groupBy(totals, ({ action }) => action)].map(([action, ofAction]) => {
    const failed = ofAction.filter(({ result }) => result !== 'ok');
    return {
      action,
      calls: sumOf(ofAction, 'calls'),
      failed: sumOf(failed, 'calls'),
      attempts: sumOf(ofAction, 'attempts'),
      longestMs: Math.max(...ofAction.map(({ longestMs }) => longestMs)),
      errors: Object.fromEntries(failed.map(({ result, calls }) => [result, calls])),
    };
  });
}

function sumOf(totals: readonly AwsCallTotal[], what: 'calls' | 'attempts'): number {
  return totals.reduce((sum, total) => sum + total[what], 0);
}

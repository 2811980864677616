/** A side of a comparison from an analysed run and its samples: the PHC offsets of each instance after its start-up transient. */

import { setImmediate } from 'node:timers/promises';
import { instanceName } from '../../runs/instance-name.ts';
import type { SampleReader } from '../../store/sample-store.ts';
import type { InstanceAnalysis } from '../analyse-instance.ts';
import type { RunAnalysis } from '../analyse-run.ts';
import { KeptColumns } from '../kept-columns.ts';
import type { ComparedInstance, ComparedSide } from './compare-sides.ts';
import { periodFigures } from './period-figures.ts';
import { type Period, sliceSeries } from './slice-series.ts';

export interface SideRequest {
  readonly label: string;
  /** Null: all of the run. */
  readonly period: Period | null;
  /** Called with the name of each instance before its samples are read. */
  readonly onInstance?: (name: string) => void;
}

const FOREVER: Period = { fromAt: -(2n ** 63n), toAt: 2n ** 63n - 1n };
const STEPS = new Set(['system_clock_stepped', 'phc_stepped', 'offset_stepped']);

/** One instance in memory at a time. A null reader: the run never stored anything. */
export async function readSide(
  analysis: RunAnalysis,
  reader: SampleReader | null,
  request: SideRequest,
): Promise<ComparedSide> {
  const instances: ComparedInstance[] = [];
  for (const analysed of analysis.instances) {
    request.onInstance?.(instanceName(analysed.instance));
    await setImmediate();
    instances.push(readInstance(analysed, reader, request));
  }
  const criteria = JSON.stringify(
    analysis.instances[0]?.quality.criteria.map(({ name, limit, consequence }) => [name, limit, consequence]) ?? [],
  );
  return { label: request.label, simulated: analysis.simulated, criteria, instances };
}

function readInstance(
  analysed: InstanceAnalysis,
  reader: SampleReader | null,
  { period }: SideRequest,
): ComparedInstance {
  const { instance, transient, verdict, events } = analysed;
  const judgedFrom = transient.judgedFrom?.at ?? null;
  const wanted = period ?? FOREVER;
  const within = judgedFrom === null || judgedFrom < wanted.fromAt ? wanted : { ...wanted, fromAt: judgedFrom };
  const isInside = ({ at }: { at: bigint }) => at >= within.fromAt && at < within.toAt;
  const steps = events.items.filter((event) => STEPS.has(event.event) && isInside(event)).length;
  const series = reader === null || judgedFrom === null ? null : readOffsets(reader, instance.instanceId, within);
  return {
    name: instanceName(analysed.instance),
    instanceType: instance.instanceType,
    figures: series === null || series.samples === 0 ? null : periodFigures(series),
    quality: period === null ? verdict.quality.value : null,
    steps,
  };
}

function readOffsets(reader: SampleReader, instanceId: string | null, period: Period) {
  const info = reader.series().find((series) => series.instanceId === instanceId && series.stream === 'phc');
  if (info === undefined) return null;
  const boots = new Map(reader.epochs().map(({ epoch, bootId }) => [epoch, bootId ?? epoch]));
  const columns = new KeptColumns(info, ['offset_ns'], 0);
  for (const stored of reader.batches(info, period)) columns.add(stored, boots.get(stored.epoch));
  return sliceSeries(columns.finish(), period);
}

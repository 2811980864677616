/** Everything that the stored data and the control database say of one instance, as plain data. */
import {
  EVENTS,
  type EventKind,
  type EventOwner,
  type EventSeverity,
  type JsonValue,
  NS_PER_S,
  STREAM_NAMES,
  type StreamName,
  type Verdict,
} from '@ptp-tester/measurement';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { ControllerEvent } from '../runs/run-repository.ts';
import type {
  EpochInfo,
  RecordReader,
  SampleReader,
  SeriesId,
  StoredEvent,
  StoredLoss,
} from '../store/sample-store.ts';
import { analyseSeries, type SeriesAnalysis } from './analyse-series.ts';
import { type BoundedList, bounded } from './bounded-list.ts';
import type { DataGap } from './data-gap.ts';
import { deriveGapEvents, deriveRestarts } from './derive-events.ts';
import { findMeasuringEnd } from './measuring-end.ts';
import { judgeQuality, type QualityJudgement } from './quality.ts';
import type { NackedRecord } from './series-accountant.ts';
import { verdictOf } from './verdict.ts';

/** An event of whichever owner, with its place in time and on which clock that is. */
export interface AnalysedEvent {
  readonly instanceId: string | null;
  readonly owner: EventOwner;
  readonly severity: EventSeverity;
  readonly event: EventKind;
  /** ns UTC. */
  readonly at: bigint;
  readonly clock: 'instance' | 'controller';
  readonly detail: { readonly [key: string]: JsonValue };
}

export interface InstanceAnalysis {
  readonly instance: InstanceRecord;
  readonly simulated: boolean;
  readonly verdict: Verdict;
  readonly quality: QualityJudgement;
  readonly series: readonly SeriesAnalysis[];
  readonly gaps: BoundedList<DataGap>;
  readonly losses: BoundedList<StoredLoss>;
  readonly events: BoundedList<AnalysedEvent>;
  readonly epochs: readonly EpochInfo[];
  /** Records that the controller refused. */
  readonly nackedRecords: number;
  /** What the agent found on the machine when its last life began. */
  readonly environment: { readonly [key: string]: JsonValue } | null;
}

/** Samples, and which records were refused. */
export type AnalysisReader = SampleReader & Pick<RecordReader, 'coverage'>;

/** What is read once for all instances. */
export interface RunData {
  readonly run: Run;
  /** Null when the run never stored anything. */
  readonly reader: AnalysisReader | null;
  readonly controllerEvents: readonly ControllerEvent[];
}

interface StoredOf {
  readonly series: readonly SeriesAnalysis[];
  readonly losses: readonly StoredLoss[];
  readonly events: readonly StoredEvent[];
  readonly epochs: readonly EpochInfo[];
}

export function analyseInstance(instance: InstanceRecord, data: RunData): InstanceAnalysis {
  const { run, reader } = data;
  const { instanceId } = instance;
  const raised = data.controllerEvents.filter((event) => instanceId !== null && event.instanceId === instanceId);
  const stored =
    reader === null || instanceId === null
      ? { series: [], losses: [], events: [], epochs: [] }
      : readStored(reader, instanceId);
  const phcPlanned = run.spec.sources.phc !== undefined;
  const simulated = (instance.ptpStatus?.simulated ?? false) || run.spec.sources.phc?.mode === 'simulated';
  const quality = judgeQuality({
    series: stored.series,
    phcPlanned,
    rawPlanned: run.spec.sources.raw !== undefined,
    plannedSoakNs: plannedSoakNs(run),
    simulated,
  });
  const gaps = stored.series.flatMap((series) => series.gaps.items);
  const gapTotal = stored.series.reduce((sum, series) => sum + series.gaps.total, 0);
  return {
    instance,
    simulated,
    verdict: verdictOf(instance, quality),
    quality,
    series: stored.series,
    gaps: { ...bounded(gaps.toSorted((a, b) => compare(a.fromAt, b.fromAt))), total: gapTotal },
    losses: bounded(stored.losses),
    events: bounded(allEvents(stored, raised, gaps)),
    epochs: stored.epochs,
    nackedRecords: stored.epochs.reduce((sum, epoch) => sum + epoch.nacked, 0),
    environment: stored.events.findLast((event) => event.event === 'epoch_started')?.detail ?? null,
  };
}

function readStored(reader: AnalysisReader, instanceId: string): StoredOf {
  const epochs = reader
    .epochs()
    .filter((epoch) => epoch.instanceId === instanceId)
    .sort((a, b) => compare(a.firstReceivedAt, b.firstReceivedAt));
  const order = new Map(epochs.map(({ epoch }, place) => [epoch, place]));
  const losses = reader
    .losses(instanceId)
    .toSorted((a, b) => (order.get(a.epoch) ?? 0) - (order.get(b.epoch) ?? 0) || a.sequence - b.sequence);
  const events = reader.events(instanceId);
  const boots = new Map(epochs.map(({ epoch, bootId }) => [epoch, bootId ?? epoch]));
  const nacks = epochs.flatMap((epoch) => nacksOf(reader, epoch));
  const ids = seriesIds(reader, { instanceId, losses });
  const end = findMeasuringEnd(reader, { instanceId, events, order });
  const series = ids.map((id) => analyseSeries(id, { reader, boots, losses, nacks, end }));
  return { series, losses, events, epochs };
}

/** Series with stored samples and series of which everything was lost, in the order of the streams' declaration. */
function seriesIds(
  reader: SampleReader,
  { instanceId, losses }: { instanceId: string; losses: readonly StoredLoss[] },
): SeriesId[] {
  const named = [...reader.series().filter((series) => series.instanceId === instanceId), ...losses];
  const byName = new Map<string, SeriesId>();
  for (const { stream, key } of named) byName.set(`${stream} ${key}`, { instanceId, stream, key });
  const place = (stream: StreamName) => STREAM_NAMES.indexOf(stream);
  return [...byName.values()].sort((a, b) => place(a.stream) - place(b.stream) || a.key.localeCompare(b.key));
}

function nacksOf(reader: AnalysisReader, { instanceId, epoch, nacked }: EpochInfo): NackedRecord[] {
  if (nacked === 0) return [];
  return reader.coverage(instanceId, epoch).nacked.map((sequence) => ({ epoch, sequence }));
}

function allEvents(
  stored: StoredOf,
  raised: readonly ControllerEvent[],
  gaps: readonly DataGap[],
): readonly AnalysedEvent[] {
  const restarts = deriveRestarts(stored.epochs).map((event) => analysed(event, 'controller'));
  const gapEvents = deriveGapEvents(gaps).map((event) => analysed(event, 'instance'));
  return [
    ...stored.events.map((event) => analysed(event, 'instance')),
    ...raised.map(fromController),
    ...restarts,
    ...gapEvents,
  ].sort((a, b) => compare(a.at, b.at));
}

/** An event of the control database. */
export function fromController(event: ControllerEvent): AnalysedEvent {
  return analysed({ ...event, at: BigInt(Math.round(event.at)) * 1_000_000n }, 'controller');
}

function analysed(
  event: Pick<AnalysedEvent, 'instanceId' | 'event' | 'at' | 'detail'>,
  clock: AnalysedEvent['clock'],
): AnalysedEvent {
  const { owner, severity } = EVENTS[event.event];
  const { instanceId, at, detail } = event;
  return { instanceId, owner, severity, event: event.event, at, clock, detail };
}

function plannedSoakNs(run: Run): number {
  const { soakStartedAt, soakEndsAt, spec } = run;
  const seconds = soakStartedAt === null || soakEndsAt === null ? spec.durationS : (soakEndsAt - soakStartedAt) / 1000;
  return seconds * NS_PER_S;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

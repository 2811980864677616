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
import { parseCriteria, resolveCriteria } from '../config/resolve-criteria.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { ControllerEvent } from '../runs/run-repository.ts';
import type {
  EpochInfo,
  RecordReader,
  SampleReader,
  SeriesId,
  SeriesInfo,
  StoredEvent,
  StoredLoss,
} from '../store/sample-store.ts';
import { type AnalysedSeries, makeSeriesAnalyser, type SeriesAnalysis } from './analyse-series.ts';
import { type BoundedList, bounded } from './bounded-list.ts';
import type { DataGap } from './data-gap.ts';
import { type DerivedEvent, deriveGapEvents, deriveRestarts } from './derive-events.ts';
import { findMeasuringEnd } from './measuring-end.ts';
import type { QualityJudgement } from './quality.ts';
import type { Holdover } from './reference-events.ts';
import type { NackedRecord } from './series-accountant.ts';
import type { StabilityFigures } from './stability-figures.ts';
import type { StartTransient } from './start-transient.ts';
import { keptByStream, studyClocks } from './study-clocks.ts';
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
  /** Where the limits on the clock begin to apply. */
  readonly transient: StartTransient;
  /** Stretches without the PHC as reference. */
  readonly holdovers: BoundedList<Holdover>;
  /** Samples of the PHC offset far from their neighbours; flagged, never deleted. */
  readonly outliers: number;
  /** After the start-up transient where it ended, else of everything. */
  readonly stability: readonly StabilityFigures[];
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
  /** In the schema `CriteriaConfig`; null = the default profile. A ConfigError is thrown for what is not. */
  readonly criteria: unknown;
}

/** What the samples of one instance say. */
interface StoredOf {
  readonly series: readonly AnalysedSeries[];
  readonly losses: readonly StoredLoss[];
  readonly events: readonly StoredEvent[];
  readonly epochs: readonly EpochInfo[];
}

const NOTHING: StoredOf = { series: [], losses: [], events: [], epochs: [] };

export function analyseInstance(instance: InstanceRecord, data: RunData): InstanceAnalysis {
  const { run, reader } = data;
  const { instanceId } = instance;
  const raised = data.controllerEvents.filter((event) => instanceId !== null && event.instanceId === instanceId);
  const criteriaConfig = parseCriteria(data.criteria ?? {});
  const keep = keptByStream(resolveCriteria(criteriaConfig));
  const stored = reader === null || instanceId === null ? NOTHING : readStored(reader, { instanceId, keep });
  const environment = stored.events.findLast((event) => event.event === 'epoch_started')?.detail ?? null;
  const criteria = resolveCriteria(criteriaConfig, { maxClockErrorPpm: maxClockErrorOf(environment) });
  const simulated = (instance.ptpStatus?.simulated ?? false) || run.spec.sources.phc?.mode === 'simulated';
  const series = stored.series.map(({ analysis }) => analysis);
  const study = studyClocks({
    instanceId: instanceId ?? '',
    criteria,
    simulated,
    series,
    kept: stored.series.map(({ kept }) => kept),
    sources: run.spec.sources,
    plannedSoakNs: plannedSoakNs(run),
  });
  const gaps = series.flatMap((one) => one.gaps.items);
  const gapTotal = series.reduce((sum, one) => sum + one.gaps.total, 0);
  return {
    instance,
    simulated,
    verdict: verdictOf(instance, study.quality),
    quality: study.quality,
    transient: study.transient,
    holdovers: bounded(study.holdovers),
    outliers: study.outliers,
    stability: study.stability,
    series,
    gaps: { ...bounded(gaps.toSorted((a, b) => compare(a.fromAt, b.fromAt))), total: gapTotal },
    losses: bounded(stored.losses),
    events: bounded(allEvents(stored, raised, [...deriveGapEvents(gaps), ...study.events])),
    epochs: stored.epochs,
    nackedRecords: stored.epochs.reduce((sum, epoch) => sum + epoch.nacked, 0),
    environment,
  };
}

/** chronyd's `maxclockerror` as the agent reports it, ppm; null where it does not. */
function maxClockErrorOf(environment: InstanceAnalysis['environment']): number | null {
  const value = environment?.['chrony_max_clock_error_ppm'];
  return typeof value === 'number' ? value : null;
}

function readStored(
  reader: AnalysisReader,
  { instanceId, keep }: { instanceId: string; keep: ReadonlyMap<StreamName, readonly string[]> },
): StoredOf {
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
  const known = reader.series().filter((series) => series.instanceId === instanceId);
  const end = findMeasuringEnd(reader, { instanceId, events, order });
  const analysers = new Map(
    seriesIds(known, { instanceId, losses }).map((id) => {
      const expectedSamples = known.find(({ stream, key }) => stream === id.stream && key === id.key)?.samples ?? 0;
      const context = { boots, losses, nacks, end, keep: keep.get(id.stream) ?? [], expectedSamples };
      return [`${id.stream} ${id.key}`, makeSeriesAnalyser(id, context)];
    }),
  );
  for (const stored of reader.instanceBatches(instanceId)) {
    analysers.get(`${stored.batch.stream} ${stored.batch.key}`)?.add(stored);
  }
  const series = [...analysers.values()].map((analyser) => analyser.finish());
  return { series, losses, events, epochs };
}

/** Series with stored samples and series of which everything was lost, in the order of the streams' declaration. */
function seriesIds(
  known: readonly SeriesInfo[],
  { instanceId, losses }: { instanceId: string; losses: readonly StoredLoss[] },
): SeriesId[] {
  const named = [...known, ...losses];
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
  fromData: readonly DerivedEvent[],
): readonly AnalysedEvent[] {
  const restarts = deriveRestarts(stored.epochs).map((event) => analysed(event, 'controller'));
  return [
    ...stored.events.map((event) => analysed(event, 'instance')),
    // A restart is raised when it is noticed; what the store knows of the same epoch says more.
    ...raised.filter(({ event }) => event !== 'agent_restarted').map(fromController),
    ...restarts,
    ...fromData.map((event) => analysed(event, 'instance')),
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

export function plannedSoakNs(run: Run): number {
  const { soakStartedAt, soakEndsAt, spec } = run;
  const seconds = soakStartedAt === null || soakEndsAt === null ? spec.durationS : (soakEndsAt - soakStartedAt) / 1000;
  return seconds * NS_PER_S;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

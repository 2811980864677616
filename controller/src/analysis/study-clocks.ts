/** From the kept samples of one instance to transient, events, stability and quality: everything that needs samples in order. */
import type { StreamName } from '@ptp-tester/measurement';
import type { SourcesPlan } from '@ptp-tester/wire';
import type { ResolvedCriteria } from '../config/resolve-criteria.ts';
import type { SeriesAnalysis } from './analyse-series.ts';
import { findClockEvents } from './clock-events.ts';
import { findCounterEvents, PHC_ERROR_COUNTERS } from './counter-events.ts';
import type { DerivedEvent } from './derive-events.ts';
import type { KeptSeries } from './kept-columns.ts';
import { phcSelection } from './phc-selection.ts';
import { judgeQuality, type QualityJudgement } from './quality.ts';
import { findReferenceEvents, type Holdover } from './reference-events.ts';
import { type StabilityFigures, stabilityFigures } from './stability-figures.ts';
import { curveLimits } from './stability-limits.ts';
import { findStartTransient, type StartTransient } from './start-transient.ts';

export interface ClockStudyInput {
  readonly instanceId: string;
  readonly criteria: ResolvedCriteria;
  readonly simulated: boolean;
  readonly series: readonly SeriesAnalysis[];
  readonly kept: readonly KeptSeries[];
  readonly sources: SourcesPlan;
  readonly plannedSoakNs: number;
}

export interface ClockStudy {
  readonly transient: StartTransient;
  readonly events: readonly DerivedEvent[];
  readonly outliers: number;
  readonly holdovers: readonly Holdover[];
  readonly stability: readonly StabilityFigures[];
  readonly quality: QualityJudgement;
}

const ALWAYS_KEPT: Readonly<Partial<Record<StreamName, readonly string[]>>> = {
  phc: ['offset_ns', 'phc_minus_raw_ns', 'read_delay_ns'],
  raw: ['offset_ns', 'bracket_ns'],
  chrony: ['phc_selected', 'clock_error_bound_ns'],
  chrony_source: ['mode', 'reach', 'offset_ns', 'error_ns'],
  host: ['vmclock_marker'],
  ena: ['phc_cnt', ...PHC_ERROR_COUNTERS],
};

/** Columns that must be kept for the study and the criteria. */
export function keptByStream({ criteria }: ResolvedCriteria): ReadonlyMap<StreamName, readonly string[]> {
  const kept = new Map(Object.entries(ALWAYS_KEPT) as [StreamName, readonly string[]][]);
  for (const { measure } of criteria) {
    if (!('column' in measure)) continue;
    const stream = measure.stream as StreamName;
    kept.set(stream, [...new Set([...(kept.get(stream) ?? []), measure.column])]);
  }
  return kept;
}

export function studyClocks(input: ClockStudyInput): ClockStudy {
  const { instanceId, criteria, simulated, series, kept, sources, plannedSoakNs } = input;
  const one = (stream: StreamName) => kept.find(({ id }) => id.stream === stream);
  const phc = one('phc');
  const selection = phcSelection(one('chrony'));
  const asksChrony = !simulated && sources.chrony !== undefined;
  const transient = findStartTransient({
    phc,
    selection: asksChrony ? selection : null,
    rule: criteria.lock,
    plannedSoakNs,
  });
  const clocks = findClockEvents(instanceId, { phc, raw: one('raw') });
  const reference = asksChrony ? findReferenceEvents(instanceId, selection, phc) : { events: [], holdovers: [] };
  const counters = findCounterEvents(instanceId, {
    ena: kept.filter(({ id }) => id.stream === 'ena'),
    host: one('host'),
    ownReadsPerS: ownReadsPerS(sources),
  });
  const stability = stabilityOf(input, transient);
  const quality = judgeQuality({
    criteria,
    planned: new Set(Object.keys(sources) as StreamName[]),
    plannedSoakNs,
    simulated,
    series,
    kept,
    stability,
    transient,
    clockEvents: clocks.events,
  });
  const events = [...lockEvents(instanceId, transient), ...clocks.events, ...reference.events, ...counters];
  return { transient, events, outliers: clocks.outliers, holdovers: reference.holdovers, stability, quality };
}

function ownReadsPerS({ phc }: SourcesPlan): number {
  return phc === undefined || phc.mode === 'simulated' ? 0 : (phc.readings * 1000) / phc.interval_ms;
}

function lockEvents(instanceId: string, { lockedAt, seconds, rule }: StartTransient): DerivedEvent[] {
  if (lockedAt === null) return [];
  const detail = { rule, seconds: Math.round((seconds ?? 0) * 1000) / 1000 };
  return [{ instanceId, event: 'lock_reached', at: lockedAt.at, detail }];
}

interface StabilityWish {
  readonly stream: StreamName;
  readonly column: string;
  readonly removeLine: boolean;
}

/** The PHC offset, the raw clock without its line, and what criteria ask for. */
function stabilityOf({ criteria, kept }: ClockStudyInput, { judgedFrom }: StartTransient): StabilityFigures[] {
  const wishes: StabilityWish[] = [
    { stream: 'phc', column: 'offset_ns', removeLine: false },
    { stream: 'raw', column: 'offset_ns', removeLine: true },
  ];
  const taus = new Map<string, number[]>();
  for (const { measure } of criteria.criteria) {
    if (!('tau_s' in measure) && !('mask' in measure)) continue;
    const stream = measure.stream as StreamName;
    const { column } = measure;
    const name = `${stream} ${column}`;
    if (!wishes.some((wish) => `${wish.stream} ${wish.column}` === name))
      wishes.push({ stream, column, removeLine: false });
    if ('tau_s' in measure) taus.set(name, [...(taus.get(name) ?? []), measure.tau_s]);
  }
  return wishes.flatMap(({ stream, column, removeLine }) =>
    kept
      .filter(({ id }) => id.stream === stream)
      .flatMap((series) => {
        const extraTausS = taus.get(`${stream} ${column}`) ?? [];
        const figures = stabilityFigures(series, { column, removeLine, from: judgedFrom, extraTausS });
        if (figures === null) return [];
        const largestTauS = figures.mtie.at(-1)?.tau ?? 1;
        return { ...figures, limits: curveLimits(criteria, { stream, column, largestTauS }) };
      }),
  );
}

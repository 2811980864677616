/** Follows one instance through its records: counts, newest values, the window of offsets. Costs little for each record (pure). */
import {
  AT_COLUMN,
  type Batch,
  type ColumnValues,
  columnIndex,
  EVENTS,
  type EventRecord,
  type GapRecord,
  instantToMs,
  MONO_COLUMN,
  STREAMS,
  type StreamName,
} from '@ptp-tester/measurement';
import { HEAT_NAMES, type HeatName, heatColumnsOf, type SavedHeat } from './heat-columns.ts';
import { HeatStrip, type SavedStrip } from './heat-strip.ts';
import { OffsetWindow, type SavedMinute } from './offset-window.ts';
import { ReceivingRate } from './receiving-rate.ts';
import type { TrackedFigures, TrackedName } from './tracked-figures.ts';

const column = <S extends StreamName>(stream: S, name: string) => columnIndex(STREAMS[stream], name);
const PHC = { offset: column('phc', 'offset_ns'), failed: column('phc', 'readings_failed') };
const CHRONY = { selected: column('chrony', 'phc_selected'), bound: column('chrony', 'clock_error_bound_ns') };
const SELF = {
  cpu: column('self', 'cpu_ns'),
  rss: column('self', 'rss_bytes'),
  spool: column('self', 'spool_bytes'),
};
const HEAT = { phc: heatColumnsOf('phc'), chrony: heatColumnsOf('chrony') };
/** A sample further from the controller's clock than this is on no common axis with the others. */
const ON_THE_AXIS_MS = 31 * 86_400_000;

const COUNTS = ['gaps', 'missedTicks', 'readErrors', 'readsRefused', 'eventsWarning', 'eventsError'] as const;
type CountName = (typeof COUNTS)[number];
const NEWEST = [
  'lastReceivedAtMs',
  'offsetLastNs',
  'clockErrorBoundNs',
  'phcSelected',
  'agentCpuRatio',
  'agentRssBytes',
  'spoolBytes',
] as const satisfies readonly TrackedName[];
type NewestName = (typeof NEWEST)[number];

/** What of a tracker outlives its thread. */
export interface SavedTracker {
  readonly counts: Readonly<Record<CountName, number>>;
  readonly newest: Readonly<Record<NewestName, number | null>>;
  readonly window: readonly SavedMinute[];
  readonly heat: SavedHeat;
}

export class InstanceTracker {
  readonly #counts: Record<CountName, number> = {
    gaps: 0,
    missedTicks: 0,
    readErrors: 0,
    readsRefused: 0,
    eventsWarning: 0,
    eventsError: 0,
  };
  readonly #newest: Record<NewestName, number | null> = {
    lastReceivedAtMs: null,
    offsetLastNs: null,
    clockErrorBoundNs: null,
    phcSelected: null,
    agentCpuRatio: null,
    agentRssBytes: null,
    spoolBytes: null,
  };
  readonly #window = new OffsetWindow();
  readonly #heat: Readonly<Record<HeatName, HeatStrip>> = eachHeat(() => new HeatStrip());
  readonly #rate = new ReceivingRate();
  #usage: { readonly cpuNs: number; readonly monoRawNs: bigint } | null = null;

  /** `receivedAtMs`: when the record arrived, ms since 1970 on the controller's clock. */
  takeBatch(batch: Batch, receivedAtMs: number): void {
    this.#newest.lastReceivedAtMs = Math.max(this.#newest.lastReceivedAtMs ?? 0, receivedAtMs);
    this.#rate.add(batch.rows, receivedAtMs);
    this.#counts.missedTicks += batch.missedTicks;
    if (batch.rows === 0) return;
    if (batch.stream === 'phc') this.#takePhc(batch, receivedAtMs);
    else if (batch.stream === 'chrony') this.#takeChrony(batch, receivedAtMs);
    else if (batch.stream === 'self') this.#takeSelf(batch);
  }

  takeEvent({ event }: Pick<EventRecord, 'event'>): void {
    const { severity } = EVENTS[event];
    if (severity === 'warning') this.#counts.eventsWarning += 1;
    else if (severity === 'error') this.#counts.eventsError += 1;
    if (event === 'reads_blocked') this.#counts.readsRefused += 1;
  }

  takeGap(_gap: GapRecord): void {
    this.#counts.gaps += 1;
  }

  /** Everything; sorts the window, which takes some 0.2 ms when it is full. */
  figures(nowMs: number): TrackedFigures {
    const { samples, p50, p99Abs, maxAbs } = this.#window.figures();
    return {
      ...this.#newest,
      ...this.#counts,
      offsetSamples: samples,
      offsetP50Ns: p50,
      offsetP99AbsNs: p99Abs,
      offsetMaxAbsNs: maxAbs,
      samplesPerSecond: this.#rate.perSecond(nowMs),
    };
  }

  heat(name: HeatName): SavedStrip | null {
    return this.#heat[name].save();
  }

  save(): SavedTracker {
    const [counts, newest] = [{ ...this.#counts }, { ...this.#newest }];
    return { counts, newest, window: this.#window.save(), heat: eachHeat((name) => this.#heat[name].save()) };
  }

  /** Takes over what came before everything that this tracker has seen. */
  restore({ counts, newest, window, heat }: SavedTracker): void {
    for (const name of COUNTS) this.#counts[name] += counts[name];
    for (const name of NEWEST) this.#newest[name] ??= newest[name];
    this.#window.restore(window);
    for (const name of HEAT_NAMES) {
      const strip = heat[name];
      if (strip !== null) this.#heat[name].restore(strip);
    }
  }

  #takePhc(batch: Batch, receivedAtMs: number): void {
    const { columns } = batch;
    const offsets = doubles(columns[PHC.offset]);
    const at = columns[AT_COLUMN]?.[0];
    if (typeof at !== 'bigint') return;
    const atMs = instantToMs(at);
    this.#newest.offsetLastNs = offsets.at(-1) ?? null;
    for (const failed of doubles(columns[PHC.failed])) this.#counts.readErrors += failed;
    this.#window.add(atMs, offsets);
    this.#takeHeat(batch, HEAT.phc, receivedAtMs);
  }

  #takeChrony(batch: Batch, receivedAtMs: number): void {
    const { columns } = batch;
    this.#takeHeat(batch, HEAT.chrony, receivedAtMs);
    this.#newest.phcSelected = Number(columns[CHRONY.selected]?.at(-1) ?? 0);
    this.#newest.clockErrorBoundNs = present(columns[CHRONY.bound]);
  }

  #takeHeat({ columns }: Batch, kept: ReturnType<typeof heatColumnsOf>, receivedAtMs: number): void {
    const at = columns[AT_COLUMN]?.[0];
    if (typeof at !== 'bigint') return;
    const atMs = instantToMs(at);
    if (Math.abs(atMs - receivedAtMs) >= ON_THE_AXIS_MS) return;
    for (const { name, place } of kept) {
      const largest = largestMagnitude(doubles(columns[place]));
      if (largest !== null) this.#heat[name].add(atMs, largest);
    }
  }

  #takeSelf({ columns }: Batch): void {
    this.#newest.agentRssBytes = present(columns[SELF.rss]);
    this.#newest.spoolBytes = present(columns[SELF.spool]);
    const cpuNs = doubles(columns[SELF.cpu]);
    const monoRawNs = columns[MONO_COLUMN];
    for (const [row, cpu] of cpuNs.entries()) {
      const mono = monoRawNs?.[row];
      if (typeof mono === 'bigint') this.#takeUsage({ cpuNs: cpu, monoRawNs: mono });
    }
  }

  /** Both counters begin anew with the process or the machine. */
  #takeUsage(usage: { readonly cpuNs: number; readonly monoRawNs: bigint }): void {
    const before = this.#usage;
    this.#usage = usage;
    if (before === null || usage.cpuNs < before.cpuNs || usage.monoRawNs <= before.monoRawNs) return;
    this.#newest.agentCpuRatio = (usage.cpuNs - before.cpuNs) / Number(usage.monoRawNs - before.monoRawNs);
  }
}

function doubles(values: ColumnValues | undefined): Float64Array {
  return values instanceof Float64Array ? values : new Float64Array(0);
}

function present(values: ColumnValues | undefined): number | null {
  const value = doubles(values).at(-1);
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** Null: not one number. */
function largestMagnitude(values: Float64Array): number | null {
  let most = -1;
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(values[index] as number);
    if (magnitude > most) most = magnitude;
  }
  return most < 0 ? null : most;
}

function eachHeat<T>(make: (name: HeatName) => T): Record<HeatName, T> {
  return Object.fromEntries(HEAT_NAMES.map((name) => [name, make(name)])) as Record<HeatName, T>;
}

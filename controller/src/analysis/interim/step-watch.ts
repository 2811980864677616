/**
 * Steps of the clocks while samples arrive: the detectors of the report look at a window of the newest rows each time enough have come. What
 * lies before the window's newest stretch is settled and only counted; the rest is looked at again with more rows around it.
 */
import { columnIndex, STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import { findSteps, type PlacedStep } from '../clock-events.ts';
import type { DerivedEvent } from '../derive-events.ts';
import { STEPS } from '../measure-events.ts';
import { RowWindow, type SavedRowWindow, type WindowColumn } from './row-window.ts';
import type { SeriesRows } from './series-rows.ts';

type Watched = 'phc' | 'raw';

/** As plain data. */
export interface SavedStepWatch {
  readonly windows: { readonly [name in Watched]: SavedRowWindow | null };
  /** Up to here, from the boot's origin, steps are settled; null: nothing is. */
  readonly settledNs: number | null;
  readonly settled: readonly DerivedEvent[];
  /** Settled ones that are no longer in the list. */
  readonly forgotten: number;
}

const COLUMNS: { readonly [name in Watched]: readonly WindowColumn[] } = {
  phc: named('phc', ['offset_ns', 'phc_minus_raw_ns', 'read_delay_ns']),
  raw: named('raw', ['offset_ns', 'bracket_ns']),
};

/** So many rows are looked at together: 2 min at 4 Hz. */
const LOOK_AT_ROWS: { readonly [name in Watched]: number } = { phc: 512, raw: 320 };
/** A step is sure with this many rows after it: the detectors take rates from blocks of 64. */
const ROWS_AFTER = 64;
const ROWS_BEFORE = 128;
/** A stream that ended earlier than this is not waited for. */
const STALE_NS = 600e9;
/** So many steps keep their places; those of the largest size. */
const MOST_LISTED = 100;

const NOTHING: SavedStepWatch = { windows: { phc: null, raw: null }, settledNs: null, settled: [], forgotten: 0 };

export class StepWatch {
  readonly #instanceId: string;
  readonly #isJudged: (step: DerivedEvent) => boolean;
  readonly #windows: { [name in Watched]: RowWindow | null };
  #settledNs: number | null;
  #settled: DerivedEvent[];
  #forgotten: number;

  constructor(
    { instanceId, isJudged }: { readonly instanceId: string; readonly isJudged: (step: DerivedEvent) => boolean },
    saved: SavedStepWatch | null = null,
  ) {
    const { windows, settledNs, settled, forgotten } = saved ?? NOTHING;
    this.#instanceId = instanceId;
    this.#isJudged = isJudged;
    this.#windows = { phc: restored('phc', windows.phc), raw: restored('raw', windows.raw) };
    this.#settledNs = settledNs;
    this.#settled = [...settled];
    this.#forgotten = forgotten;
  }

  save(): SavedStepWatch {
    const { phc, raw } = this.#windows;
    const windows = { phc: phc?.save() ?? null, raw: raw?.save() ?? null };
    return { windows, settledNs: this.#settledNs, settled: [...this.#settled], forgotten: this.#forgotten };
  }

  add(rows: SeriesRows): void {
    const name = rows.stream;
    if ((name !== 'phc' && name !== 'raw') || rows.timeNs.length === 0) return;
    const before = this.#windows.phc?.boot ?? this.#windows.raw?.boot;
    if (before !== undefined && before !== rows.boot) this.#endBoot();
    const window = this.#windows[name] ?? RowWindow.begin(COLUMNS[name], rows);
    this.#windows[name] = window;
    window.add(rows);
    if (window.rows >= LOOK_AT_ROWS[name])
      this.#settle(Math.max(this.#settledNs ?? Number.NEGATIVE_INFINITY, this.#sureUntil()));
  }

  /** Those that are settled, and what the newest rows show as if nothing more came. */
  steps(): { readonly events: readonly DerivedEvent[]; readonly unlisted: number } {
    const open = this.#open().map(({ event }) => event);
    return { events: [...this.#settled, ...open], unlisted: this.#forgotten };
  }

  /** Steps in the windows that are not settled yet. */
  #open(): PlacedStep[] {
    const phc = this.#windows.phc?.segment() ?? null;
    const raw = this.#windows.raw?.segment() ?? null;
    const settledNs = this.#settledNs ?? Number.NEGATIVE_INFINITY;
    return findSteps(this.#instanceId, { phc, raw }).filter(
      ({ afterNs, event }) => STEPS.has(event.event) && afterNs >= settledNs && this.#isJudged(event),
    );
  }

  /** The time up to which both streams have enough rows after it. */
  #sureUntil(): number {
    const windows = [this.#windows.phc, this.#windows.raw].filter((window) => window !== null);
    const newest = Math.max(...windows.map((window) => window.timeOf(window.rows - 1)));
    const going = windows.filter((window) => newest - window.timeOf(window.rows - 1) <= STALE_NS);
    return Math.min(...going.map((window) => window.timeOf(Math.max(0, window.rows - 1 - ROWS_AFTER))));
  }

  #settle(untilNs: number): void {
    this.#book(this.#open().filter(({ afterNs }) => afterNs < untilNs));
    this.#settledNs = untilNs;
    for (const window of [this.#windows.phc, this.#windows.raw]) {
      window?.cut(Math.min(window.firstFrom(untilNs), window.rows - 1) - ROWS_BEFORE);
    }
  }

  #endBoot(): void {
    this.#book(this.#open());
    this.#windows.phc = null;
    this.#windows.raw = null;
    this.#settledNs = null;
  }

  #book(steps: readonly PlacedStep[]): void {
    this.#settled.push(...steps.map(({ event }) => event));
    if (this.#settled.length <= MOST_LISTED) return;
    const sizeOf = ({ detail }: DerivedEvent) => Math.abs(Number(detail['size_ns'] ?? 0));
    this.#settled.sort((a, b) => sizeOf(b) - sizeOf(a));
    this.#forgotten += this.#settled.length - MOST_LISTED;
    this.#settled.length = MOST_LISTED;
  }
}

function restored(name: Watched, saved: SavedRowWindow | null): RowWindow | null {
  return saved === null ? null : new RowWindow(COLUMNS[name], saved);
}

function named(stream: StreamName, names: readonly string[]): WindowColumn[] {
  const declaration: StreamDeclaration = STREAMS[stream];
  return names.map((name) => ({ name, index: columnIndex(declaration, name) }));
}

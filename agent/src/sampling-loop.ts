/** Calls each source on its schedule. One timer for all of them; one failing source never stops the others. */
import { type JsonValue, NS_PER_MS, STREAMS, type StreamDeclaration, type StreamName } from '@ptp-tester/measurement';
import { type DueTick, type Schedule, staggeredPhases, takeTick } from './schedule.ts';
import type { NoticedEvent, Reading, Source, SourceOutput } from './source.ts';
import type { ClockReader } from './sources/clock-reader.ts';
import type { OpenOutcome, PlannedSource } from './sources/open-sources.ts';
import type { CancelTimer, SetTimer } from './timer.ts';

/** What the loop hands on. */
export interface SamplingOutput {
  sample(stream: StreamName, intervalNs: number, reading: Reading): void;
  /** Ticks that brought no sample. */
  missed(stream: StreamName, ticks: number): void;
  event(noticed: NoticedEvent): void;
  /** After each wake-up, when every source that was due has been read or asked. */
  served(monoRawNs: bigint): void;
  /** When the output wants the next wake-up at the latest, CLOCK_MONOTONIC_RAW; null = does not matter. */
  wantsWakeAt(): bigint | null;
}

export interface SamplingLoopDependencies {
  readonly clocks: ClockReader;
  readonly setTimer: SetTimer;
  readonly output: SamplingOutput;
}

interface Slot {
  readonly planned: PlannedSource;
  readonly schedule: Schedule;
  source: Source | null;
  /** `absent` ticks are not expected, `failed` ones are and count as missed. */
  state: 'reading' | 'absent' | 'failed';
  /** A read or an opening is still under way. */
  busy: boolean;
  /** The next attempt to open it again, ns since the loop began. */
  reopenAtNs: number;
}

/** How long a source that could not be opened is left alone; opening may fork or scan sysfs. */
const REOPEN_NS = 30_000 * NS_PER_MS;
/** setTimeout's longest delay; a later wake-up is asked for again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class SamplingLoop {
  readonly #slots: readonly Slot[];
  readonly #deps: SamplingLoopDependencies;
  #startedAt = 0n;
  #cancelTimer: CancelTimer | null = null;
  #running = false;
  #missedTicks = 0;

  /** `planned` in any order; the fastest source is served first at each wake-up. */
  constructor(planned: readonly PlannedSource[], dependencies: SamplingLoopDependencies) {
    this.#deps = dependencies;
    const sorted = [...planned].sort((a, b) => a.intervalMs - b.intervalMs);
    const phases = staggeredPhases(sorted.map((source) => source.intervalMs * NS_PER_MS));
    this.#slots = sorted.map((source, index) => ({
      planned: source,
      schedule: { intervalNs: source.intervalMs * NS_PER_MS, nextDueNs: phases[index] ?? 0 },
      source: null,
      state: 'absent',
      busy: false,
      reopenAtNs: 0,
    }));
  }

  /** Ticks missed by all sources since `start`. */
  get missedTicks(): number {
    return this.#missedTicks;
  }

  start(): void {
    this.#running = true;
    this.#startedAt = this.#monoRawNs();
    for (const slot of this.#slots) this.#opened(slot, slot.planned.opened);
    this.#wake();
  }

  /** Stops sampling and closes the sources. A read under way is not waited for; what it brings is dropped. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelTimer?.();
    for (const slot of this.#slots) {
      try {
        await slot.source?.close();
      } catch (error) {
        this.#deps.output.event(sourceEvent('source_failed', slot, { problem: messageOf(error), while: 'closing' }));
      }
      slot.source = null;
    }
  }

  #monoRawNs(): bigint {
    return this.#deps.clocks.readTriple().rawAfterNs;
  }

  #nowNs(): number {
    return Number(this.#monoRawNs() - this.#startedAt);
  }

  #wake(): void {
    for (const slot of this.#slots) {
      const due = takeTick(slot.schedule, this.#nowNs());
      if (due !== null) this.#serve(slot, due);
    }
    this.#deps.output.served(this.#monoRawNs());
    this.#armTimer();
  }

  #armTimer(): void {
    if (!this.#running) return;
    const wanted = this.#deps.output.wantsWakeAt();
    let wakeAtNs = wanted === null ? Number.POSITIVE_INFINITY : Number(wanted - this.#startedAt);
    for (const slot of this.#slots) wakeAtNs = Math.min(wakeAtNs, slot.schedule.nextDueNs);
    // Rounded up: a timer that fires a little early would only cost a second wake-up.
    const delayMs = Math.max(0, Math.ceil((wakeAtNs - this.#nowNs()) / NS_PER_MS));
    this.#cancelTimer = this.#deps.setTimer(Math.min(delayMs, LONGEST_TIMER_MS), () => this.#wake());
  }

  #serve(slot: Slot, due: DueTick): void {
    if (slot.state === 'absent') {
      this.#reopenWhenDue(slot);
      return;
    }
    if (due.skipped > 0) this.#miss(slot, due.skipped);
    if (slot.busy || slot.source === null) {
      this.#miss(slot, 1);
      this.#reopenWhenDue(slot);
      return;
    }
    try {
      const output = slot.source.read({ wakeLateNs: due.lateNs });
      if (output instanceof Promise) this.#await(slot, output);
      else this.#took(slot, output);
    } catch (error) {
      this.#failed(slot, error);
    }
  }

  #await(slot: Slot, reading: Promise<SourceOutput>): void {
    slot.busy = true;
    const settled = (take: () => void) => {
      slot.busy = false;
      if (this.#running) take();
    };
    reading.then(
      (output) => settled(() => this.#took(slot, output)),
      (error: unknown) => settled(() => this.#failed(slot, error)),
    );
  }

  #took(slot: Slot, output: SourceOutput): void {
    const { stream } = slot.planned;
    try {
      for (const reading of output.readings) this.#deps.output.sample(stream, slot.schedule.intervalNs, reading);
    } catch (error) {
      this.#failed(slot, error);
      return;
    }
    const declaration: StreamDeclaration = STREAMS[stream];
    // A stream with keys may have nothing to tell (chronyd without sources); a single one always has a sample.
    if (output.readings.length === 0 && declaration.keyMeaning === undefined) this.#miss(slot, 1);
    for (const noticed of output.events) this.#deps.output.event(noticed);
    if (slot.state === 'failed') this.#deps.output.event(sourceEvent('source_recovered', slot, {}));
    slot.state = 'reading';
  }

  #failed(slot: Slot, error: unknown): void {
    this.#miss(slot, 1);
    if (slot.state !== 'failed') {
      this.#deps.output.event(sourceEvent('source_failed', slot, { problem: messageOf(error) }));
    }
    slot.state = 'failed';
  }

  #miss(slot: Slot, ticks: number): void {
    this.#missedTicks += ticks;
    this.#deps.output.missed(slot.planned.stream, ticks);
  }

  #reopenWhenDue(slot: Slot): void {
    if (slot.busy || slot.source !== null || this.#nowNs() < slot.reopenAtNs) return;
    slot.busy = true;
    slot.planned.reopen().then(
      (outcome) => this.#reopened(slot, outcome),
      (error: unknown) => this.#reopened(slot, { failed: error }),
    );
  }

  #reopened(slot: Slot, outcome: OpenOutcome): void {
    slot.busy = false;
    if (this.#running) this.#opened(slot, outcome);
    else if ('source' in outcome) void outcome.source.close();
  }

  /** Takes the outcome of an opening; an outcome like the one before is not told again. */
  #opened(slot: Slot, outcome: OpenOutcome): void {
    const first = slot.reopenAtNs === 0;
    slot.reopenAtNs = this.#nowNs() + REOPEN_NS;
    if ('source' in outcome) {
      slot.source = outcome.source;
      slot.state = 'reading';
      this.#deps.output.event(sourceEvent('source_started', slot, { interval_ms: slot.planned.intervalMs }));
      return;
    }
    const state = 'absent' in outcome ? 'absent' : 'failed';
    if (first || slot.state !== state) {
      const problem = 'absent' in outcome ? outcome.absent : messageOf(outcome.failed);
      this.#deps.output.event(sourceEvent(state === 'absent' ? 'source_absent' : 'source_failed', slot, { problem }));
    }
    slot.state = state;
  }
}

function sourceEvent(
  event: NoticedEvent['event'],
  slot: Slot,
  detail: { readonly [key: string]: JsonValue },
): NoticedEvent {
  return { event, detail: { stream: slot.planned.stream, ...detail } };
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}

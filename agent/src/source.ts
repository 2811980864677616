/** What the sampling loop asks of a source. Sources are the only files of the agent that read the machine. */
import type { EventKind, JsonValue, StreamName } from '@ptp-tester/measurement';

/** One sample: the values of the stream's columns in their order, without the first two (`at`, `mono_raw_ns`), which the clocks give. */
export type SampleValues = readonly (number | bigint)[];

export interface Reading {
  /** Which series of the stream; '' for single streams. */
  readonly key: string;
  /** System clock and raw clock at the sample, ns. */
  readonly at: bigint;
  readonly monoRawNs: bigint;
  readonly values: SampleValues;
}

/** An event that a source noticed; the loop adds the clocks. */
export interface NoticedEvent {
  readonly event: EventKind;
  readonly detail: { readonly [key: string]: JsonValue };
}

export interface Tick {
  /** How late the loop woke for this tick, ns. */
  readonly wakeLateNs: number;
}

export interface SourceOutput {
  readonly readings: readonly Reading[];
  readonly events: readonly NoticedEvent[];
}

/**
 * A source is opened once per plan, read at each tick, closed at the end. A throw from `read` is a failed tick: the loop raises
 * `source_failed` once, counts the tick as missed, keeps the other sources going and tries again at the next tick.
 */
export interface Source {
  readonly stream: StreamName;
  /** May be synchronous. Must not take longer than half the interval; a read that is still running when the next tick comes makes that tick missed. */
  read(tick: Tick): SourceOutput | Promise<SourceOutput>;
  close(): void | Promise<void>;
}

/** Opening a source: the source, or why this machine has none (`source_absent`). A throw means it should be there and is broken. */
export type OpenedSource = { readonly source: Source } | { readonly absent: string };

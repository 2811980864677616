/** From samples to what the store is given: batches as the agent closes them, events, gap markers and refusals, in order of sequence. */
import {
  type Batch,
  type ColumnValues,
  type EventRecord,
  type GapRecord,
  type Loss,
  makeColumn,
  type RecordContent,
  STREAMS,
} from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import type { StoreWrite } from '../../controller/src/store/sample-store.ts';
import { summarizeBatch } from '../../controller/src/store/summarize-batch.ts';
import { type SimulatedSample, type SimulatedSeries, STARTED_AT, simulateSamples } from './simulate-samples.ts';
import type { SimulatedGap, SimulatedTruth } from './simulated-truth.ts';

const MAX_ROWS = 60;
const MAX_AGE_S = 5;

interface Life {
  readonly epoch: string;
  readonly bootId: string;
  readonly fromS: number;
  readonly toS: number;
  /** The last life ends the measurement. */
  readonly isLast: boolean;
}

interface Item {
  readonly closedS: number;
  readonly content: RecordContent;
  readonly fate: 'stored' | 'nacked';
}

/** All records of a run of one instance. */
export function simulateRecords(instanceId: string, truth: SimulatedTruth): StoreWrite[] {
  const series = simulateSamples(truth);
  return livesOf(truth, instanceId).flatMap((life) => {
    const items = [...series.flatMap((one) => batchItems(one, life, truth)), ...frameItems(life, series)];
    items.sort((a, b) => a.closedS - b.closedS);
    return items.map((item, index) => writeOf({ instanceId, epoch: life.epoch, sequence: index + 1 }, item));
  });
}

function livesOf({ gaps = [], durationS, startsS = 0 }: SimulatedTruth, instanceId: string): Life[] {
  const breaks = gaps.filter(({ kind }) => kind === 'restart' || kind === 'reboot');
  let boot = 0;
  return [...breaks, null].map((end, place) => {
    const before = breaks[place - 1];
    if (before?.kind === 'reboot') boot += 1;
    return {
      epoch: `${instanceId.slice(-8)}${String(place).padStart(8, '0')}`,
      bootId: `boot-${boot}`,
      fromS: before?.toS ?? startsS,
      toS: end?.fromS ?? startsS + durationS,
      isLast: end === null,
    };
  });
}

/** The event that begins a life, and the one that ends the measurement. */
function frameItems(life: Life, series: readonly SimulatedSeries[]): Item[] {
  const started: EventRecord = {
    kind: 'event',
    event: 'epoch_started',
    ...clocksAt(series, life.fromS),
    detail: { boot_id: life.bootId, clocksource: 'tsc', kernel: '6.12.0' },
  };
  const finished: EventRecord = {
    kind: 'event',
    event: 'measuring_finished',
    ...clocksAt(series, life.toS),
    detail: { missed_ticks: {} },
  };
  const first: Item = { closedS: life.fromS - 0.001, content: started, fate: 'stored' };
  return life.isLast ? [first, { closedS: life.toS + 1, content: finished, fate: 'stored' }] : [first];
}

function clocksAt(series: readonly SimulatedSeries[], t: number): { at: bigint; monoRawNs: bigint } {
  const samples = series.find(({ stream }) => stream === 'raw')?.samples ?? [];
  const sample = samples.findLast((candidate) => candidate.t <= t) ?? samples[0];
  const value = (name: string) => BigInt(sample?.values.get(name) ?? STARTED_AT);
  return { at: value('at'), monoRawNs: value('mono_raw_ns') };
}

function batchItems(series: SimulatedSeries, life: Life, truth: SimulatedTruth): Item[] {
  const gaps = (truth.gaps ?? []).filter(({ stream }) => stream === undefined || stream === series.stream);
  const packer = new Packer(series);
  for (const sample of series.samples) {
    if (sample.t < life.fromS || sample.t > life.toS) continue;
    packer.add(sample, fateOf(gaps.find(({ fromS, toS }) => sample.t > fromS && sample.t <= toS)));
  }
  return packer.finish();
}

type Fate = 'stored' | 'nacked' | 'missed' | 'silent' | 'spool_full';

/** Between two lives nothing is taken. */
function fateOf(gap: SimulatedGap | undefined): Fate {
  if (gap === undefined) return 'stored';
  return gap.kind === 'restart' || gap.kind === 'reboot' ? 'silent' : gap.kind;
}

/** Closes a batch at 60 samples, at 5 s, and where the fate of the samples changes. */
class Packer {
  readonly #series: SimulatedSeries;
  readonly #items: Item[] = [];
  #open: SimulatedSample[] = [];
  #fate: Fate = 'stored';
  #missed = 0;

  constructor(series: SimulatedSeries) {
    this.#series = series;
  }

  add(sample: SimulatedSample, fate: Fate): void {
    const first = this.#open[0];
    const isFull = first !== undefined && (this.#open.length >= MAX_ROWS || sample.t - first.t >= MAX_AGE_S);
    // One gap marker stands for the whole stretch.
    if ((isFull && fate !== 'spool_full') || (fate !== this.#fate && fate !== 'missed' && fate !== 'silent'))
      this.#close();
    if (fate === 'missed') this.#missed += 1;
    if (fate === 'missed' || fate === 'silent') return;
    this.#fate = fate;
    this.#open.push(sample);
  }

  finish(): Item[] {
    this.#close();
    return this.#items;
  }

  #close(): void {
    const last = this.#open.at(-1);
    if (last === undefined) return;
    const isLost = this.#fate === 'spool_full';
    const content = isLost ? gapOf(this.#series, this.#open) : batchOf(this.#series, this.#open, this.#missed);
    this.#items.push({ closedS: last.t, content, fate: this.#fate === 'nacked' ? 'nacked' : 'stored' });
    if (!isLost) this.#missed = 0;
    this.#open = [];
  }
}

function batchOf(series: SimulatedSeries, samples: readonly SimulatedSample[], missedTicks: number): Batch {
  const columns = STREAMS[series.stream].columns.map(({ name, kind, optional }) => {
    const column = makeColumn(kind, samples.length);
    for (const [row, { values }] of samples.entries())
      setValue(column, row, values.get(name) ?? (optional ? Number.NaN : 0));
    return column;
  });
  const intervalNs = Math.round(series.intervalS * 1e9);
  const { stream, key } = series;
  return { kind: 'batch', stream, key, generation: 1, intervalNs, missedTicks, rows: samples.length, columns };
}

function setValue(column: ColumnValues, row: number, value: number | bigint): void {
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) column[row] = BigInt(value);
  else column[row] = Number(value);
}

function gapOf(series: SimulatedSeries, lost: readonly SimulatedSample[]): GapRecord {
  const [first] = lost;
  const last = lost.at(-1);
  const value = (sample: SimulatedSample | undefined, name: string) => BigInt(sample?.values.get(name) ?? 0);
  const loss: Loss = {
    stream: series.stream,
    key: series.key,
    samples: lost.length,
    fromAt: value(first, 'at'),
    toAt: value(last, 'at'),
    fromMonoRawNs: value(first, 'mono_raw_ns'),
    toMonoRawNs: value(last, 'mono_raw_ns'),
    reason: 'spool_full',
  };
  return { kind: 'gap', firstSequence: 0, lostEvents: 0, losses: [loss] };
}

function writeOf(identity: { instanceId: string; epoch: string; sequence: number }, item: Item): StoreWrite {
  const { instanceId, epoch, sequence } = identity;
  const receivedAt = STARTED_AT + BigInt(Math.round(item.closedS * 1e9)) + 1_000_000n;
  const write = { instanceId, epoch, sequence, receivedAt };
  if (item.fate === 'nacked') return { kind: 'nack', ...write, code: 'undecodable', reason: 'made so' };
  const content = item.content.kind === 'gap' ? { ...item.content, firstSequence: sequence } : item.content;
  const bytes = encodeRecord({ epoch, sequence }, content, NODE_CODEC);
  switch (content.kind) {
    case 'batch':
      return { kind: 'batch', ...write, bytes, summary: summarizeBatch(instanceId, content) };
    case 'event':
      return { kind: 'event', ...write, bytes, content };
    case 'gap':
      return { kind: 'gap', ...write, bytes, content };
  }
}

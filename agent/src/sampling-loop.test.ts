import type { StreamName } from '@ptp-tester/measurement';
import { beforeEach, describe, expect, test } from 'vitest';
import { SamplingLoop, type SamplingOutput } from './sampling-loop.ts';
import type { NoticedEvent, Reading, Source, SourceOutput } from './source.ts';
import type { OpenOutcome, PlannedSource } from './sources/open-sources.ts';

/** Time that only moves when told; `lateMs` makes every timer fire so much late. */
class ManualTime {
  now = 5_000_000_000n;
  lateMs = 0;
  wakeUps = 0;
  #timer: { at: bigint; callback: () => void } | null = null;

  readonly clocks = { readTriple: () => ({ rawBeforeNs: this.now, realtimeNs: this.now, rawAfterNs: this.now }) };

  readonly setTimer = (delayMs: number, callback: () => void) => {
    const timer = { at: this.now + BigInt(Math.round((delayMs + this.lateMs) * 1e6)), callback };
    this.#timer = timer;
    return () => {
      if (this.#timer === timer) this.#timer = null;
    };
  };

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + BigInt(milliseconds * 1e6);
    for (let timer = this.#timer; timer !== null && timer.at <= end; timer = this.#timer) {
      this.#timer = null;
      this.now = timer.at;
      this.wakeUps += 1;
      timer.callback();
      for (let turn = 0; turn < 5; turn += 1) await null;
    }
    this.now = end;
  }
}

class Output implements SamplingOutput {
  readonly samples: { stream: StreamName; atMs: number }[] = [];
  readonly events: NoticedEvent[] = [];
  readonly missedByStream: Partial<Record<StreamName, number>> = {};
  wakeAt: bigint | null = null;
  servedCount = 0;

  sample(stream: StreamName, _intervalNs: number, { at }: Reading): void {
    this.samples.push({ stream, atMs: Number(at) / 1e6 - 5000 });
  }
  missed(stream: StreamName, ticks: number): void {
    this.missedByStream[stream] = (this.missedByStream[stream] ?? 0) + ticks;
  }
  event(noticed: NoticedEvent): void {
    this.events.push(noticed);
  }
  served(monoRawNs: bigint): void {
    this.servedCount += 1;
    if (this.wakeAt !== null && monoRawNs >= this.wakeAt) this.wakeAt = null;
  }
  wantsWakeAt(): bigint | null {
    return this.wakeAt;
  }
}

let time: ManualTime;
let output: Output;
beforeEach(() => {
  time = new ManualTime();
  output = new Output();
});

function source(stream: StreamName, read: () => SourceOutput | Promise<SourceOutput> = oneReading): Source {
  return { stream, read, close: () => undefined };
}

function oneReading(): SourceOutput {
  return { readings: [{ key: '', at: time.now, monoRawNs: time.now, values: [] }], events: [] };
}

function planned(
  opened: OpenOutcome,
  intervalMs: number,
  options: { stream?: StreamName; reopen?: () => OpenOutcome } = {},
) {
  const stream = options.stream ?? ('source' in opened ? opened.source.stream : 'raw');
  return { stream, intervalMs, opened, reopen: () => Promise.resolve(options.reopen?.() ?? opened) };
}

function start(...sources: PlannedSource[]): SamplingLoop {
  const loop = new SamplingLoop(sources, { clocks: time.clocks, setTimer: time.setTimer, output });
  loop.start();
  return loop;
}

const eventNames = () => output.events.map(({ event }) => event);

describe('the phase', () => {
  test('does not drift however late the timers fire', async () => {
    time.lateMs = 3;
    const loop = start(planned({ source: source('raw') }, 100));
    await time.pass(10_000);
    expect(output.samples.map(({ atMs }) => Math.floor(atMs / 100))).toEqual(output.samples.map((_, index) => index));
    expect(output.samples.length).toBe(100);
    expect(loop.missedTicks).toBe(0);
  });

  test('is spread over the sources without more wake-ups than the fastest one needs', async () => {
    start(
      planned({ source: source('raw') }, 1000),
      planned({ source: source('phc') }, 250),
      planned({ source: source('host') }, 1000),
    );
    await time.pass(999);
    expect(output.samples).toEqual([
      { stream: 'phc', atMs: 0 },
      { stream: 'phc', atMs: 250 },
      { stream: 'raw', atMs: 250 },
      { stream: 'phc', atMs: 500 },
      { stream: 'host', atMs: 500 },
      { stream: 'phc', atMs: 750 },
    ]);
    expect(time.wakeUps).toBe(3);
  });

  test('skipped intervals count as missed, the tick that is served does not', async () => {
    const loop = start(planned({ source: source('raw') }, 100));
    time.lateMs = 250;
    await time.pass(110);
    expect(output.missedByStream).toEqual({});
    await time.pass(350);
    expect(output.missedByStream).toEqual({ raw: 2 });
    expect(output.samples.map(({ atMs }) => atMs)).toEqual([0, 100, 450]);
    expect(loop.missedTicks).toBe(2);
  });

  test('the source is told how late it is read', async () => {
    const lateNs: number[] = [];
    const read = (tick: { readonly wakeLateNs: number }) => {
      lateNs.push(tick.wakeLateNs);
      return oneReading();
    };
    const opened = { source: { ...source('raw'), read } };
    start(planned(opened, 100));
    time.lateMs = 1;
    await time.pass(150);
    expect(lateNs).toEqual([0, 0]);
    await time.pass(100);
    expect(lateNs[2]).toBe(1_000_000);
  });
});

describe('a failing source', () => {
  test('is told once, counts as missed, is tried again, and stops no other', async () => {
    let broken = true;
    const failing = source('raw', () => {
      if (broken) throw new Error('EIO');
      return oneReading();
    });
    const loop = start(planned({ source: failing }, 100), planned({ source: source('host') }, 100));
    await time.pass(450);
    expect(output.samples.every(({ stream }) => stream === 'host')).toBe(true);
    expect(eventNames()).toEqual(['source_started', 'source_started', 'source_failed']);
    expect(output.events[2]?.detail).toEqual({ stream: 'raw', problem: 'EIO' });
    expect(loop.missedTicks).toBe(5);
    broken = false;
    await time.pass(100);
    expect(eventNames().slice(3)).toEqual(['source_recovered']);
    expect(output.samples.some(({ stream }) => stream === 'raw')).toBe(true);
  });

  test('may fail later, in its promise', async () => {
    start(planned({ source: source('raw', () => Promise.reject(new Error('timed out'))) }, 100));
    await time.pass(50);
    expect(eventNames()).toEqual(['source_started', 'source_failed']);
    expect(output.missedByStream).toEqual({ raw: 1 });
  });

  test('fails when its sample does not fit', async () => {
    output.sample = () => {
      throw new RangeError('2 values for 4 columns');
    };
    start(planned({ source: source('raw') }, 100));
    await time.pass(50);
    expect(output.events[1]).toEqual({
      event: 'source_failed',
      detail: { stream: 'raw', problem: '2 values for 4 columns' },
    });
  });
});

test('a read that is still running at the next tick makes that tick missed, and its sample still counts', async () => {
  const answers: ((output: SourceOutput) => void)[] = [];
  start(planned({ source: source('raw', () => new Promise<SourceOutput>((resolve) => answers.push(resolve))) }, 100));
  await time.pass(250);
  expect(answers.length).toBe(1);
  expect(output.missedByStream).toEqual({ raw: 2 });
  answers[0]?.(oneReading());
  await time.pass(1);
  await time.pass(100);
  expect(output.samples.length).toBe(1);
  expect(answers.length).toBe(2);
});

test('a single stream without a reading missed its tick; a stream with keys may have nothing to tell', async () => {
  const nothing = () => ({ readings: [], events: [] });
  start(planned({ source: source('phc', nothing) }, 100), planned({ source: source('chrony_source', nothing) }, 100));
  await time.pass(50);
  expect(output.missedByStream).toEqual({ phc: 1 });
});

test('the sample of a tick comes before its events: what they say holds from then on', async () => {
  const order: string[] = [];
  output.sample = (stream) => order.push(stream);
  output.event = ({ event }) => order.push(event);
  const noticed: NoticedEvent = { event: 'environment_changed', detail: {} };
  start(planned({ source: source('phc', () => ({ ...oneReading(), events: [noticed] })) }, 1000));
  await time.pass(1);
  expect(order).toEqual(['source_started', 'phc', 'environment_changed']);
});

test('an absent source is told once, misses nothing, and begins when it appears', async () => {
  let outcome: OpenOutcome = { absent: 'no chronyd' };
  const loop = start(planned(outcome, 1000, { stream: 'chrony', reopen: () => outcome }));
  await time.pass(65_000);
  expect(eventNames()).toEqual(['source_absent']);
  outcome = { source: source('chrony') };
  await time.pass(40_000);
  expect(eventNames()).toEqual(['source_absent', 'source_started']);
  expect(output.samples.length).toBeGreaterThan(0);
  expect(loop.missedTicks).toBe(0);
});

test('a source that should be there but cannot be opened misses its ticks', async () => {
  const loop = start(planned({ failed: new Error('EACCES') }, 1000, { stream: 'phc' }));
  await time.pass(2500);
  expect(output.events).toEqual([{ event: 'source_failed', detail: { stream: 'phc', problem: 'EACCES' } }]);
  expect(loop.missedTicks).toBe(3);
});

test('the output gets the wake-up it asks for', async () => {
  output.wakeAt = time.now + 5_000_000_000n;
  start(planned({ source: source('host') }, 10_000));
  expect(output.servedCount).toBe(1);
  await time.pass(6000);
  expect(output.servedCount).toBeGreaterThan(1);
});

test('after the stop nothing is read, and sources are closed even when one fails to', async () => {
  const closed: string[] = [];
  const bad = { ...source('raw'), close: () => Promise.reject(new Error('stuck')) };
  const good = { ...source('host'), close: () => void closed.push('host') };
  const loop = start(planned({ source: bad }, 100), planned({ source: good }, 100));
  await loop.stop();
  const before = output.samples.length;
  await time.pass(1000);
  expect(output.samples.length).toBe(before);
  expect(closed).toEqual(['host']);
  expect(output.events.at(-1)).toEqual({
    event: 'source_failed',
    detail: { stream: 'raw', problem: 'stuck', while: 'closing' },
  });
});

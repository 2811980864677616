/**
 * The noise model on which the codec is measured: what a `phc` stream looks like, as documented distributions with a seed, and the
 * entropy that follows from them. It is a model, not a recording of ENA hardware; its constants are stated so that anyone can judge them.
 *
 * | column | model (ns; i = tick, 250 ms apart on the raw clock) |
 * |---|---|
 * | wake_late_ns | W: log-normal, median 60 us, sigma 0.35 |
 * | mono_raw_ns | start + i * 250 ms + W + D; D: normal, mean 9 us, deviation 400 ns (from waking to the best reading) |
 * | at | mono_raw_ns + epoch + 12.3 ppm * elapsed + walk (1 ns a tick) + normal, deviation 15 ns (the clock triple) |
 * | offset_ns | servo: AR(1), a = 0.98, innovation 3 ns; plus normal, deviation 18 ns (the reading) |
 * | read_delay_ns | 780 + exponential, mean 45 |
 * | burst_spread_ns | sum of two exponentials, mean 14 each |
 * | phc_minus_raw_ns | epoch + 12.1 ppm * elapsed + walk (0.3 ns a tick) + normal, deviation 12 ns |
 * | raw_bracket_ns | 62 + exponential, mean 12 |
 * | readings_ok, readings_failed | 3 and 0; with probability 0.001: 2 and 1 |
 * | error_bound_ns | stays with probability 0.99; else one of 64 values, evenly |
 * | error_bound_status | paired; with probability 0.005: cached |
 */
import { type Batch, type ColumnValues, makeColumn, STREAMS } from '@ptp-tester/measurement';
import { SeededRandom } from './seeded-random.ts';

export const MODEL_SEED = 20_261_120;

const INTERVAL_NS = 250_000_000;
const START_RAW_NS = 86_400_000_000_000n;
const REALTIME_MINUS_RAW = 1_795_131_477_000_000_000n;
const WAKE = { median: 60_000, sigma: 0.35 };
const TO_READING = { mean: 9000, deviation: 400 };
const SYSTEM = { ppm: 12.3, walk: 1, white: 15 };
const SERVO = { a: 0.98, innovation: 3, white: 18 };
const DEVICE = { ppm: 12.1, walk: 0.3, white: 12 };
const READ_DELAY = { least: 780, mean: 45 };
const SPREAD_MEAN = 14;
const BRACKET = { least: 62, mean: 12 };
const READING_FAILS = 0.001;
const BOUND = { change: 0.01, values: 64, least: 12_000, step: 250 };
const BOUND_CACHED = 0.005;

/** Batches of consecutive `phc` samples. */
export function makePhcBatches(batches: number, rows: number): Batch[] {
  const model = new PhcModel(new SeededRandom(MODEL_SEED));
  return Array.from({ length: batches }, () => {
    const columns = STREAMS.phc.columns.map((column) => makeColumn(column.kind, rows));
    for (let row = 0; row < rows; row++) {
      for (const [index, value] of model.next().entries()) setValue(columns[index] as ColumnValues, row, value);
    }
    const intervalNs = INTERVAL_NS;
    return { kind: 'batch', stream: 'phc', key: '', generation: 1, intervalNs, missedTicks: 0, rows, columns };
  });
}

function setValue(column: ColumnValues, row: number, value: number | bigint): void {
  if (column instanceof BigInt64Array || column instanceof BigUint64Array) column[row] = BigInt(value);
  else column[row] = Number(value);
}

class PhcModel {
  readonly #random: SeededRandom;
  #tick = 0;
  #systemWalk = 0;
  #servo = 0;
  #deviceWalk = 0;
  #bound: number = BOUND.least;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** One sample, in the order of the stream's columns. */
  next(): (number | bigint)[] {
    const random = this.#random;
    const late = Math.round(WAKE.median * Math.exp(WAKE.sigma * random.normal()));
    const toReading = Math.round(TO_READING.mean + TO_READING.deviation * random.normal());
    const elapsed = this.#tick * INTERVAL_NS + late + toReading;
    this.#tick++;
    this.#systemWalk += SYSTEM.walk * random.normal();
    this.#servo = SERVO.a * this.#servo + SERVO.innovation * random.normal();
    this.#deviceWalk += DEVICE.walk * random.normal();
    if (random.happens(BOUND.change))
      this.#bound = BOUND.least + BOUND.step * Math.floor(random.uniform() * BOUND.values);
    const failed = random.happens(READING_FAILS) ? 1 : 0;
    const mono = START_RAW_NS + BigInt(elapsed);
    const system = (elapsed * SYSTEM.ppm) / 1e6 + this.#systemWalk + SYSTEM.white * random.normal();
    const device = (elapsed * DEVICE.ppm) / 1e6 + this.#deviceWalk + DEVICE.white * random.normal();
    return [
      mono + REALTIME_MINUS_RAW + BigInt(Math.round(system)),
      mono,
      Math.round(this.#servo + SERVO.white * random.normal()),
      Math.round(READ_DELAY.least + READ_DELAY.mean * random.exponential()),
      Math.round(SPREAD_MEAN * (random.exponential() + random.exponential())),
      REALTIME_MINUS_RAW + BigInt(Math.round(device)),
      Math.round(BRACKET.least + BRACKET.mean * random.exponential()),
      3 - failed,
      failed,
      this.#bound,
      random.happens(BOUND_CACHED) ? 1 : 2,
      late,
    ];
  }
}

/**
 * Bytes of information in one sample of the model: what an ideal coder that knew the model would need. The parts are independent, so
 * their entropies add up. A value rounded to 1 ns has the differential entropy of its distribution when that is wide against 1 ns, as all are.
 * Correlated series count by the variance of their innovations (the steady state of a Kalman filter): entropy rate = log2(2 pi e S) / 2.
 */
export function entropyPerSampleBytes(): number {
  const bits =
    logNormalBits(WAKE.median, WAKE.sigma) +
    normalBits(TO_READING.deviation ** 2) +
    normalBits(innovationVariance({ a: 1, process: SYSTEM.walk ** 2, white: SYSTEM.white ** 2 })) +
    normalBits(innovationVariance({ a: SERVO.a, process: SERVO.innovation ** 2, white: SERVO.white ** 2 })) +
    normalBits(innovationVariance({ a: 1, process: DEVICE.walk ** 2, white: DEVICE.white ** 2 })) +
    exponentialBits(READ_DELAY.mean) +
    exponentialBits(BRACKET.mean) +
    sumOfTwoExponentialsBits(SPREAD_MEAN) +
    choiceBits(READING_FAILS) +
    choiceBits(BOUND.change) +
    BOUND.change * Math.log2(BOUND.values) +
    choiceBits(BOUND_CACHED);
  return bits / 8;
}

function normalBits(variance: number): number {
  return Math.log2(2 * Math.PI * Math.E * variance) / 2;
}

function logNormalBits(median: number, sigma: number): number {
  return Math.log2(median) + normalBits(sigma ** 2);
}

function exponentialBits(mean: number): number {
  return Math.log2(Math.E * mean);
}

/** Differential entropy of a gamma distribution of shape 2: 2 + ln(mean) + Euler's gamma - 1, in bits. */
function sumOfTwoExponentialsBits(mean: number): number {
  const eulerGamma = 0.577_215_664_901_532_9;
  return (1 + Math.log(mean) + eulerGamma) / Math.LN2;
}

function choiceBits(probability: number): number {
  const other = 1 - probability;
  return -probability * Math.log2(probability) - other * Math.log2(other);
}

/** Variance of what a Kalman filter cannot foresee of x + white noise, x(i) = a * x(i - 1) + process noise. */
function innovationVariance({ a, process, white }: { a: number; process: number; white: number }): number {
  let predicted = process;
  for (let step = 0; step < 100_000; step++) {
    const updated = (predicted * white) / (predicted + white);
    predicted = a * a * updated + process;
  }
  return predicted + white;
}

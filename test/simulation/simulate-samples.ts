/** From a truth to the samples of each stream, as an agent would take them. */
import type { StreamName } from '@ptp-tester/measurement';
import { seededRandom } from '@ptp-tester/testkit';
import type { SimulatedTruth } from './simulated-truth.ts';

/** UTC at the start. */
export const STARTED_AT = 1_795_000_000_000_000_000n;
/** CLOCK_MONOTONIC_RAW at the start: the machine had been up for 100 s. */
const UPTIME_NS = 100_000_000_000n;
const RAW_PPB = 12_000;
const CHRONY_READS_PER_S = 25;
const READINGS = 3;

export interface SimulatedSample {
  /** Seconds from the start: the tick's own time. */
  readonly t: number;
  readonly values: ReadonlyMap<string, number | bigint>;
}

export interface SimulatedSeries {
  readonly stream: StreamName;
  readonly key: string;
  readonly intervalS: number;
  readonly samples: readonly SimulatedSample[];
}

/** Nothing is missing yet. */
export function simulateSamples(truth: SimulatedTruth): SimulatedSeries[] {
  const clocks = new SimulatedClocks(truth);
  const every: Every = ({ stream, intervalS, key = '' }, values) => {
    const startsS = truth.startsS ?? 0;
    const lengthS = Math.min(truth.endsAtS?.[stream] ?? truth.durationS, truth.durationS);
    const count = Math.floor(lengthS / intervalS);
    const samples = Array.from({ length: count }, (_, index) =>
      sampleAt(clocks, startsS + (index + 1) * intervalS, values),
    );
    return { stream, key, intervalS, samples };
  };
  return [
    every({ stream: 'phc', intervalS: truth.phcIntervalS ?? 0.25 }, (t) => clocks.phcSample(t)),
    every({ stream: 'raw', intervalS: 1 }, (t) => ({ offset_ns: clocks.at(t) - clocks.mono(t), bracket_ns: 90 })),
    ...chronySeries(truth, clocks, every),
    ...(truth.vmclockMarker === undefined
      ? []
      : [
          every({ stream: 'host', intervalS: 10 }, (t) => ({
            vmclock_marker: truth.vmclockMarker?.(t) ?? 0n,
            vmclock_status: 3,
          })),
        ]),
    ...(truth.driverReadsPerS === undefined
      ? []
      : [every({ stream: 'ena', intervalS: 10, key: 'ens5' }, driverCounters(truth))]),
    ...(truth.everyStream === true
      ? [
          every({ stream: 'kernel', intervalS: 10 }, () => ({ frequency_ppb: -12_345.678, max_error_ns: 15_000 })),
          every({ stream: 'self', intervalS: 10 }, (t) => ({ cpu_ns: t * 2_000_000, rss_bytes: 60e6 })),
        ]
      : []),
  ];
}

type Values = (t: number) => Readonly<Record<string, number | bigint>>;
type Every = (
  series: { readonly stream: StreamName; readonly intervalS: number; readonly key?: string },
  values: Values,
) => SimulatedSeries;

function sampleAt(clocks: SimulatedClocks, t: number, values: Values): SimulatedSample {
  const own = { at: clocks.at(t), mono_raw_ns: clocks.mono(t), ...values(t) };
  return { t, values: new Map(Object.entries(own)) };
}

function chronySeries(truth: SimulatedTruth, clocks: SimulatedClocks, every: Every): SimulatedSeries[] {
  if (truth.chrony === null) return [];
  const { selected = () => true, boundNs = () => 21_000, leap = () => 0 } = truth.chrony ?? {};
  const { offsetNs = () => 0, errorNs = () => 250_000 } = truth.witness ?? {};
  return [
    every({ stream: 'chrony', intervalS: 1 }, (t) => ({
      reference_id: selected(t) ? 0x50484330 : 0xa9fea97b,
      reference_time_ns: clocks.at(t) - 500_000_000n,
      stratum: 1,
      leap_status: leap(t),
      phc_selected: selected(t) ? 1 : 0,
      clock_error_bound_ns: boundNs(t),
      update_interval_ns: 1_000_000_000,
    })),
    every({ stream: 'chrony_source', intervalS: 10, key: 'PHC0' }, () => ({
      state: 0,
      mode: 2,
      reach: 255,
      error_ns: 5000,
    })),
    ...(truth.witness === null
      ? []
      : [
          every({ stream: 'chrony_source', intervalS: 10, key: '169.254.169.123' }, (t) => ({
            state: 5,
            reach: 255,
            offset_ns: Math.round(offsetNs(t)),
            measured_offset_ns: Math.round(offsetNs(t)),
            error_ns: errorNs(t),
          })),
        ]),
  ];
}

function driverCounters(truth: SimulatedTruth): Values {
  return (t) => ({
    phc_cnt: Math.round((truth.driverReadsPerS?.(t) ?? CHRONY_READS_PER_S) * t),
    phc_err_ts: Math.round(truth.driverErrors?.(t) ?? 0),
  });
}

/** The three clocks as an agent sees them at a tick, each once. */
class SimulatedClocks {
  readonly #truth: SimulatedTruth;
  readonly #normal: () => number;
  /** The random walk of the system clock, every 250 ms. */
  readonly #walk: Float64Array;

  constructor(truth: SimulatedTruth) {
    this.#truth = truth;
    this.#normal = normalFrom(seededRandom(truth.seed ?? 1));
    this.#walk = new Float64Array(Math.ceil(((truth.startsS ?? 0) + truth.durationS) * 4) + 8);
    const step = (truth.walkNs ?? 0) / 2;
    for (let index = 1; index < this.#walk.length; index += 1) {
      this.#walk[index] = (this.#walk[index - 1] ?? 0) + (step === 0 ? 0 : step * this.#normal());
    }
  }

  systemNs(t: number): number {
    return (this.#truth.systemNs?.(t) ?? 0) + (this.#walk[Math.round(t * 4)] ?? 0);
  }

  at(t: number): bigint {
    return STARTED_AT + nanoseconds(t) + BigInt(Math.round(this.systemNs(t)));
  }

  mono(t: number): bigint {
    const own = this.#truth.rawNs?.(t) ?? RAW_PPB * t;
    return UPTIME_NS + nanoseconds(t) + BigInt(Math.round(own));
  }

  phcSample(t: number): Readonly<Record<string, number | bigint>> {
    const { phcNs, whiteNs = 20, readingErrorNs, readDelayNs, readingsFailed } = this.#truth;
    const phc = phcNs?.(t) ?? 0;
    const noise = whiteNs === 0 ? 0 : whiteNs * this.#normal();
    const offset = this.systemNs(t) - phc + noise + (readingErrorNs?.(t) ?? 0);
    const failed = readingsFailed?.(t) ?? 0;
    return {
      offset_ns: Math.round(offset),
      read_delay_ns: readDelayNs?.(t) ?? 1500,
      burst_spread_ns: 12,
      phc_minus_raw_ns: STARTED_AT + nanoseconds(t) + BigInt(Math.round(phc)) - this.mono(t),
      raw_bracket_ns: 1700,
      readings_ok: READINGS - failed,
      readings_failed: failed,
      error_bound_ns: 14_000,
      error_bound_status: 2,
      wake_late_ns: 60_000,
    };
  }
}

function nanoseconds(t: number): bigint {
  return BigInt(Math.round(t * 1e9));
}

/** Box-Muller on a uniform generator. */
function normalFrom(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

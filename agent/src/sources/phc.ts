/** Source `phc`: the system clock against the PTP hardware clock, in bursts. */
import { ERROR_BOUND_STATUSES, NS_PER_S } from '@ptp-tester/measurement';
import { ERRNO, errnoName } from '@ptp-tester/native';
import {
  advanceThrottle,
  errorBoundStatus,
  estimateOffset,
  INITIAL_THROTTLE,
  type OffsetEstimate,
  type PhcBurst,
  type ReadThrottle,
  readingsNow,
} from '@ptp-tester/phc';
import type { NoticedEvent, OpenedSource, Source, SourceOutput, Tick } from '../source.ts';
import { Episode } from '../watch/episode.ts';
import { type ClockReader, readPair } from './clock-reader.ts';
import type { OpenPhc, PhcOpening, PhcPlace } from './phc-opener.ts';

export interface PhcSourceOptions {
  /** Per burst. */
  readonly readings: number;
  /** Whether somebody else reads the device too now (chronyd): then a cached error bound need not be ours. */
  readonly isShared: () => boolean;
}

export interface PhcSourceDependencies {
  readonly clocks: ClockReader;
  readonly open: () => PhcOpening;
  /** Told of each error bound that came with a reading. */
  readonly bounded?: (boundNs: number, monoRawNs: bigint) => void;
  /** The machine's clock to measure as it was lately; undefined: there is none, or it never changes. Asked at each tick. */
  readonly chosen?: () => PhcPlace | undefined;
}

/** Opens the source; absent without a device, throws where the device is there and cannot be opened. */
export function openPhcSource(options: PhcSourceOptions, dependencies: PhcSourceDependencies): OpenedSource {
  const opening = dependencies.open();
  if ('absent' in opening) return opening;
  if ('refused' in opening) throw new Error(opening.refused);
  return { source: new PhcSource(options, { ...dependencies, phc: opening.phc }) };
}

/** Looking for a device that is gone scans sysfs; once a second is often enough. */
const REOPEN_NS = BigInt(NS_PER_S);

interface BoundedBurst {
  readonly burst: PhcBurst;
  /** The sysfs file's, beside the burst. */
  readonly boundNs: number | null;
  readonly status: BoundStatus;
}

type BoundStatus = 'missing' | 'cached' | 'paired';

/** A tick without a sample returns its events only; the loop counts it as missed. */
class PhcSource implements Source {
  readonly stream = 'phc';
  readonly #options: PhcSourceOptions;
  readonly #dependencies: PhcSourceDependencies;
  /** Null while the device is gone. */
  #phc: OpenPhc | null;
  #throttle: ReadThrottle = INITIAL_THROTTLE;
  /** While reads are refused: since when, and how often they were. */
  readonly #refusing = new Episode();
  #refusals = 0;
  #reopenAt = 0n;
  /** The device that is gone, closed; until the first reading of one that is back. */
  #lost: OpenPhc | null = null;
  #methodTold = '';

  constructor(options: PhcSourceOptions, dependencies: PhcSourceDependencies & { readonly phc: OpenPhc }) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#phc = dependencies.phc;
  }

  read(tick: Tick): SourceOutput {
    const phc = this.#phc;
    if (phc === null) return this.#lookForDevice(tick);
    try {
      const output = this.#readFrom(phc, tick);
      // After the burst: it does not wait for a look, and the event lies between the last sample of one clock and the first of the other.
      return { ...output, events: [...output.events, ...this.#follow()] };
    } catch (error) {
      // The clock to measure may be readable where this one is not.
      const events = this.#follow();
      if (events.length === 0) throw error;
      return { readings: [], events };
    }
  }

  close(): void {
    this.#phc?.clock.close();
    this.#phc = null;
  }

  #readFrom(phc: OpenPhc, tick: Tick): SourceOutput {
    const readings = readingsNow(this.#throttle, this.#options.readings);
    if (readings === 0) {
      this.#throttle = advanceThrottle(this.#throttle, 'skipped');
      return { readings: [], events: [] };
    }
    const bounded = this.#readBurst(phc, readings);
    if (bounded.burst.errno === ERRNO.ENODEV) return { readings: [], events: this.#lose(phc) };
    return this.#withReturn(this.#outputOf(bounded, tick));
  }

  /**
   * Takes another clock where the machine has another one to measure: the open one may answer for weeks, and chronyd follows the other.
   * One that cannot be opened is waited for; nothing is measured rather than the wrong clock.
   */
  #follow(): NoticedEvent[] {
    const phc = this.#phc;
    const chosen = phc === null ? undefined : this.#dependencies.chosen?.();
    if (phc === null || chosen === undefined || isSamePlace(phc, chosen)) return [];
    const opening = this.#dependencies.open();
    if (!('phc' in opening)) {
      return this.#lose(phc, { problem: 'absent' in opening ? opening.absent : opening.refused });
    }
    this.#release(phc);
    this.#phc = opening.phc;
    return this.#lost === null ? changeOfClock(phc, opening.phc) : [];
  }

  /** The bound is cached by the driver at each reading of anybody; one that is the same before and after holds for the burst. */
  #readBurst(phc: OpenPhc, readings: number): BoundedBurst {
    const before = phc.readErrorBoundNs();
    const burst = phc.clock.readBurst(readings);
    const boundNs = phc.readErrorBoundNs();
    const status = errorBoundStatus(boundNs, boundNs !== before && this.#options.isShared());
    return { burst, boundNs, status };
  }

  #outputOf(bounded: BoundedBurst, tick: Tick): SourceOutput {
    const { burst } = bounded;
    const events = [...this.#noticeRefusal(burst)];
    const result = estimateOffset(burst);
    if (result.ok) {
      const { at, monoRawNs, errorBoundNs } = result.estimate;
      if (typeof errorBoundNs === 'number') this.#dependencies.bounded?.(errorBoundNs, monoRawNs);
      events.push(...this.#noticeMethod(bounded, result.estimate));
      return { readings: [{ key: '', at, monoRawNs, values: sampleValues(result.estimate, bounded, tick) }], events };
    }
    if (burst.errno === ERRNO.EBUSY) return { readings: [], events };
    if (result.reason === 'offset_too_large') {
      throw new Error('the PHC and the system clock are more than 104 days apart: the PHC is no clock of day');
    }
    throw new Error(
      `the PHC cannot be read: ${burst.errno === 0 ? 'the system clock was set' : errnoName(burst.errno)}`,
    );
  }

  /** Reads less after a refusal; says so once, and again when the full rate is back. */
  #noticeRefusal(burst: PhcBurst): NoticedEvent[] {
    const busy = burst.errno === ERRNO.EBUSY;
    this.#throttle = advanceThrottle(this.#throttle, busy ? 'busy' : 'good');
    if (busy) this.#refusals += 1;
    const { level } = this.#throttle;
    const turn = this.#refusing.look(level !== 'full', readPair(this.#dependencies.clocks).monoRawNs);
    if (turn === null) return [];
    if (turn.kind === 'begun')
      return [{ event: 'reads_blocked', detail: { errno: errnoName(burst.errno), now: level } }];
    const detail = { lasted_s: turn.lastedS, refused: this.#refusals };
    this.#refusals = 0;
    return [{ event: 'reads_recovered', detail }];
  }

  /** How the clock is read shows with the first reading, and may be another way after the device was away. */
  #noticeMethod(bounded: BoundedBurst, estimate: OffsetEstimate): NoticedEvent[] {
    const { method } = bounded.burst;
    const source = boundSource(bounded, estimate);
    if (this.#phc === null) return [];
    const told = `${this.#phc.devicePath} ${method} ${source}`;
    if (told === this.#methodTold) return [];
    this.#methodTold = told;
    const detail = { ...placeOf(this.#phc), method, error_bound: source, readings: this.#options.readings };
    return [{ event: 'phc_read_method', detail }];
  }

  /** One that came back and went again before its first reading was never back. */
  #lose(phc: OpenPhc, why: { readonly problem?: string } = {}): NoticedEvent[] {
    this.#phc = null;
    this.#reopenAt = this.#release(phc) + REOPEN_NS;
    if (this.#lost !== null) return [];
    this.#lost = phc;
    return [{ event: 'device_gone', detail: { ...placeOf(phc), ...why } }];
  }

  /** Closes the device, and forgets how it was to read. Returns when, CLOCK_MONOTONIC_RAW. */
  #release(phc: OpenPhc): bigint {
    phc.clock.close();
    this.#throttle = INITIAL_THROTTLE;
    this.#refusals = 0;
    const now = readPair(this.#dependencies.clocks).monoRawNs;
    this.#refusing.look(false, now);
    return now;
  }

  #lookForDevice(tick: Tick): SourceOutput {
    const nothing: SourceOutput = { readings: [], events: [] };
    const now = readPair(this.#dependencies.clocks).monoRawNs;
    if (now < this.#reopenAt) return nothing;
    this.#reopenAt = now + REOPEN_NS;
    const opening = this.#dependencies.open();
    if (!('phc' in opening)) return nothing;
    const { phc } = opening;
    const bounded = this.#readBurst(phc, 1);
    if (bounded.burst.errno === ERRNO.ENODEV) {
      phc.clock.close();
      return nothing;
    }
    this.#phc = phc;
    return this.#withReturn(this.#outputOf(bounded, tick));
  }

  /** The device counts as back with its first reading, not with its name. */
  #withReturn(output: SourceOutput): SourceOutput {
    const [lost, phc] = [this.#lost, this.#phc];
    if (lost === null || phc === null || output.readings.length === 0) return output;
    this.#lost = null;
    const before = lost.devicePath;
    const detail = { ...placeOf(phc), device_before: before, renumbered: before !== phc.devicePath };
    const another = lost.pciAddress === phc.pciAddress ? [] : changeOfClock(lost, phc);
    return { ...output, events: [{ event: 'device_back', detail }, ...another, ...output.events] };
  }
}

function placeOf(phc: OpenPhc): { clock: string; device: string | null } {
  return { clock: phc.clock.name, device: phc.devicePath };
}

function isSamePlace(one: PhcPlace, other: PhcPlace): boolean {
  return one.devicePath === other.devicePath && one.pciAddress === other.pciAddress;
}

/** What of the measured clock is another now; none where nothing is. */
function changeOfClock(before: OpenPhc, after: OpenPhc): NoticedEvent[] {
  if (isSamePlace(before, after)) return [];
  const detail = {
    stream: 'phc',
    clock: { before: before.clock.name, after: after.clock.name },
    device: { before: before.devicePath, after: after.devicePath },
    pci_address: { before: before.pciAddress, after: after.pciAddress },
  };
  return [{ event: 'environment_changed', detail }];
}

/** Where the error bound comes from. */
function boundSource({ boundNs }: BoundedBurst, { errorBoundNs }: OffsetEstimate): string {
  if (errorBoundNs !== undefined) return 'with each reading';
  return boundNs === null ? 'none' : 'phc_error_bound of sysfs';
}

/** A bound that came with the winning reading is its own; else the driver's cached one, as far as it belongs to the burst. */
function boundOf(bounded: BoundedBurst, { errorBoundNs }: OffsetEstimate): readonly [number, number] {
  const boundNs = errorBoundNs === undefined ? bounded.boundNs : errorBoundNs;
  const ownStatus: BoundStatus = errorBoundNs === null ? 'missing' : 'paired';
  const status = errorBoundNs === undefined ? bounded.status : ownStatus;
  return [boundNs ?? Number.NaN, ERROR_BOUND_STATUSES.indexOf(status)];
}

function sampleValues(estimate: OffsetEstimate, bounded: BoundedBurst, tick: Tick): readonly (number | bigint)[] {
  return [
    estimate.offsetNs,
    estimate.readDelayNs,
    estimate.burstSpreadNs,
    estimate.phcMinusRawNs,
    estimate.rawBracketNs,
    estimate.readingsOk,
    estimate.readingsFailed,
    ...boundOf(bounded, estimate),
    Math.round(tick.wakeLateNs),
  ];
}

/** Whether somebody else reads the PHC: the driver's count of readings against the agent's own and chronyd's. */
import { NS_PER_S } from '@ptp-tester/measurement';
import type { NoticedEvent, Reading } from '../source.ts';
import { Episode } from './episode.ts';
import { columnOf } from './sample-value.ts';

const served = columnOf('ena', 'phc_cnt');
const resets = columnOf('ena', 'reset_epoch');
const taken = columnOf('phc', 'readings_ok');

/** What is known of the device's readers besides the agent. */
export interface KnownReaders {
  /** ENA interfaces of the PHC that is read, in a fixed order; the counters of others are not compared. */
  readonly interfaceNames: readonly string[];
  /** By chronyd's configuration. */
  readonly chronyReadsPerS: number;
}

/** Shorter spans say little: chronyd reads in bursts of 25. */
const SPAN_NS = 60n * BigInt(NS_PER_S);
/** Readings above what is explained, as a share of it and per second: beyond both somebody else reads. */
const MORE_SHARE = 0.2;
const MORE_PER_S = 2;

interface Mark {
  readonly interfaceName: string;
  readonly monoRawNs: bigint;
  readonly served: number;
  readonly own: number;
  readonly resets: number;
}

export class PhcReaders {
  readonly #known: () => KnownReaders;
  readonly #episode = new Episode();
  #own = 0;
  #mark: Mark | null = null;

  /** `known` is asked once a span: chronyd's configuration may change meanwhile. */
  constructor(known: () => KnownReaders) {
    this.#known = known;
  }

  /** A sample of the agent's own. */
  ownSample(reading: Reading): void {
    this.#own += taken(reading);
  }

  /** A sample of the driver's counters, of any interface. */
  counters(reading: Reading): readonly NoticedEvent[] {
    // Interfaces of one device count the same.
    if (this.#known().interfaceNames[0] !== reading.key) return [];
    const now = this.#markOf(reading);
    if (Number.isNaN(now.served)) return [];
    const before = this.#mark;
    if (before?.interfaceName !== now.interfaceName || before.resets !== now.resets) {
      // Who reads one device says nothing of another.
      if (before?.interfaceName !== now.interfaceName) this.#episode.look(false, now.monoRawNs);
      this.#mark = now;
      return [];
    }
    if (now.monoRawNs - before.monoRawNs < SPAN_NS) return [];
    this.#mark = now;
    return this.#compare(before, now);
  }

  #markOf(reading: Reading): Mark {
    const { key: interfaceName, monoRawNs } = reading;
    return { interfaceName, monoRawNs, served: served(reading), own: this.#own, resets: resets(reading) };
  }

  #compare(before: Mark, now: Mark): readonly NoticedEvent[] {
    const seconds = Number(now.monoRawNs - before.monoRawNs) / NS_PER_S;
    const { chronyReadsPerS } = this.#known();
    const servedPerS = (now.served - before.served) / seconds;
    const explainedPerS = (now.own - before.own) / seconds + chronyReadsPerS;
    const isMore = servedPerS > explainedPerS * (1 + MORE_SHARE) + MORE_PER_S;
    const turn = this.#episode.look(isMore, now.monoRawNs);
    if (turn?.kind !== 'begun') return [];
    const detail = {
      interface: now.interfaceName,
      served_per_s: tenths(servedPerS),
      own_per_s: tenths(explainedPerS - chronyReadsPerS),
      chrony_per_s: chronyReadsPerS,
      over_s: Math.round(seconds),
    };
    return [{ event: 'phc_reads_unexplained', detail }];
  }
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

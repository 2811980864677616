/** Whether the PHC goes on: its own advance against that of CLOCK_MONOTONIC_RAW, from the agent's own readings. */
import { NS_PER_S } from '@ptp-tester/measurement';
import type { NoticedEvent, Reading } from '../source.ts';
import { Episode } from './episode.ts';
import { wideColumnOf } from './sample-value.ts';

const phcMinusRaw = wideColumnOf('phc', 'phc_minus_raw_ns');

/** A clock that gains less than this share of the raw clock's time stands; no oscillator is wrong by half. */
const STANDING_SHARE = 0.5;
/** Two bursts right after each other may differ by little; a clock that stood for a second has stopped. */
const STOPPED_AFTER_NS = BigInt(NS_PER_S);

interface Standing {
  /** The last sample at which it still went, CLOCK_MONOTONIC_RAW. */
  readonly sinceNs: bigint;
}

export class PhcProgress {
  readonly #episode = new Episode();
  #last: { readonly monoRawNs: bigint; readonly phcNs: bigint } | null = null;
  #standing: Standing | null = null;

  /** The device went away: what comes next may be another clock. */
  forget(): void {
    this.#last = null;
    this.#standing = null;
  }

  /** `followed`: whether chronyd has the PHC selected; null when that is not known. */
  sample(reading: Reading, followed: boolean | null): readonly NoticedEvent[] {
    const { monoRawNs } = reading;
    const phcNs = phcMinusRaw(reading) + monoRawNs;
    const before = this.#last;
    this.#last = { monoRawNs, phcNs };
    if (before === null || monoRawNs <= before.monoRawNs) return [];
    const rawAdvance = Number(monoRawNs - before.monoRawNs);
    const stands = Math.abs(Number(phcNs - before.phcNs)) < rawAdvance * STANDING_SHARE;
    this.#standing = stands ? (this.#standing ?? { sinceNs: before.monoRawNs }) : null;
    const sinceNs = this.#standing?.sinceNs ?? monoRawNs;
    const hasStopped = this.#standing !== null && monoRawNs - sinceNs >= STOPPED_AFTER_NS;
    const turn = this.#episode.look(hasStopped, monoRawNs, sinceNs);
    if (turn === null) return [];
    if (turn.kind === 'ended') return [{ event: 'phc_running', detail: { stood_still_s: turn.lastedS } }];
    const detail = {
      phc_ns: String(phcNs),
      chrony_follows: followed,
      stands_since_mono_raw_ns: String(sinceNs),
    };
    return [{ event: 'phc_stopped', detail }];
  }
}

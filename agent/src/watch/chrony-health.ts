/** Whether chronyd answers, and reads the PHC that the agent can read. Decides that it must be restarted; acts nowhere. */
import { NS_PER_S, SOURCE_MODES } from '@ptp-tester/measurement';
import type { NoticedEvent, Reading } from '../source.ts';
import { Episode } from './episode.ts';
import { columnOf } from './sample-value.ts';

const reach = columnOf('chrony_source', 'reach');
const mode = columnOf('chrony_source', 'mode');

/** `unanswered`: no tracking report; `dead_descriptor`: its PHC has no reach while the agent reads the same device. */
export type ChronyTrouble = 'unanswered' | 'dead_descriptor';

/** A restart by systemd or a package update takes some seconds; and five reports in a row must be missing. */
const UNANSWERED_AFTER_NS = 30n * BigInt(NS_PER_S);
const UNANSWERED_INTERVALS = 5;
/** Between two looks no more than this counts as silence: a paused machine asked nothing meanwhile. */
const LONGEST_LOOK_NS = 5n * BigInt(NS_PER_S);
/** A chronyd that has just started has no reach either; at poll 0 eight polls empty the register. */
const DEAD_AFTER_NS = 60n * BigInt(NS_PER_S);
/** The agent reads seldom while reads are refused; a device that it cannot read either is no fault of chronyd's. */
const READABLE_FOR_NS = 30n * BigInt(NS_PER_S);
/** While a restart does not help it is asked for again so often. */
const ASK_AGAIN_NS = 300n * BigInt(NS_PER_S);

/** What came of asking for a restart. */
export interface RestartAnswer {
  readonly asked: boolean;
  /** For the event: asked, or why not. */
  readonly told: string;
}

export interface ChronyHealthDependencies {
  /** Names that chronyc gives the PHC; none where chronyd is not configured to use it. */
  readonly phcNames: () => readonly string[];
  readonly askForRestart: (trouble: ChronyTrouble, nowNs: bigint) => RestartAnswer;
}

/** All times CLOCK_MONOTONIC_RAW, ns. */
export class ChronyHealth {
  readonly #deps: ChronyHealthDependencies;
  readonly #episode = new Episode();
  /** How long no tracking report has come; null before the first: a chronyd that never answered is the setup's business. */
  #silentNs: bigint | null = null;
  #silenceAllowedNs = UNANSWERED_AFTER_NS;
  #lookedAt: bigint | null = null;
  /** The PHC's last reading by the agent. */
  #phcReadAt: bigint | null = null;
  /** Since when chronyd has had no reach of the PHC while the agent read it; null while it has. */
  #unreachedSince: bigint | null = null;
  #askedAt: bigint | null = null;
  #told: string | null = null;

  constructor(dependencies: ChronyHealthDependencies) {
    this.#deps = dependencies;
  }

  /** A tracking report, planned every `intervalNs`. */
  tracking({ monoRawNs }: Reading, intervalNs: number): void {
    this.#silentNs = 0n;
    this.#lookedAt = monoRawNs;
    const intervals = BigInt(Math.round(intervalNs)) * BigInt(UNANSWERED_INTERVALS);
    this.#silenceAllowedNs = intervals > UNANSWERED_AFTER_NS ? intervals : UNANSWERED_AFTER_NS;
  }

  phcSample({ monoRawNs }: Reading): void {
    this.#phcReadAt = monoRawNs;
  }

  /** The device is gone: that chronyd does not reach it is no fault of chronyd's. */
  phcGone(): void {
    this.#phcReadAt = null;
    this.#unreachedSince = null;
  }

  source(reading: Reading): void {
    if (SOURCE_MODES[mode(reading)] !== 'reference_clock' || !this.#deps.phcNames().includes(reading.key)) return;
    const canRead = this.#phcReadAt !== null && reading.monoRawNs - this.#phcReadAt < READABLE_FOR_NS;
    const isLost = reach(reading) === 0 && canRead;
    this.#unreachedSince = isLost ? (this.#unreachedSince ?? reading.monoRawNs) : null;
  }

  /** At every wake-up of the sampling loop. */
  look(nowNs: bigint): readonly NoticedEvent[] {
    this.#countSilence(nowNs);
    const trouble = this.#trouble(nowNs);
    const turn = this.#episode.look(trouble !== null, nowNs, this.#sinceWhen(nowNs));
    if (turn?.kind === 'ended') {
      this.#askedAt = null;
      this.#told = null;
      return [{ event: 'chrony_back', detail: { lasted_s: turn.lastedS } }];
    }
    if (trouble === null) return [];
    if (turn === null && this.#askedAt !== null && nowNs - this.#askedAt < ASK_AGAIN_NS) return [];
    this.#askedAt = nowNs;
    const { asked, told } = this.#deps.askForRestart(trouble, nowNs);
    // That nothing is asked for is said once; a restart that was asked for in vain is a new fact each time.
    const isSaid = !asked && told === this.#told;
    this.#told = told;
    return isSaid ? [] : [{ event: 'chrony_lost', detail: { trouble, restart: told } }];
  }

  /** When the trouble of now began. */
  #sinceWhen(nowNs: bigint): bigint {
    return this.#unreachedSince ?? nowNs - (this.#silentNs ?? 0n);
  }

  #countSilence(nowNs: bigint): void {
    const sinceLook = nowNs - (this.#lookedAt ?? nowNs);
    this.#lookedAt = nowNs;
    if (this.#silentNs === null) return;
    this.#silentNs += sinceLook < LONGEST_LOOK_NS ? sinceLook : LONGEST_LOOK_NS;
  }

  #trouble(nowNs: bigint): ChronyTrouble | null {
    if (this.#silentNs === null) return null;
    if (this.#silentNs >= this.#silenceAllowedNs) return 'unanswered';
    const since = this.#unreachedSince;
    return since !== null && nowNs - since >= DEAD_AFTER_NS ? 'dead_descriptor' : null;
  }
}

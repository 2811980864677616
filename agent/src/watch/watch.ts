/** Looks at what the sources bring on its way to the recorder, and tells what it means. Reads nothing itself. */
import type { EventKind, StreamName } from '@ptp-tester/measurement';
import type { SampledStream } from '../batch.ts';
import type { SamplingOutput } from '../sampling-loop.ts';
import type { NoticedEvent, Reading } from '../source.ts';
import { ChronyHealth, type ChronyTrouble, type RestartAnswer } from './chrony-health.ts';
import { LeapStatusWatch } from './leap-status.ts';
import { PhcProgress } from './phc-progress.ts';
import { type KnownReaders, PhcReaders } from './phc-readers.ts';
import { columnOf } from './sample-value.ts';

/** What chronyd's configuration makes of the PHC; asked seldom, it reads files. */
export interface WatchedPhc extends KnownReaders {
  /** Names that chronyc gives the PHC. */
  readonly chronyNames: readonly string[];
}

export interface WatchDependencies {
  readonly output: SamplingOutput;
  readonly readPhc: () => WatchedPhc;
  readonly askForRestart: (trouble: ChronyTrouble, nowNs: bigint) => RestartAnswer;
}

const phcSelected = columnOf('chrony', 'phc_selected');
/** The configuration of chrony and the PHC's interface change seldom. */
const PHC_FACTS_NS = 60_000_000_000n;
/** What a source tells when the clock that was read is read no more; of a source `environment_changed` is another clock. */
const LEAVES_CLOCK: ReadonlySet<EventKind> = new Set(['device_gone', 'environment_changed']);

export class Watch implements SamplingOutput {
  readonly #deps: WatchDependencies;
  readonly #progress = new PhcProgress();
  readonly #readers: PhcReaders;
  readonly #leap = new LeapStatusWatch();
  readonly #health: ChronyHealth;
  /** Whether chronyd follows the PHC; null before its first report. */
  #followed: boolean | null = null;
  #phc: { readonly facts: WatchedPhc; readonly readAt: bigint } | null = null;
  #nowNs = 0n;

  constructor(dependencies: WatchDependencies) {
    this.#deps = dependencies;
    this.#readers = new PhcReaders(() => this.#phcFacts());
    this.#health = new ChronyHealth({
      phcNames: () => this.#phcFacts().chronyNames,
      askForRestart: dependencies.askForRestart,
    });
  }

  sample(stream: StreamName, intervalNs: number, reading: Reading): void {
    this.#deps.output.sample(stream, intervalNs, reading);
    this.#nowNs = reading.monoRawNs;
    this.#tell(this.#look({ stream, intervalNs }, reading));
  }

  missed(stream: StreamName, ticks: number): void {
    this.#deps.output.missed(stream, ticks);
  }

  event(noticed: NoticedEvent): void {
    const leavesClock = LEAVES_CLOCK.has(noticed.event);
    if (leavesClock) {
      this.#progress.forget();
      this.#health.phcGone();
    }
    if (leavesClock || noticed.event === 'device_back') this.#phc = null;
    this.#deps.output.event(noticed);
  }

  served(monoRawNs: bigint): void {
    this.#nowNs = monoRawNs;
    this.#tell(this.#health.look(monoRawNs));
    this.#deps.output.served(monoRawNs);
  }

  wantsWakeAt(): bigint | null {
    return this.#deps.output.wantsWakeAt();
  }

  #look({ stream, intervalNs }: SampledStream, reading: Reading): readonly NoticedEvent[] {
    switch (stream) {
      case 'phc':
        this.#readers.ownSample(reading);
        this.#health.phcSample(reading);
        return this.#progress.sample(reading, this.#followed);
      case 'chrony':
        this.#followed = phcSelected(reading) === 1;
        this.#health.tracking(reading, intervalNs);
        return this.#leap.sample(reading);
      case 'chrony_source':
        this.#health.source(reading);
        return [];
      case 'ena':
        return this.#readers.counters(reading);
      default:
        return [];
    }
  }

  #tell(events: readonly NoticedEvent[]): void {
    for (const noticed of events) this.#deps.output.event(noticed);
  }

  #phcFacts(): WatchedPhc {
    if (this.#phc === null || this.#nowNs - this.#phc.readAt >= PHC_FACTS_NS) {
      this.#phc = { facts: this.#deps.readPhc(), readAt: this.#nowNs };
    }
    return this.#phc.facts;
  }
}

/** What the agent does every ten seconds beside sampling: writes what could not be written, tells its status, looks at its machine. */
import type { CancelTimer, SetTimer } from './timer.ts';

const ROUND_MS = 10_000;
/** In rounds: a status each minute, a look at the machine every ten minutes (it forks a few commands), each minute until a PHC is locked. */
const STATUS_ROUNDS = 6;
const LOOK_ROUNDS = 60;
/** Maintenance is announced days ahead; it is asked for every ten minutes, and soon after the start. */
const MAINTENANCE_ROUNDS = 60;

export interface HousekeepingDependencies {
  readonly setTimer: SetTimer;
  /** At every round. */
  readonly tidy: () => void;
  /** Whether something happened after which the machine must be looked at now; asked at every round. */
  readonly hasChanged: () => boolean;
  /** A PHC is there and not followed yet: looks are worth more. */
  readonly awaitsLock: () => boolean;
  readonly look: () => void;
  readonly sendStatus: () => void;
  readonly askMaintenance: () => void;
}

export class Housekeeping {
  readonly #deps: HousekeepingDependencies;
  #rounds = 0;
  #cancel: CancelTimer = () => undefined;

  constructor(dependencies: HousekeepingDependencies) {
    this.#deps = dependencies;
  }

  start(): void {
    this.#cancel = this.#deps.setTimer(ROUND_MS, () => {
      this.#round();
      this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }

  #round(): void {
    const deps = this.#deps;
    this.#rounds += 1;
    deps.tidy();
    const lookRounds = deps.awaitsLock() ? STATUS_ROUNDS : LOOK_ROUNDS;
    if (deps.hasChanged() || this.#rounds % lookRounds === 0) deps.look();
    else if (this.#rounds % STATUS_ROUNDS === 0) deps.sendStatus();
    if (this.#rounds % MAINTENANCE_ROUNDS === 1) deps.askMaintenance();
  }
}

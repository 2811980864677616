/**
 * The agent's side of the dead-man's switch. Only the switch, a unit of root's, can end the machine; the unprivileged agent
 * writes an order into its own state folder, and the switch answers in a folder that only root writes (deploy/user-data.sh).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeStateFile } from './state-file.ts';
import type { CancelTimer, SetTimer } from './timer.ts';

/** `fire`: power off now. The others hold until the next order, across reboots. */
export type SwitchOrder = 'armed' | 'disarmed' | 'fire';

export class DeadMansSwitch {
  readonly #orderPath: string;
  readonly #answerPath: string;

  /** `folder`: where the switch answers. */
  constructor({ stateDir, folder }: { readonly stateDir: string; readonly folder: string }) {
    this.#orderPath = join(stateDir, 'switch');
    this.#answerPath = join(folder, 'answer');
  }

  /** The order is on the disk when this resolves. */
  order(order: SwitchOrder): Promise<void> {
    return writeStateFile(this.#orderPath, order);
  }

  /** Whether the switch has said that it stands down. */
  async isDisarmed(): Promise<boolean> {
    try {
      return (await readFile(this.#answerPath, 'utf8')).trim() === 'disarmed';
    } catch {
      // No answer that can be read is no answer.
      return false;
    }
  }
}

export interface DisarmingDependencies {
  /** Null where user data armed none: then the lease alone ends the machine. */
  readonly deadMansSwitch: Pick<DeadMansSwitch, 'order' | 'isDisarmed'> | null;
  readonly setTimer: SetTimer;
  /** `disarmed` is another now. */
  readonly changed: () => void;
  readonly problem: (error: unknown) => void;
}

const ASK_AGAIN_MS = 1000;

/** Hands the lease's `disarmed` on to the switch, and knows when that has answered. */
export class Disarming {
  readonly #deps: DisarmingDependencies;
  #wanted: boolean | null = null;
  #confirmed = false;
  #cancel: CancelTimer = () => undefined;

  constructor(dependencies: DisarmingDependencies) {
    this.#deps = dependencies;
  }

  /** Neither lease nor switch will end the machine. */
  get disarmed(): boolean {
    return this.#wanted === true && this.#confirmed;
  }

  /** Called with every lease; only another wish writes an order. */
  async follow(wanted: boolean): Promise<void> {
    if (this.#wanted === wanted) return;
    await this.#deps.deadMansSwitch?.order(wanted ? 'disarmed' : 'armed');
    this.#wanted = wanted;
    await this.#look();
  }

  stop(): void {
    this.#cancel();
  }

  async #look(): Promise<void> {
    this.#cancel();
    const { deadMansSwitch, setTimer, changed, problem } = this.#deps;
    const wanted = this.#wanted === true;
    const confirmed = deadMansSwitch === null ? wanted : await deadMansSwitch.isDisarmed();
    const isNews = confirmed !== this.#confirmed;
    this.#confirmed = confirmed;
    if (isNews) changed();
    if (confirmed !== wanted) this.#cancel = setTimer(ASK_AGAIN_MS, () => void this.#look().catch(problem));
  }
}

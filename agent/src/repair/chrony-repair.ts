/** The agent's side of a restart of chronyd: asks for it through its state folder, three times an hour at most. */
import { SequentialWork } from '../spool/sequential-work.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';
import type { ChronyTrouble, RestartAnswer } from '../watch/chrony-health.ts';
import { asRepairRequest, RESTARTS_PER_HOUR, type RepairRequest, recentMoments, repairPath } from './repair-request.ts';

export interface ChronyRepairOptions {
  readonly stateDir: string;
  readonly bootId: string;
}

export class ChronyRepair {
  readonly #path: string;
  readonly #bootId: string;
  readonly #problem: (error: unknown) => void;
  readonly #writes = new SequentialWork();
  #last: RepairRequest | null = null;
  /** Whether the plan lets this tool configure chrony: a chronyd that is somebody else's is not restarted. */
  #isOurs = false;

  constructor(options: ChronyRepairOptions, dependencies: { readonly problem: (error: unknown) => void }) {
    this.#path = repairPath(options.stateDir);
    this.#bootId = options.bootId;
    this.#problem = dependencies.problem;
  }

  /** Remembers what an earlier life asked for, so that restarts of the agent do not add up. */
  async open(): Promise<void> {
    this.#last = asRepairRequest(await readStateFile(this.#path));
  }

  setOurs(isOurs: boolean): void {
    this.#isOurs = isOurs;
  }

  /** What became of it, in words for the event. The request is on the disk a little later. */
  ask(why: ChronyTrouble, nowNs: bigint): RestartAnswer {
    if (!this.#isOurs) return notAsked('the plan does not let this tool configure chrony');
    const now = { boot_id: this.#bootId, at_s: Math.round(Number(nowNs) / 1e9) };
    const recent = recentMoments(this.#last?.asked ?? [], now);
    if (recent.length >= RESTARTS_PER_HOUR) return notAsked(`there were ${recent.length} within an hour`);
    const number = (this.#last?.number ?? 0) + 1;
    const request: RepairRequest = { version: 1, action: 'restart_chronyd', why, number, asked: [...recent, now] };
    this.#last = request;
    this.#writes.run(() => writeStateFile(this.#path, request)).catch(this.#problem);
    return { asked: true, told: 'asked for' };
  }
}

function notAsked(why: string): RestartAnswer {
  return { asked: false, told: `not asked for: ${why}` };
}

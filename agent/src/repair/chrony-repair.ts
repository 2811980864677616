/** The agent's side of what it asks root for, through its state folder: chronyd restarted, or the setup that gave up tried again. */
import { join } from 'node:path';
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { Inspection } from '../setup/inspect.ts';
import type { AskForSetup } from '../setup-request.ts';
import { SequentialWork } from '../spool/sequential-work.ts';
import { readStateFile, writeStateFile } from '../state-file.ts';
import type { ChronyTrouble, RestartAnswer } from '../watch/chrony-health.ts';
import {
  asRepairRequest,
  type Moment,
  RESTARTS_PER_HOUR,
  type RepairRequest,
  recentMoments,
  repairPath,
} from './repair-request.ts';
import { asSetupRetries, decideRetry, type SetupRetries } from './setup-retry.ts';

export interface ChronyRepairOptions {
  readonly stateDir: string;
  readonly bootId: string;
}

export interface ChronyRepairDependencies {
  readonly askForSetup: AskForSetup;
  readonly problem: (error: unknown) => void;
  readonly notice: (event: EventKind, detail: { readonly [key: string]: JsonValue }) => void;
}

const RETRIES_FILE = 'setup-retries.json';

export class ChronyRepair {
  readonly #path: string;
  readonly #retriesPath: string;
  readonly #bootId: string;
  readonly #deps: ChronyRepairDependencies;
  readonly #writes = new SequentialWork();
  #last: RepairRequest | null = null;
  #retries: SetupRetries | null = null;
  /** Whether the plan lets this tool configure chrony: a chronyd that is somebody else's is not restarted. */
  #isOurs = false;

  constructor(options: ChronyRepairOptions, dependencies: ChronyRepairDependencies) {
    this.#path = repairPath(options.stateDir);
    this.#retriesPath = join(options.stateDir, RETRIES_FILE);
    this.#bootId = options.bootId;
    this.#deps = dependencies;
  }

  /** Remembers what an earlier life asked for, so that restarts of the agent do not add up. */
  async open(): Promise<void> {
    this.#last = asRepairRequest(await readStateFile(this.#path));
    this.#retries = asSetupRetries(await readStateFile(this.#retriesPath));
  }

  setOurs(isOurs: boolean): void {
    this.#isOurs = isOurs;
  }

  /** What became of it, in words for the event. The request is on the disk a little later. */
  ask(why: ChronyTrouble, nowNs: bigint): RestartAnswer {
    if (!this.#isOurs) return notAsked('the plan does not let this tool configure chrony');
    const now = this.#momentOf(nowNs);
    const recent = recentMoments(this.#last?.asked ?? [], now);
    if (recent.length >= RESTARTS_PER_HOUR) return notAsked(`there were ${recent.length} within an hour`);
    this.#request({ action: 'restart_chronyd', why, asked: [...recent, now] });
    return { asked: true, told: 'asked for' };
  }

  /** After each look at the machine: the setup that was rolled back for want of the PHC is asked for again when it is time. */
  inspected(inspection: Inspection, nowNs: bigint): void {
    if (!this.#isOurs) return;
    const now = this.#momentOf(nowNs);
    const { ask, retries } = decideRetry(this.#retries, inspection, now);
    if (retries !== this.#retries) this.#write(this.#retriesPath, retries);
    this.#retries = retries;
    if (!ask) return;
    this.#request({
      action: 'retry_setup',
      why: 'phc_not_selected',
      asked: recentMoments(this.#last?.asked ?? [], now),
    });
    const after = `asked for again, try ${retries?.tries ?? 0}: the PHC can be read`;
    this.#deps.notice('environment_changed', { setup: { before: inspection.setup.reason, after } });
  }

  #momentOf(nowNs: bigint): Moment {
    return { boot_id: this.#bootId, at_s: Math.round(Number(nowNs) / 1e9) };
  }

  #request(wanted: Pick<RepairRequest, 'action' | 'why' | 'asked'>): void {
    const request: RepairRequest = { version: 1, ...wanted, number: (this.#last?.number ?? 0) + 1 };
    this.#last = request;
    this.#writes.run(() => this.#store(request)).catch(this.#deps.problem);
  }

  async #store(request: RepairRequest): Promise<void> {
    await writeStateFile(this.#path, request);
    await this.#deps.askForSetup();
  }

  #write(path: string, value: unknown): void {
    this.#writes.run(() => writeStateFile(path, value)).catch(this.#deps.problem);
  }
}

function notAsked(why: string): RestartAnswer {
  return { asked: false, told: `not asked for: ${why}` };
}

/** What ingest writes about an instance into the control database: enrolled, measuring, finished, and what the agent found. */
import type { PtpStatus, Verdict } from '@ptp-tester/measurement';
import type { Enrol, Status } from '@ptp-tester/wire';
import { INSTANCE_STATES } from '../runs/instance-states.ts';
import type { InstanceRecord, InstanceState, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

/** An instance never goes back: a reconnecting agent does not make a finished one measuring. */
function isAhead(state: InstanceState, of: InstanceState): boolean {
  return INSTANCE_STATES.indexOf(state) > INSTANCE_STATES.indexOf(of);
}

export class InstanceProgress {
  readonly #repository: RunRepository;
  readonly #now: () => number;

  constructor(dependencies: { readonly repository: RunRepository; readonly now: () => number }) {
    this.#repository = dependencies.repository;
    this.#now = dependencies.now;
  }

  /** The enrolment is on disk when this returns. */
  enrolled(message: Enrol, secretSha256: string): void {
    const { run, index, attempt, facts, agent_version: agentVersion } = message;
    if (this.#repository.enrolment(run, index, attempt) === null) {
      const enrolledAt = this.#now();
      const instanceId = facts.instance_id;
      this.#repository.saveEnrolment({ run, index, attempt, instanceId, secretSha256, enrolledAt });
    }
    const instance = this.#repository.instance(run, index);
    if (instance === null) return;
    const state = isAhead('enrolled', instance.state) ? ({ state: 'enrolled' } as const) : {};
    this.#repository.updateInstance(run, index, { ...state, instanceId: facts.instance_id, facts, agentVersion });
  }

  /** A hello shows which agent runs now; it may have been replaced since it enrolled. */
  greeted(instanceId: string, agentVersion: string): void {
    const instance = this.#repository.instanceById(instanceId);
    if (instance === null || instance.agentVersion === agentVersion) return;
    this.#repository.updateInstance(instance.run, instance.index, { agentVersion });
  }

  /** Its first samples are stored. */
  measuring(instanceId: string): void {
    this.#advance(this.#repository.instanceById(instanceId), 'measuring');
  }

  /** Takes over what the agent says of itself; writes only what changed. */
  status(run: RunId, instanceId: string, status: Status): void {
    const instance = this.#repository.instanceById(instanceId);
    if (instance === null || instance.run !== run) return;
    if (status.phase === 'finished') this.#advance(instance, 'finished');
    const verdict = verdictOf(instance, status);
    const same = isSame(instance.verdict, verdict) && isSame(lasting(instance.ptpStatus), lasting(status.ptp_status));
    if (!same) this.#repository.updateInstance(run, instance.index, { ptpStatus: status.ptp_status, verdict });
  }

  #advance(instance: InstanceRecord | null, state: InstanceState): void {
    if (instance === null || !isAhead(state, instance.state)) return;
    this.#repository.updateInstance(instance.run, instance.index, { state });
  }
}

/** Quality is judged from the data elsewhere; what was judged stays. */
function verdictOf(instance: InstanceRecord, { capability, setup }: Status): Verdict {
  const notYet = { value: 'not_enough_data', reason: 'The samples have not been judged yet.' } as const;
  return { capability, setup, quality: instance.verdict?.quality ?? notYet };
}

/** Without the one figure that differs in every status. */
function lasting(status: PtpStatus | null): PtpStatus | null {
  return status === null ? null : { ...status, time_offset_ns: null };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

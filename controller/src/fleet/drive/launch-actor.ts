/** Launches one instance: frozen on disk first, sent once, and its outcome written down, whatever it is. */
import type { InstanceRecord, RunId } from '../../runs/run.ts';
import type { LaunchRecord, RunRepository } from '../../runs/run-repository.ts';
import { isTemporary } from '../aws/classify-error.ts';
import { decodeCommand } from '../aws/refusal-reason.ts';
import { type ActionMemory, nextTries } from '../decide/action-memory.ts';
import type { FleetPolicy, LaunchTries, Trouble } from '../decide/fleet-view.ts';
import { attemptAnew, attemptElsewhere, isHopeless, isOfPlace } from '../decide/launch-attempts.ts';
import type { Ec2 } from '../ec2.ts';
import { type FailedCall, FleetError } from '../fleet-error.ts';
import type { FleetLog } from '../fleet-log.ts';
import { freezeLaunch, type LaunchContext, requestOf } from '../prepare/frozen-launch.ts';
import { makeToken } from '../prepare/token.ts';
import { type Failed, giveUp, neverPrepared } from './give-up.ts';
import { callOf, pauseIfCredentials } from './run-pause.ts';

export interface LaunchActorDependencies {
  readonly repository: RunRepository;
  readonly ec2: Ec2;
  readonly controllerKey: Uint8Array;
  readonly launchContext: LaunchContext;
  readonly log: FleetLog;
  now(): number;
}

/** EC2 does not show everywhere at once what was made a moment ago: our own groups may be unknown to RunInstances. */
const NOT_YET_SHOWN: ReadonlySet<string> = new Set(['InvalidGroup.NotFound', 'InvalidPlacementGroup.Unknown']);

export class LaunchActor {
  readonly #run: RunId;
  readonly #policy: FleetPolicy;
  readonly #memory: ActionMemory;
  readonly #dependencies: LaunchActorDependencies;

  constructor(
    { run, policy, memory }: { run: RunId; policy: FleetPolicy; memory: ActionMemory },
    dependencies: LaunchActorDependencies,
  ) {
    this.#run = run;
    this.#policy = policy;
    this.#memory = memory;
    this.#dependencies = dependencies;
  }

  /** `launching` is on the disk before the call goes out: from then on an instance may exist. */
  async launch(before: InstanceRecord): Promise<void> {
    const { repository, ec2 } = this.#dependencies;
    const frozen = this.#frozen(before);
    if (frozen === null) return;
    repository.updateInstance(this.#run, before.index, { state: 'launching' });
    try {
      const instanceId = await ec2.runInstances(requestOf(frozen));
      repository.updateInstance(this.#run, before.index, { instanceId });
      this.#note(before.index, null);
    } catch (error) {
      const failed = callOf(error);
      const trouble = { ...troubleOf(failed.call, failed.message), isFinal: false };
      this.#note(before.index, trouble);
      const isPaused = pauseIfCredentials(this.#run, failed, this.#dependencies);
      this.#afterFailure(before, trouble, isPaused);
    }
  }

  /** Nothing came of the launches so far: another place, or another token. */
  replan(instance: InstanceRecord): void {
    const trouble = this.#memory.launches.get(instance.index)?.trouble ?? null;
    if (trouble === null) return;
    const subnets = this.#subnetCount(instance);
    const anew = trouble.call.kind === 'idempotency' ? attemptAnew(instance.attempt, subnets) : 0;
    if (anew === null) this.#giveUp(instance, trouble);
    else if (anew === 0) this.#moveOn({ ...instance, state: 'planned' }, trouble);
    else this.#planAgain(instance.index, anew);
  }

  /** What was frozen for this attempt, or is frozen now. Null: it cannot be, and the instance has failed. */
  #frozen(instance: InstanceRecord): LaunchRecord | null {
    const { repository, controllerKey, launchContext, now } = this.#dependencies;
    const { index, attempt } = instance;
    const known = repository.launch(this.#run, index, attempt);
    if (known !== null) return known;
    const run = repository.run(this.#run);
    const preparation = repository.preparation(this.#run);
    if (run === null || preparation === null) {
      giveUp(instance, neverPrepared(this.#run), this.#dependencies);
      return null;
    }
    const token = makeToken(controllerKey, instance);
    try {
      const frozen = freezeLaunch({ ...launchContext, run, preparation, instance, token, now: now() });
      repository.saveLaunch(frozen);
      return frozen;
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      giveUp(instance, { failure: { kind: 'other', message: error.message }, evidence: [] }, this.#dependencies);
      return null;
    }
  }

  #note(index: number, trouble: Trouble | null): void {
    const { now } = this.#dependencies;
    const before = this.#memory.launches.get(index);
    const tries = nextTries(before, { now: now(), trouble }, this.#policy);
    const isUnknown = trouble !== null && !trouble.call.refused;
    const unknownAt = isUnknown ? now() : (before?.unknownAt ?? null);
    this.#memory.launches.set(index, { ...tries, unknownAt, refusedPlaces: before?.refusedPlaces ?? 0 });
  }

  /**
   * Back to `planned` only when this was the first try since then and the service refused it: an instance may exist
   * from an earlier try whose answer was lost, and a later refusal says nothing about that one.
   */
  #afterFailure(before: InstanceRecord, trouble: Trouble, isPaused: boolean): void {
    const { repository } = this.#dependencies;
    const current = repository.instance(this.#run, before.index);
    // While the call was out its agent may have enrolled, or the instance may have been found: it was launched then.
    if (current === null || current.state !== 'launching' || current.instanceId !== null) return;
    const nothingLaunched = before.state === 'planned' && trouble.call.refused;
    const course = isPaused ? 'again' : courseAfter(trouble.call);
    if (course === 'give_up') {
      this.#giveUp({ ...current, state: nothingLaunched ? 'planned' : 'launching' }, trouble);
      return;
    }
    if (!nothingLaunched) return;
    if (course === 'again') this.#planAgain(before.index, before.attempt);
    else if (course === 'elsewhere') this.#moveOn({ ...current, state: 'planned' }, trouble);
  }

  /** This place refused it: on to the next, unless every place has refused it for good. */
  #moveOn(instance: InstanceRecord, trouble: Trouble): void {
    const { index, attempt } = instance;
    const subnets = this.#subnetCount(instance);
    const tries = this.#memory.launches.get(index);
    const refusedPlaces = (tries?.refusedPlaces ?? 0) + 1;
    if (isHopeless(trouble.call, refusedPlaces, subnets)) {
      this.#giveUp(instance, trouble);
      return;
    }
    // The next place is tried at once; only after a whole round of them there is a pause.
    const isRoundOver = refusedPlaces % subnets === 0;
    const nextAt = isRoundOver ? (tries?.nextAt ?? 0) : this.#dependencies.now();
    if (tries !== undefined) this.#setTries(index, { ...tries, refusedPlaces, nextAt, unknownAt: null });
    this.#planAgain(index, attemptElsewhere(attempt, subnets));
  }

  #setTries(index: number, tries: LaunchTries): void {
    this.#memory.launches.set(index, tries);
  }

  #planAgain(index: number, attempt: number): void {
    this.#dependencies.repository.updateInstance(this.#run, index, { state: 'planned', attempt });
  }

  #subnetCount({ instanceType }: InstanceRecord): number {
    const preparation = this.#dependencies.repository.preparation(this.#run);
    return preparation?.types.find(({ type }) => type === instanceType)?.subnetIds.length ?? 1;
  }

  #giveUp(instance: InstanceRecord, { failure, call }: Trouble): void {
    giveUp(instance, { failure, evidence: evidenceOf(call) }, this.#dependencies);
  }
}

/** What a failed launch asks for. `wait`: its token is taken by another request; whether an instance exists must show first. */
function courseAfter(call: FailedCall): 'again' | 'elsewhere' | 'wait' | 'give_up' {
  if (isOfPlace(call)) return 'elsewhere';
  if (isTemporary(call.kind) || NOT_YET_SHOWN.has(call.awsCode)) return 'again';
  return call.awsCode === 'IdempotentParameterMismatch' ? 'wait' : 'give_up';
}

/** The token of an instance that has ended already: it was launched, and is lost. */
function troubleOf(call: FailedCall, message: string): Pick<Trouble, 'failure' | 'call'> {
  const kind = call.awsCode === 'IdempotentInstanceTerminated' ? 'lost' : call.kind;
  return { failure: { kind, message }, call };
}

function evidenceOf({ action, awsCode, requestId, encodedReason }: FailedCall): Failed['evidence'] {
  const answer = `${action} answered ${awsCode}${requestId === null ? '' : `, request ${requestId}`}`;
  return [answer, ...(encodedReason === null ? [] : [`why: ${decodeCommand(encodedReason)}`])];
}

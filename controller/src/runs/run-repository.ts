/** What the rest of the controller may ask of the control database: runs, instances, enrolments, frozen launches, events. */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { InstanceRecord, Run, RunId, SamplesRemoved } from './run.ts';
import type { RunPreparation } from './run-preparation.ts';

/** A RunInstances request exactly as it was first sent, so that a retry is byte-identical. Written before the first attempt. */
export interface LaunchRecord {
  readonly run: RunId;
  readonly index: number;
  readonly attempt: number;
  readonly clientToken: string;
  /** The complete request as JSON text, user data included. Secret: never logged, never in a report. */
  readonly requestJson: string;
  readonly agentSha256: string;
  readonly createdAt: number;
}

/** Which secret an instance enrolled with. The secret itself is not stored. */
export interface Enrolment {
  readonly run: RunId;
  readonly index: number;
  readonly attempt: number;
  readonly instanceId: string;
  /** sha256 of the agent's secret, hex. */
  readonly secretSha256: string;
  readonly enrolledAt: number;
}

/** An event that the controller raised. */
export interface ControllerEvent {
  readonly run: RunId;
  readonly instanceId: string | null;
  readonly event: EventKind;
  /** Milliseconds since 1970, controller's clock. */
  readonly at: number;
  readonly detail: { readonly [key: string]: JsonValue };
}

/** Which events; what is absent does not matter. */
export interface EventFilter {
  readonly instanceId?: string | undefined;
  readonly kinds?: readonly EventKind[] | undefined;
}

/** One call of the EC2 or SSM API, for the audit. No parameters, no secrets. */
export interface AwsCall {
  readonly run: RunId | null;
  readonly action: string;
  readonly at: number;
  readonly durationMs: number;
  readonly attempts: number;
  readonly requestId: string | null;
  /** `ok` or the error code. */
  readonly result: string;
}

/** The calls of one action that ended with the same result. */
export interface AwsCallTotal {
  readonly action: string;
  /** As of `AwsCall`. */
  readonly result: string;
  readonly calls: number;
  readonly attempts: number;
  readonly longestMs: number;
}

/** What is stored with a new run. */
export interface RunParts {
  readonly launches?: readonly LaunchRecord[];
  readonly preparation?: RunPreparation;
}

export interface RunRepository {
  /** The run, its instances, its preparation and the launches that are frozen with it: all or nothing. */
  createRun(run: Run, instances: readonly InstanceRecord[], parts?: readonly LaunchRecord[] | RunParts): void;
  /** Null for a run that was created before runs were prepared. */
  preparation(run: RunId): RunPreparation | null;
  run(id: RunId): Run | null;
  /** Newest first. */
  runs(): readonly Run[];
  updateRun(id: RunId, change: Partial<Omit<Run, 'id' | 'spec' | 'createdAt'>>): Run;
  /** That the samples of the run are removed, with its event: both or neither. The files are the caller's. */
  removeSamples(run: RunId, removed: SamplesRemoved): void;
  /** By index. */
  instances(run: RunId): readonly InstanceRecord[];
  instance(run: RunId, index: number): InstanceRecord | null;
  instanceById(instanceId: string): InstanceRecord | null;
  /** Changing `state` also sets `reachedAt[state]` unless it is set. */
  updateInstance(
    run: RunId,
    index: number,
    change: Partial<Omit<InstanceRecord, 'run' | 'index' | 'typeIndex'>>,
  ): InstanceRecord;
  launch(run: RunId, index: number, attempt: number): LaunchRecord | null;
  /** Throws when this launch is frozen already. */
  saveLaunch(launch: LaunchRecord): void;
  enrolment(run: RunId, index: number, attempt: number): Enrolment | null;
  enrolmentOf(instanceId: string): Enrolment | null;
  /** Throws when this (run, index, attempt) is enrolled already: whoever accepts an enrolment looks first. */
  saveEnrolment(enrolment: Enrolment): void;
  addEvent(event: ControllerEvent): void;
  events(run: RunId): readonly ControllerEvent[];
  /** The newest so many, oldest first. */
  newestEvents(run: RunId, limit: number, filter?: EventFilter): readonly ControllerEvent[];
  /** How many there are. */
  eventTotal(run: RunId, filter?: EventFilter): number;
  /** Whether the event `record_nacked` of this record is there. */
  hasNackEvent(run: RunId, instanceId: string, record: { readonly epoch: string; readonly sequence: number }): boolean;
  /** Those that were added after `mark`, in that order, and the mark for the next time; 0 = from the beginning. */
  eventsAfter(run: RunId, mark: number): { readonly events: readonly ControllerEvent[]; readonly mark: number };
  /** How many events of each kind there are. */
  eventCounts(run: RunId): ReadonlyMap<EventKind, number>;
  addAwsCall(call: AwsCall): void;
  /** Every call; hundreds of thousands after weeks. */
  awsCalls(run: RunId): readonly AwsCall[];
  /** By action and result, sorted by both. */
  awsCallTotals(run: RunId): readonly AwsCallTotal[];
  /**
   * Called after each change of a run or of one of its instances, in place; an update that changes nothing is no change.
   * Returns the function that ends it.
   */
  onChange(listener: (run: RunId) => void): () => void;
  close(): void;
}

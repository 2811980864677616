/** A run and its instances as the control database keeps them: what was asked for, and how far it got. */
import type { PtpStatus, Verdict } from '@ptp-tester/measurement';
import type { InstanceFacts, SourcesPlan } from '@ptp-tester/wire';
import type { FleetSpec } from './fleet-spec.ts';

/** `20261120-231757-k3f9`: start in UTC and four random characters. */
export type RunId = string;

export interface InstanceTypeSpec {
  readonly type: string;
  readonly quantity: number;
}

/** What the user asked for. Fixed once the run is created. */
export interface RunSpec {
  readonly instanceTypes: readonly InstanceTypeSpec[];
  readonly region: string;
  readonly subnetId: string;
  /** Null: the newest Amazon Linux 2023 image of each architecture, by its public SSM parameter. */
  readonly amiId: string | null;
  readonly securityGroupId: string | null;
  readonly placementGroup: string | null;
  readonly keyName: string | null;
  readonly durationS: number;
  readonly sources: SourcesPlan;
  /** The seed of the simulated PHC was left open: made of the run's id when it starts, and recorded in `sources`. */
  readonly seedFromRun?: boolean;
  readonly batch: { readonly maxSamples: number; readonly maxAgeMs: number };
  readonly spoolMaxBytes: number;
  /** Where the agents reach the controller, for example `http://127.0.0.1:7600`. */
  readonly publicUrl: string;
  readonly timeouts: RunTimeouts;
  readonly tags: Readonly<Record<string, string>>;
  /** Agents collect evidence for an acceptance. */
  readonly evidence?: boolean;
  /** Of the request that started it, made by the caller: asked again it is the same run. */
  readonly requestId?: string;
  /** What is absent has its default: read it with `fleetSpecOf`. */
  readonly fleet?: Partial<FleetSpec>;
  /** Whether agents may turn the PHC on where it is off (the driver is reloaded for it); absent: `auto`. */
  readonly enablePhc?: 'auto' | 'never';
  /** What the run is judged by, in the schema of `config/criteria.ts`; absent = the default profile. */
  readonly criteria?: Readonly<Record<string, unknown>>;
}

export interface RunTimeouts {
  /** From RunInstances to the state `running`. */
  readonly launchS: number;
  /** From `running` to the agent's first stored sample. */
  readonly agentS: number;
  /** From the end of the soak to everything delivered. */
  readonly finishS: number;
  /** From TerminateInstances to the state `terminated`. */
  readonly terminateS: number;
  /** The instance powers itself off this long after its last contact with the controller. */
  readonly orphanS: number;
}

/**
 * created -> launching -> soaking -> finishing -> keeping -> terminating -> ended
 * `created` also makes security and placement group. `keeping` is left out where there is nothing to keep.
 * Any state may go to `terminating` when the run is stopped or cannot go on.
 */
export type RunState = 'created' | 'launching' | 'soaking' | 'finishing' | 'keeping' | 'terminating' | 'ended';

export type RunOutcome = 'completed' | 'quality_failed' | 'could_not_complete' | 'left_behind';

/** Why nothing is done with AWS now, although the run goes on. */
export interface RunPause {
  readonly since: number;
  readonly reason: string;
  /** What ends it, for people. */
  readonly remedy: string;
}

/** What was made for the run, once it exists. */
export interface RunResources {
  readonly securityGroupId: string | null;
  /** Name of the precision-time placement group that was made. */
  readonly placementGroup: string | null;
}

/** Something of the run that should not be there any more. */
export interface Leftover {
  readonly kind: 'instance' | 'volume' | 'network-interface' | 'security-group' | 'placement-group' | 'unknown';
  readonly id: string;
  /** Why it is still there, as far as is known. */
  readonly reason: string;
  /** A command of the AWS command line that removes it; empty where none can be named. */
  readonly command: string;
}

/** The samples of an ended run were removed; its report and everything else about it stay. */
export interface SamplesRemoved {
  /** ms since 1970. */
  readonly at: number;
  /** What their files took. */
  readonly bytes: number;
  /** Older than they are kept, to make room, or named by an operator. */
  readonly reason: 'age' | 'size' | 'operator';
}

export interface Run {
  readonly id: RunId;
  readonly spec: RunSpec;
  readonly state: RunState;
  /** Milliseconds since 1970 on the controller's clock, as all `...At` here. */
  readonly createdAt: number;
  /** When every instance that takes part was measuring (or given up). */
  readonly soakStartedAt: number | null;
  readonly soakEndsAt: number | null;
  /** By how much it was extended beyond `spec.durationS`, all times together, s; absent: not at all. */
  readonly extendedS?: number | null;
  readonly endedAt: number | null;
  readonly outcome: RunOutcome | null;
  /** Why it ended before its time; null when it did not. */
  readonly stopReason: string | null;
  /** When the operator was first asked what to keep. */
  readonly keepAskedAt?: number | null;
  /** The indexes to keep, once decided; without effect on instances that do not work. */
  readonly keepDecision?: readonly number[] | null;
  readonly pause?: RunPause | null;
  readonly resources?: RunResources | null;
  /** What the last look found that should not be there; empty: nothing; null: nobody has looked yet. */
  readonly leftovers?: readonly Leftover[] | null;
  /** Null: they are there, as far as there ever were any. */
  readonly samplesRemoved?: SamplesRemoved | null;
}

/**
 * planned -> launching -> running -> enrolled -> measuring -> finished -> terminating -> terminated
 *                                                                 \-> keeping -> kept
 * The table of all moves is in `instance-states.ts`. `failed` is an attribute (`failure`), not a state: a failed instance
 * goes to `terminating` like any other.
 */
export type InstanceState =
  | 'planned'
  | 'launching'
  | 'running'
  | 'enrolled'
  | 'measuring'
  | 'finished'
  | 'keeping'
  | 'kept'
  | 'terminating'
  | 'terminated';

export interface InstanceFailure {
  /**
   * Of the API: `capacity`, `quota`, `permission`, `unsupported_by_api`, `idempotency`, `not_found`, `network`, `throttling`, `other`.
   * Of the machine: `launch_timeout`, `launch_ended`, `lost`, `stopped_outside`, `terminated_outside`, `powered_off`.
   * Of the operator: `terminated_by_operator`.
   * Of the agent: `agent_timeout`, `agent_gone`, `finish_timeout`. Of the run: `canary`. Of keeping: `keep_failed`.
   */
  readonly kind: string;
  readonly message: string;
}

/** The steps of keeping an instance, in order; each is verified before the next. */
export type KeepStep = 'check' | 'disarm' | 'set_stop' | 'retag' | 'verify' | 'done';

export interface InstanceKeep {
  /** The step that is due; `done`: kept. */
  readonly step: KeepStep;
  /** When keeping began, ms since 1970. */
  readonly since: number;
  /** It could not be kept: the instance is left alone and reported. */
  readonly failure: InstanceFailure | null;
}

export interface InstanceRecord {
  readonly run: RunId;
  /** 1..n within its type, as in the name `ptp-test-<type>-<index>-<timestamp>`. */
  readonly typeIndex: number;
  /** 1..n within the run. */
  readonly index: number;
  readonly attempt: number;
  readonly instanceType: string;
  readonly state: InstanceState;
  readonly instanceId: string | null;
  readonly facts: InstanceFacts | null;
  readonly agentVersion: string | null;
  readonly ptpStatus: PtpStatus | null;
  /** Capability and setup as the agent reports them; quality is judged from the data. */
  readonly verdict: Verdict | null;
  readonly failure: InstanceFailure | null;
  readonly keep?: InstanceKeep | null;
  /** What shows that the failure was so: request ids, state reasons, the end of the console. */
  readonly evidence?: readonly string[] | null;
  /** When each state was first reached, ms since 1970. */
  readonly reachedAt: Readonly<Partial<Record<InstanceState, number>>>;
}

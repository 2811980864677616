/** A run and its instances as the control database keeps them: what was asked for, and how far it got. */
import type { PtpStatus, Verdict } from '@ptp-tester/measurement';
import type { InstanceFacts, SourcesPlan } from '@ptp-tester/wire';

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
  readonly batch: { readonly maxSamples: number; readonly maxAgeMs: number };
  readonly spoolMaxBytes: number;
  /** Where the agents reach the controller, for example `http://127.0.0.1:7600`. */
  readonly publicUrl: string;
  readonly timeouts: RunTimeouts;
  readonly tags: Readonly<Record<string, string>>;
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
 * created -> launching -> soaking -> finishing -> terminating -> ended
 * Any state may go to `terminating` when the run is stopped or cannot go on.
 */
export type RunState = 'created' | 'launching' | 'soaking' | 'finishing' | 'terminating' | 'ended';

export type RunOutcome = 'completed' | 'quality_failed' | 'could_not_complete' | 'left_behind';

export interface Run {
  readonly id: RunId;
  readonly spec: RunSpec;
  readonly state: RunState;
  /** Milliseconds since 1970 on the controller's clock, as all `...At` here. */
  readonly createdAt: number;
  /** When every instance that takes part was measuring (or given up). */
  readonly soakStartedAt: number | null;
  readonly soakEndsAt: number | null;
  readonly endedAt: number | null;
  readonly outcome: RunOutcome | null;
  /** Why it ended before its time; null when it did not. */
  readonly stopReason: string | null;
}

/**
 * planned -> launching -> running -> enrolled -> measuring -> finished -> terminating -> terminated
 * `failed` is an attribute (`failure`), not a state: a failed instance goes to `terminating` like any other.
 */
export type InstanceState =
  | 'planned'
  | 'launching'
  | 'running'
  | 'enrolled'
  | 'measuring'
  | 'finished'
  | 'terminating'
  | 'terminated';

export interface InstanceFailure {
  /** `capacity`, `quota`, `permission`, `credentials`, `unsupported_by_api`, `launch_timeout`, `agent_timeout`, `finish_timeout`, `lost`, `other` */
  readonly kind: string;
  readonly message: string;
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
  /** When each state was first reached, ms since 1970. */
  readonly reachedAt: Readonly<Partial<Record<InstanceState, number>>>;
}

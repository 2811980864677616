/** What the fleet's decisions are made from, and what they are: the words of `nextSteps`. */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type {
  InstanceFailure,
  InstanceRecord,
  InstanceState,
  KeepStep,
  Leftover,
  Run,
  RunOutcome,
  RunResources,
  RunState,
} from '../../runs/run.ts';
import type { RunPreparation } from '../../runs/run-preparation.ts';
import type { InstanceHealth, ObservedInstance, PlacementGroupInfo, SecurityGroupInfo } from '../ec2.ts';
import type { FailedCall } from '../fleet-error.ts';

/** The latest DescribeInstances; `unknown` when it failed, which never means that anything is gone. */
export type Observation = readonly ObservedInstance[] | 'unknown';

/** The run's own groups, by its tag. */
export interface GroupsSeen {
  readonly securityGroups: readonly SecurityGroupInfo[];
  readonly placementGroups: readonly PlacementGroupInfo[];
}

/** `unknown`: could not be asked, or was not, because nothing depends on it now. */
export type GroupsObservation = GroupsSeen | 'unknown';

/** What is known of an agent's connection. */
export interface AgentContact {
  readonly connected: boolean;
  readonly lastContactAt: number;
  /** It says that both power-off switches are off. */
  readonly disarmed: boolean;
}

export interface FleetPolicy {
  /** How often a run is looked at when nothing asks for it sooner. */
  readonly roundEveryMs: number;
  /** How often EC2 is asked while things move. */
  readonly observeEveryMs: number;
  /** ... once nothing has moved for `stillAfterMs` although it should, and while the run is paused. */
  readonly observeStillEveryMs: number;
  readonly stillAfterMs: number;
  /** ... while nothing should move: the soak and the wait for a decision, every agent connected. */
  readonly observeCalmEveryMs: number;
  /** How often status checks and scheduled events are asked for, and how often while nothing should move. */
  readonly healthEveryMs: number;
  readonly healthCalmEveryMs: number;
  /** How often the run's resources are told that their controller lives. */
  readonly heartbeatEveryMs: number;
  /** RunInstances calls started in one round. */
  readonly launchesPerRound: number;
  /** Pause after a call that failed for now; doubles up to the maximum. */
  readonly launchPauseMs: number;
  readonly launchPauseMaxMs: number;
  /** EC2 is eventually consistent: only after this long is an instance that it does not show really not there. */
  readonly absentMs: number;
  /** How long after a launch whose outcome is unknown its instance may still appear. */
  readonly settleMs: number;
  /** TerminateInstances is sent again when it had no visible effect for this long. */
  readonly terminateAgainMs: number;
  /** How long diagnostics through SSM are waited for. */
  readonly diagnoseMs: number;
  /** The leak audit is repeated after this long while it finds something. */
  readonly auditAgainMs: number;
}

export const FLEET_POLICY: FleetPolicy = {
  roundEveryMs: 1000,
  observeEveryMs: 1000,
  observeStillEveryMs: 10_000,
  stillAfterMs: 60_000,
  observeCalmEveryMs: 60_000,
  healthEveryMs: 60_000,
  healthCalmEveryMs: 300_000,
  heartbeatEveryMs: 600_000,
  launchesPerRound: 10,
  launchPauseMs: 1000,
  launchPauseMaxMs: 30_000,
  absentMs: 60_000,
  settleMs: 30_000,
  terminateAgainMs: 10_000,
  diagnoseMs: 90_000,
  auditAgainMs: 5000,
};

/** The tries of one thing that this process made. */
export interface Tries {
  readonly count: number;
  readonly lastAt: number;
  /** Not before this. */
  readonly nextAt: number;
  /** Why the last one failed. */
  readonly trouble: Trouble | null;
}

export interface Trouble {
  readonly failure: InstanceFailure;
  readonly call: FailedCall;
  /** Trying again cannot help. */
  readonly isFinal: boolean;
}

export interface LaunchTries extends Tries {
  /** When an answer was last lost; null: every outcome is known. */
  readonly unknownAt: number | null;
  /** Subnets that refused it, each for a reason that holds there alone. */
  readonly refusedPlaces: number;
}

/** What is made for a run, or taken away after it. */
export type ResourceTask = 'security_group' | 'placement_group';

export interface Audit {
  readonly at: number;
  readonly leftovers: readonly Leftover[];
}

/** Diagnostics of one instance. */
export interface Diagnosis {
  readonly startedAt: number;
  /** Null: nothing could be sent. */
  readonly commandId: string | null;
  readonly isDone: boolean;
}

/** What this process remembers beyond the repository. It is safe to lose: time-outs then begin anew. All instants ms since 1970. */
export interface FleetMemory {
  readonly startedAt: number;
  /** Since when the run has been in its present state, as far as this process saw. */
  readonly runState: RunState;
  readonly runStateSince: number;
  /** Since when every instance is gone or stays for good; null while one is on its way. */
  readonly settledSince: number | null;
  /** By index: since when DescribeInstances has not shown an instance that we launched. */
  readonly absentSince: ReadonlyMap<number, number>;
  readonly launches: ReadonlyMap<number, LaunchTries>;
  /** By instance id: when TerminateInstances was last sent. */
  readonly terminateSentAt: ReadonlyMap<string, number>;
  /** By id of the resource: why removing it failed. */
  readonly removalTroubles: ReadonlyMap<string, string>;
  readonly resources: ReadonlyMap<ResourceTask, Tries>;
  /** By index. */
  readonly keeps: ReadonlyMap<number, Tries>;
  /** By index: diagnostics through SSM that were begun. */
  readonly diagnoses: ReadonlyMap<number, Diagnosis>;
  readonly audit: Audit | null;
  readonly heartbeatAt: number;
  /** Keys of the events that were raised already. */
  readonly told: ReadonlySet<string>;
}

export interface FleetView {
  readonly run: Run;
  /** Null for a run of an older version, whose launches were frozen when it was created. */
  readonly preparation: RunPreparation | null;
  readonly instances: readonly InstanceRecord[];
  readonly observed: Observation;
  readonly groups: GroupsObservation;
  /** When the groups were last asked for. */
  readonly groupsSeenAt: number;
  /** By instance id; empty until it was asked for. */
  readonly health: ReadonlyMap<string, InstanceHealth>;
  readonly agents: ReadonlyMap<string, AgentContact>;
  readonly memory: FleetMemory;
  readonly policy: FleetPolicy;
  readonly now: number;
}

interface OfInstance {
  readonly index: number;
  /** The step holds only while the instance is still in this state: agents move on meanwhile. */
  readonly from: InstanceState;
}

/** One thing to do for an instance. */
export type InstanceStep = OfInstance &
  (
    | { readonly kind: 'launch' }
    | { readonly kind: 'adopt'; readonly instanceId: string }
    | { readonly kind: 'mark_running' }
    | { readonly kind: 'mark_terminating' }
    | { readonly kind: 'mark_terminated' }
    /** Nothing came of a launch whose outcome was unknown: it is planned again. */
    | { readonly kind: 'replan' }
    | {
        readonly kind: 'fail';
        readonly failure: InstanceFailure;
        readonly evidence: readonly string[];
        /** The agent never spoke, or no more: what the instance printed may say why. */
        readonly withConsole: boolean;
      }
    /** Begins diagnostics through SSM, or looks what became of them. */
    | { readonly kind: 'diagnose' }
    | { readonly kind: 'begin_keep' }
    /** `resources`: everything that stays with the instance and needs its tags changed. */
    | { readonly kind: 'keep'; readonly step: KeepStep; readonly resources: readonly string[] }
    | { readonly kind: 'keep_failed'; readonly failure: InstanceFailure }
    | { readonly kind: 'tell'; readonly key: string; readonly event: EventKind; readonly detail: Detail }
  );

type Detail = { readonly [key: string]: JsonValue };

export type RunStep =
  | { readonly kind: 'terminate'; readonly instanceIds: readonly string[] }
  | { readonly kind: 'make_security_group' }
  | { readonly kind: 'set_egress'; readonly group: SecurityGroupInfo }
  | { readonly kind: 'make_placement_group' }
  | { readonly kind: 'record_resources'; readonly resources: RunResources }
  | { readonly kind: 'delete_security_group'; readonly groupId: string }
  | { readonly kind: 'delete_placement_group'; readonly name: string }
  | { readonly kind: 'ask_keep' }
  | { readonly kind: 'decide_keep'; readonly indexes: readonly number[]; readonly why: string }
  | { readonly kind: 'heartbeat'; readonly resourceIds: readonly string[] }
  | { readonly kind: 'audit' }
  | {
      readonly kind: 'set_run_state';
      readonly state: RunState;
      readonly soak?: { readonly startedAt: number; readonly endsAt: number };
      readonly stopReason?: string;
    }
  | {
      readonly kind: 'end_run';
      readonly outcome: RunOutcome;
      readonly stopReason: string | null;
      readonly leftovers: readonly Leftover[];
    };

export type Step = InstanceStep | RunStep;

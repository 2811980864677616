/** What notifications are decided from: the runs, their agents and the disk as they are now. The app gathers it. */
import type { LiveAgent } from '../runs/live-agents.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';

/** A criterion of the interim or final judgement that an instance breaks. */
export interface FailedCriterion {
  readonly instanceId: string;
  /** Of the criterion, for example `offset_p99`. */
  readonly name: string;
  /** Which source, for streams with a key; otherwise empty. */
  readonly key: string;
  /** The judgement in words: number, limit, place in time. */
  readonly reason: string;
}

export interface RunSituation {
  readonly run: Run;
  readonly instances: readonly InstanceRecord[];
  /** By instance id; agents that have not come in since the controller started are absent. */
  readonly agents: ReadonlyMap<string, Pick<LiveAgent, 'connected' | 'lastContactAt'>>;
  readonly failedCriteria: readonly FailedCriterion[];
  /** The final judgement in one line; null before the report is written. */
  readonly summary: string | null;
  /** The final report is being made: of a large fleet's weeks that takes more than an hour. */
  readonly isReporting: boolean;
}

export interface DiskForecast {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** When the disk will be full if it goes on like this, ms since 1970; null when it is not filling. */
  readonly fullAt: number | null;
}

export interface Situation {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When this controller came up: before, no agent can have been heard. */
  readonly startedAt: number;
  readonly runs: readonly RunSituation[];
  readonly disk: DiskForecast | null;
  /** Why the store cannot write now; null when it can. */
  readonly storeFailure: string | null;
}

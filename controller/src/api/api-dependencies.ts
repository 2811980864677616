/** What the operators' API asks of the rest of the controller. The app wires it. */

import type { FastifyBaseLogger, FastifyPluginAsync } from 'fastify';
import type { LiveFigures } from '../live/live-figures.ts';
import type { Report } from '../report/report-schema.ts';
import type { KeptSamples, PrunedRun, RetentionRules } from '../runs/choose-prunable.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import type { SampleReader } from '../store/sample-store.ts';
import type { JudgedInstance } from './instance-figures.ts';
import type { CheckedRun } from './live-schemas.ts';
import type { VerdictSoFar } from './schemas.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A file of the dashboard: it is shown without a token. */
    readonly isOfPage?: boolean;
  }
}

interface DiskState {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface HealthState {
  /** `failing`: the store cannot write now, and nothing is acknowledged until it can. */
  readonly store: 'ok' | 'failing' | 'unknown';
  readonly storeReason: string | null;
  /** Of the data directory; null when it cannot be asked. */
  readonly disk: DiskState | null;
}

export interface ApiDependencies {
  readonly runs: RunRepository;
  readonly live: LiveAgents;
  readonly figures: LiveFigures;
  /** Makes sure that the figures of a run are there, also of one that has ended. */
  prepareFigures(run: RunId): Promise<void>;
  /** What the quality of a run looks like now, as it was judged last, or was at its end; null: not judged yet. Asking for it has it judged again when it is old. */
  verdictSoFar(run: RunId): VerdictSoFar | null;
  /** One instance as it was judged last while the run soaked; null: not judged. */
  judged(run: RunId, instanceId: string): JudgedInstance | null;
  /** A reader that the API closes; null while nothing of the run is stored. Throws `StoreError`. */
  openReader(run: RunId): SampleReader | null;
  /** The report as of now. Only called for known runs. */
  report(run: RunId): Promise<Report>;
  /** Asks the run to end; it goes through finishing and terminating by itself. */
  stop(run: RunId, reason: string): void;
  /** Says which instances stay; the indexes. Throws FleetError `keep_invalid` or `run_unfit`. */
  keep(run: RunId, selection: string): readonly number[];
  /** Lets a soak go on for `seconds` longer; its new end, ms since 1970. Throws FleetError `run_unfit` with the arithmetic. */
  extend(run: RunId, seconds: number): number;
  /** Ends one instance of a run. Throws FleetError `run_unfit`. */
  terminate(run: RunId, instanceId: string): void;
  /** Removes samples of ended runs. Throws RunsError `run_unknown` or `prune_refused`. */
  prune(request: {
    readonly rules: RetentionRules;
    readonly named: readonly RunId[];
    readonly dryRun: boolean;
  }): Promise<{
    readonly pruned: readonly PrunedRun[];
    readonly kept: readonly KeptSamples[];
    readonly storedBytes: number;
  }>;
  /** Starts a run from the text of a configuration file. Rejects with ConfigError, or FleetError `spec_invalid` or `call_failed`. */
  startRun(configuration: string, format: 'yaml' | 'json', requestId?: string): Promise<RunId>;
  /** What `startRun` would start, without doing it. Rejects as it does. */
  checkRun(configuration: string, format: 'yaml' | 'json'): Promise<CheckedRun>;
  /** Everything for Prometheus, as text in its exposition format. */
  metrics(): Promise<string>;
  /** Absent: `/healthz` says that the state of the store is not known. */
  readonly health?: () => HealthState;
  /** Takes the failures of the API itself, which callers are not told; absent: fastify's own logger does. */
  readonly log?: Pick<FastifyBaseLogger, 'error'>;
  /** The operators' bearer token. */
  readonly token: string;
  readonly version: string;
  /** Milliseconds since 1970. */
  now(): number;
  /** Serves the dashboard at `/` and the addresses it draws; absent: a page that says where the API is. */
  readonly page?: FastifyPluginAsync;
  /** Names besides localhost that the API answers to, without port; addresses need not be named. */
  readonly allowedHosts?: readonly string[];
}

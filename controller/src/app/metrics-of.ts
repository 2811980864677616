/** Where the metrics look things up in the running controller. */
import { statSync } from 'node:fs';
import type { AgentListener } from '../ingest/agent-listener.ts';
import type { LiveFigures } from '../live/live-figures.ts';
import type { Meter } from '../metrics/meter.ts';
import { renderMetrics } from '../metrics/render-metrics.ts';
import type { FailedCriterion } from '../notify/situation.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';
import type { DiskWatch } from './disk-watch.ts';

export interface MeteredParts {
  readonly repository: RunRepository;
  readonly live: LiveAgents;
  readonly liveFigures: LiveFigures;
  readonly meter: Meter;
  readonly agentListener: AgentListener;
  readonly disk: DiskWatch;
  /** Null: the run is not judged yet. */
  failedCriteria(run: RunId): readonly FailedCriterion[] | null;
  samplesDatabase(run: RunId): string;
  /** Of all runs. */
  storedBytes(): number;
  notifications(): Readonly<Record<string, number>> | null;
  readonly version: string;
  now(): number;
}

/** The text for one scrape. */
export function metricsOf(parts: MeteredParts): Promise<string> {
  const { repository, live, liveFigures, meter, agentListener, disk, version, now } = parts;
  return renderMetrics({
    runs: repository,
    live,
    figures: liveFigures,
    meter,
    failedCriteria: (run) => countByInstance(parts.failedCriteria(run)),
    storeBytes: (run) => sizeOf(parts.samplesDatabase(run)),
    storedBytes: () => parts.storedBytes(),
    ingest: () => agentListener.figures(),
    disk: () => disk.look(now()),
    storeFailing: () => agentListener.storeFailure() !== null,
    notifications: () => parts.notifications(),
    version,
    now,
  });
}

function countByInstance(failed: readonly FailedCriterion[] | null): ReadonlyMap<string, number> | null {
  if (failed === null) return null;
  const counts = new Map<string, number>();
  for (const { instanceId } of failed) counts.set(instanceId, (counts.get(instanceId) ?? 0) + 1);
  return counts;
}

/** With what has not been folded into the database yet. */
function sizeOf(path: string): number | null {
  const database = statSync(path, { throwIfNoEntry: false });
  if (database === undefined) return null;
  return database.size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
}

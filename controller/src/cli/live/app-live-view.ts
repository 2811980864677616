/** The live table's view of a run of this very process. */
import { runSummary } from '../../api/run-replies.ts';
import { RunView } from '../../api/run-view.ts';
import type { App } from '../../app/start-app.ts';
import type { RunId } from '../../runs/run.ts';
import { RunsError } from '../../runs/runs-error.ts';
import type { LiveView } from './live-table.ts';

export interface AppLiveViewOptions {
  now(): number;
  hint(): string;
}

export function liveViewOf(app: App, id: RunId, { now, hint }: AppLiveViewOptions): () => LiveView {
  const { repository, live, liveFigures } = app;
  const view = new RunView(id, {
    runs: repository,
    live,
    figures: liveFigures,
    judged: (run, instanceId) => app.judged(run, instanceId),
    now,
  });
  return () => {
    view.changed();
    const run = repository.run(id);
    if (run === null) throw new RunsError('run_unknown', `there is no run ${id}`);
    const instances = repository.instances(id);
    const connected = live.ofRun(id).filter((agent) => agent.connected).length;
    const verdict = app.verdictSoFar(id);
    return {
      run: runSummary(run, { instances, connected, verdictSoFar: verdict, now: now() }),
      instances: view.rows(),
      now: now(),
      hint: hint(),
      stale: null,
    };
  };
}

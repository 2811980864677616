/** One log line for each change of state of a run or an instance, whatever made it. */
import type { InstanceRecord, Run, RunId } from '../runs/run.ts';
import type { RunRepository } from '../runs/run-repository.ts';

interface ChangeLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

interface Seen {
  readonly run: string;
  /** Somebody asked for its end: the reason is there before it is being ended. */
  readonly isAskedToEnd: boolean;
  readonly instances: ReadonlyMap<number, string>;
}

/** Returns the function that ends it. What is there at the start is not logged, nor what becomes of a run after its end. Changes of one turn of the event loop are looked at together. */
export function logChanges(repository: RunRepository, log: ChangeLog): () => void {
  const seen = new Map<RunId, Seen>();
  const changed = new Set<RunId>();
  for (const run of repository.runs()) if (run.state !== 'ended') seen.set(run.id, statesOf(repository, run));
  const look = () => {
    for (const id of changed) {
      const run = repository.run(id);
      const before = seen.get(id);
      if (run === null || (run.state === 'ended' && before === undefined)) continue;
      const after = logDifference(repository, run, { before, log });
      if (run.state === 'ended') seen.delete(id);
      else seen.set(id, after);
    }
    changed.clear();
  };
  const stop = repository.onChange((id) => {
    if (changed.size === 0) queueMicrotask(look);
    changed.add(id);
  });
  return () => {
    stop();
    look();
  };
}

function statesOf(repository: RunRepository, run: Run): Seen {
  const instances = repository.instances(run.id).map(({ index, state }) => [index, state] as const);
  return { run: run.state, isAskedToEnd: isAskedToEnd(run), instances: new Map(instances) };
}

function isAskedToEnd({ state, stopReason }: Run): boolean {
  return stopReason !== null && state !== 'terminating' && state !== 'ended';
}

function logDifference(
  repository: RunRepository,
  run: Run,
  { before, log }: { readonly before: Seen | undefined; readonly log: ChangeLog },
): Seen {
  const instances = repository.instances(run.id);
  const isAsked = before?.isAskedToEnd === true || isAskedToEnd(run);
  if (before?.run !== run.state) logRun(run, { from: before?.run ?? null, isAsked, log });
  for (const instance of instances) {
    const from = before?.instances.get(instance.index) ?? null;
    if (from !== instance.state) logInstance(instance, from, log);
  }
  const states = new Map(instances.map(({ index, state }) => [index, state]));
  return { run: run.state, isAskedToEnd: isAsked, instances: states };
}

interface RunChange {
  readonly from: string | null;
  readonly isAsked: boolean;
  readonly log: ChangeLog;
}

function logRun({ id, state, outcome, stopReason }: Run, { from, isAsked, log }: RunChange): void {
  // That it could not complete is what was asked for.
  const isWanted = outcome === 'completed' || (isAsked && outcome === 'could_not_complete');
  const isBad = state === 'ended' && !isWanted;
  const fields = { run: id, from, to: state, ...(state === 'ended' ? { outcome, reason: stopReason } : {}) };
  log[isBad ? 'error' : 'info'](fields, `run ${state}`);
}

function logInstance(instance: InstanceRecord, from: string | null, log: ChangeLog): void {
  const { run, index, instanceType, instanceId, state, failure } = instance;
  const why = failure === null ? {} : { failure: failure.kind };
  const fields = { run, index, instance_type: instanceType, instance_id: instanceId, from, to: state, ...why };
  log.info(fields, `instance ${state}`);
}

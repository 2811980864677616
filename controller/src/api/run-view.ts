/** A run as operators look at it: its rows as of now, without asking the databases again for what has not changed. */
import { EVENTS } from '@ptp-tester/measurement';
import type { LiveFigures } from '../live/live-figures.ts';
import type { LiveAgents } from '../runs/live-agents.ts';
import type { InstanceRecord, RunId } from '../runs/run.ts';
import type { RunPreparation } from '../runs/run-preparation.ts';
import type { ControllerEvent, RunRepository } from '../runs/run-repository.ts';
import { type EventCounts, instanceFigures, type JudgedInstance } from './instance-figures.ts';
import type { InstanceFigures } from './live-schemas.ts';

export interface RunViewDependencies {
  readonly runs: Pick<RunRepository, 'run' | 'instances' | 'preparation' | 'eventsAfter' | 'onChange'>;
  readonly live: Pick<LiveAgents, 'get'>;
  readonly figures: Pick<LiveFigures, 'get'>;
  judged(run: RunId, instanceId: string): JudgedInstance | null;
  /** ms since 1970. */
  now(): number;
}

const NONE: EventCounts = { warning: 0, error: 0 };
/** New events that nobody has asked for wait, so many of them. */
const MOST_FRESH = 500;
const MOST_VIEWS = 50;

export class RunView {
  readonly #run: RunId;
  readonly #deps: RunViewDependencies;
  readonly #simulated: boolean;
  readonly #preparation: RunPreparation | null;
  readonly #noticed = new Map<string, { warning: number; error: number }>();
  #instances: readonly InstanceRecord[] | null = null;
  #eventMark = 0;
  #fresh: readonly ControllerEvent[] = [];

  constructor(run: RunId, deps: RunViewDependencies) {
    this.#run = run;
    this.#deps = deps;
    this.#preparation = deps.runs.preparation(run);
    this.#simulated = deps.runs.run(run)?.spec.sources.phc?.mode === 'simulated';
  }

  /** The run or one of its instances is another now. */
  changed(): void {
    this.#instances = null;
  }

  /** By index. */
  rows(): InstanceFigures[] {
    this.#readEvents();
    const { live, figures, now, runs } = this.#deps;
    const nowMs = now();
    this.#instances ??= runs.instances(this.#run);
    return this.#instances.map((instance) => {
      const id = instance.instanceId ?? '';
      return instanceFigures(instance, {
        agent: live.get(id),
        tracked: figures.get(this.#run, id, nowMs),
        noticed: this.#noticed.get(id) ?? NONE,
        judged: this.#deps.judged(this.#run, id),
        preparation: this.#preparation,
        simulated: this.#simulated,
      });
    });
  }

  /** What the controller noticed since this was asked the last time. */
  takeNewEvents(): readonly ControllerEvent[] {
    this.#readEvents();
    const events = this.#fresh;
    this.#fresh = [];
    return events;
  }

  #readEvents(): void {
    const { events, mark } = this.#deps.runs.eventsAfter(this.#run, this.#eventMark);
    this.#eventMark = mark;
    this.#fresh = [...this.#fresh, ...events].slice(-MOST_FRESH);
    for (const { instanceId, event } of events) {
      const { severity } = EVENTS[event];
      if (instanceId === null || severity === 'info') continue;
      const counts = this.#noticed.get(instanceId) ?? { ...NONE };
      counts[severity] += 1;
      this.#noticed.set(instanceId, counts);
    }
  }
}

/** The views of the runs that were looked at last. */
export class RunViews {
  readonly #deps: RunViewDependencies;
  readonly #views = new Map<RunId, RunView>();
  #stopListening: () => void = () => undefined;

  constructor(deps: RunViewDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#stopListening = this.#deps.runs.onChange((run) => this.#views.get(run)?.changed());
  }

  stop(): void {
    this.#stopListening();
  }

  /** Of a run that exists. */
  of(run: RunId): RunView {
    const known = this.#views.get(run) ?? new RunView(run, this.#deps);
    this.#views.delete(run);
    this.#views.set(run, known);
    const [oldest] = this.#views.keys();
    if (this.#views.size > MOST_VIEWS && oldest !== undefined) this.#views.delete(oldest);
    return known;
  }
}

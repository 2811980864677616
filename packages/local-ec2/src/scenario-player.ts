// Plays a scenario: what is wrong from the start, and what changes at its times.
import type { ActionContext } from './account/account.ts';
import { carryOut } from './account/instance-orders.ts';
import type { FaultList } from './protocol/faults.ts';
import type { RequestGuard } from './protocol/request-guard.ts';
import type { Scenario, ScheduledStep } from './scenario.ts';

/** What a scenario acts on. */
export interface ScenarioPlayerDependencies {
  readonly context: ActionContext;
  readonly guard: RequestGuard;
  readonly faults: FaultList;
}

/** Plays one scenario. */
export class ScenarioPlayer {
  private readonly dependencies: ScenarioPlayerDependencies;
  private timers: NodeJS.Timeout[] = [];

  constructor(dependencies: ScenarioPlayerDependencies) {
    this.dependencies = dependencies;
  }

  start({ schedule = [], ...atOnce }: Scenario): void {
    this.play(atOnce);
    this.timers = schedule.map((step) => setTimeout(() => this.play(step), step.afterMs));
  }

  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private play({ faults = [], conditions = {}, orders = [] }: Omit<ScheduledStep, 'afterMs'>): void {
    this.dependencies.faults.add(faults);
    this.dependencies.guard.change(conditions);
    for (const order of orders) carryOut(order, this.dependencies.context);
  }
}

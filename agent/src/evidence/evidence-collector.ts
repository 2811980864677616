/** Turns the evidence that a plan asks for into records: after measuring began, and after it ended, before everything counts as delivered. */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { Plan } from '@ptp-tester/wire';
import type { Machine } from '../machine.ts';

export interface EvidenceCollectorDependencies {
  readonly machine: Pick<Machine, 'collectEvidence'>;
  readonly record: (event: EventKind, detail: { readonly [key: string]: JsonValue }) => void;
  readonly isOver: () => boolean;
}

export class EvidenceCollector {
  readonly #deps: EvidenceCollectorDependencies;
  #phcPlan: Plan['sources']['phc'] | null = null;
  #isCollecting = false;

  constructor(dependencies: EvidenceCollectorDependencies) {
    this.#deps = dependencies;
  }

  /** More records are to come although measuring has ended. */
  get isCollecting(): boolean {
    return this.#isCollecting;
  }

  /** Reaches a plan through `apply`, and collects what it asks for beside it. */
  async around(plan: Plan, apply: () => Promise<void>): Promise<void> {
    this.#phcPlan = plan.sources.phc ?? null;
    if (plan.evidence !== true) return apply();
    this.#isCollecting = plan.phase === 'finish';
    try {
      await apply();
      await this.#collect(plan.phase === 'finish' ? 'at_end' : 'at_start');
    } finally {
      this.#isCollecting = false;
    }
  }

  async #collect(when: 'at_start' | 'at_end'): Promise<void> {
    const { machine, record, isOver } = this.#deps;
    const parts = machine.collectEvidence?.({ when, phcPlan: this.#phcPlan ?? null, isOver }) ?? [];
    for await (const { name, text } of parts) record('evidence_collected', { name, text });
  }
}

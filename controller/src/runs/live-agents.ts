/**
 * Which agents are connected now and what they last said. Ingest writes it, fleet and API read it. It lives in memory only:
 * after a restart it fills again as the agents come back.
 */
import type { Status } from '@ptp-tester/wire';
import type { RunId } from './run.ts';

export interface LiveAgent {
  readonly run: RunId;
  readonly instanceId: string;
  readonly connected: boolean;
  /** When anything last arrived from it, ms since 1970 on the controller's clock. */
  readonly lastContactAt: number;
  readonly status: Status | null;
  /** Samples stored since the controller started. */
  readonly samplesStored: number;
  readonly recordsStored: number;
}

export class LiveAgents {
  readonly #agents = new Map<string, LiveAgent>();

  /** Changes what is known of an agent; the first call must carry `run`. */
  update(instanceId: string, change: Partial<Omit<LiveAgent, 'instanceId'>> & { readonly run: RunId }): void {
    const before = this.#agents.get(instanceId) ?? {
      instanceId,
      connected: false,
      lastContactAt: 0,
      status: null,
      samplesStored: 0,
      recordsStored: 0,
    };
    this.#agents.set(instanceId, { ...before, ...change });
  }

  get(instanceId: string): LiveAgent | null {
    return this.#agents.get(instanceId) ?? null;
  }

  ofRun(run: RunId): readonly LiveAgent[] {
    return [...this.#agents.values()].filter((agent) => agent.run === run);
  }

  /** Forgets the agents of a run that has ended. */
  forgetRun(run: RunId): void {
    for (const agent of this.#agents.values()) if (agent.run === run) this.#agents.delete(agent.instanceId);
  }
}

/** What the controller concludes from the data: agent restarts and data gaps (pure). */
import type { EventKind, JsonValue } from '@ptp-tester/measurement';
import type { EpochInfo } from '../store/sample-store.ts';
import type { DataGap } from './data-gap.ts';

export interface DerivedEvent {
  readonly instanceId: string;
  readonly event: EventKind;
  /** Instance's system clock for gaps, controller's clock for restarts; ns UTC. */
  readonly at: bigint;
  readonly detail: { readonly [key: string]: JsonValue };
}

/** One event for each further epoch of an instance; epochs in the order of their first arrival. */
export function deriveRestarts(epochs: readonly EpochInfo[]): DerivedEvent[] {
  return epochs.slice(1).map((epoch, index) => {
    const before = epochs[index];
    const sameBoot = epoch.bootId !== null && epoch.bootId === before?.bootId;
    return {
      instanceId: epoch.instanceId,
      event: 'agent_restarted',
      at: epoch.firstReceivedAt,
      detail: { epoch: epoch.epoch, epoch_before: before?.epoch ?? null, rebooted: !sameBoot },
    };
  });
}

/** One event for each gap. Those of an agent restart are in them too: how much data it cost differs from stream to stream. */
export function deriveGapEvents(gaps: readonly DataGap[]): DerivedEvent[] {
  return gaps.map((gap) => ({
    instanceId: gap.instanceId,
    event: 'data_gap',
    at: gap.fromAt,
    detail: {
      stream: gap.stream,
      key: gap.key,
      missing_ticks: gap.missingTicks,
      length_ns: gap.lengthNs,
      cause: gap.cause,
    },
  }));
}

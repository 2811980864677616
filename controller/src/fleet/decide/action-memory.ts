/** What this process has tried so far for one run, kept by whoever tries it and read by the next decision. */
import type { Leftover } from '../../runs/run.ts';
import type {
  Audit,
  Diagnosis,
  FleetMemory,
  FleetPolicy,
  LaunchTries,
  ResourceTask,
  Tries,
  Trouble,
} from './fleet-view.ts';

type Shared = Pick<
  FleetMemory,
  | 'launches'
  | 'terminateSentAt'
  | 'removalTroubles'
  | 'resources'
  | 'keeps'
  | 'diagnoses'
  | 'audit'
  | 'heartbeatAt'
  | 'told'
>;

export class ActionMemory {
  readonly launches = new Map<number, LaunchTries>();
  readonly terminateSentAt = new Map<string, number>();
  readonly removalTroubles = new Map<string, string>();
  readonly resources = new Map<ResourceTask, Tries>();
  readonly keeps = new Map<number, Tries>();
  readonly diagnoses = new Map<number, Diagnosis>();
  readonly told = new Set<string>();
  audit: Audit | null = null;
  heartbeatAt: number;

  constructor(now: number) {
    this.heartbeatAt = now;
  }

  snapshot(): Shared {
    const { launches, terminateSentAt, removalTroubles, resources, keeps, diagnoses, audit, heartbeatAt, told } = this;
    return { launches, terminateSentAt, removalTroubles, resources, keeps, diagnoses, audit, heartbeatAt, told };
  }

  setAudit(at: number, leftovers: readonly Leftover[]): void {
    this.audit = { at, leftovers };
  }
}

/** One more try, and the pause after it: doubling with each in a row that failed, up to the policy's limit. */
export function nextTries(
  before: Tries | undefined,
  outcome: { readonly now: number; readonly trouble: Trouble | null },
  policy: Pick<FleetPolicy, 'launchPauseMs' | 'launchPauseMaxMs'>,
): Tries {
  const { now, trouble } = outcome;
  const count = (before?.count ?? 0) + 1;
  const pauseMs = Math.min(policy.launchPauseMs * 2 ** Math.min(count - 1, 20), policy.launchPauseMaxMs);
  return { count, lastAt: now, nextAt: now + pauseMs, trouble };
}

// Eventual consistency: for a while after its launch an instance is unknown to every action but the launch itself.
import type { Account } from './account.ts';
import type { InstanceRecord } from './instance.ts';

/** Whether an instance does not show yet. */
export function isHidden(account: Account, { launchedAt }: Pick<InstanceRecord, 'launchedAt'>): boolean {
  return account.now() < launchedAt + (account.conditions.late.instancesMs ?? 0);
}

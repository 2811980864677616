/** What an instance is called wherever people meet it: terminal, report, dashboard, notifications, and its Name tag. */
import type { InstanceRecord } from './run.ts';

/**
 * `c7i.large-2`: the second of its type in the run. The `name` of the API and of the report. The number for `--keep` is
 * another one, its place in the run.
 */
export function instanceName({ instanceType, typeIndex }: Pick<InstanceRecord, 'instanceType' | 'typeIndex'>): string {
  return `${instanceType}-${typeIndex}`;
}

/** `ptp-test-c7i.large-2-20261120-231757`: the timestamp is the start of the run. */
export function nameTag(instance: Pick<InstanceRecord, 'run' | 'instanceType' | 'typeIndex'>): string {
  return `ptp-test-${instanceName(instance)}-${instance.run.slice(0, 'YYYYMMDD-HHMMSS'.length)}`;
}

/** A run's flags and its configuration file as one file, so that a controller elsewhere can be handed all of it (pure). */
import type { ConfigFile } from './config-schema.ts';
import { parseInstanceTypes } from './instance-types.ts';
import type { RunFlags } from './run-flags.ts';

/** The command line wins. Of flags that were checked before (`mergeRunOptions`); what only the command line is for is left out. */
export function mergedConfig(flags: RunFlags, file: ConfigFile): ConfigFile {
  // Where the controller keeps its data and listens is not for us to say any more; of that section only this is about the run.
  const { $schema: _, controller, private_key_path: __, ...rest } = file;
  const agentUrl = flags.agentUrl ?? controller?.agent_url;
  const types = flags.instanceTypes === undefined ? [] : parseInstanceTypes('--instance-types', flags.instanceTypes);
  const subnets = flags.subnetId?.flatMap((list) => list.split(',')).map((id) => id.trim());
  return compact({
    ...rest,
    ...compact({
      instance_types: Array.isArray(types) && types.length > 0 ? [...types] : undefined,
      subnet_id: subnets,
      region: flags.region,
      profile: flags.profile,
      ami_id: flags.amiId,
      kernel: flags.kernel,
      security_group_id: flags.securityGroupId,
      placement_group: flags.placementGroup,
      precision_time: flags.precisionTime,
      instance_profile: flags.instanceProfile,
      owner: flags.owner,
      key_name: flags.keyName,
      allow_metal: flags.allowMetal,
      canary: flags.canary,
      ssm_diagnostics: flags.ssmDiagnostics,
      tags: flags.tag === undefined ? undefined : { ...file.tags, ...tagsOf(flags.tag) },
    }),
    soak: section(file.soak, soakOf(flags, file)),
    setup: section(file.setup, { enable_phc: flags.enablePhc }),
    cleanup: section(file.cleanup, cleanupOf(flags)),
    controller: section(undefined, { agent_url: agentUrl }),
  }) as ConfigFile;
}

function soakOf({ duration, interval, readings, simulatePhc }: RunFlags, { soak }: ConfigFile) {
  const simulated = simulatePhc === true ? (soak?.simulated_phc ?? {}) : undefined;
  return { duration, interval_ms: numberOf(interval), readings: numberOf(readings), simulated_phc: simulated };
}

function cleanupOf({ keep, keepDecision, maxLifetime, extendRoom, maxInstances, maxInstanceHours }: RunFlags) {
  return {
    keep,
    keep_decision: keepDecision,
    max_lifetime: maxLifetime,
    extend_room: extendRoom,
    max_instances: numberOf(maxInstances),
    max_instance_hours: numberOf(maxInstanceHours),
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function tagsOf(tags: readonly string[]): Record<string, string> {
  return Object.fromEntries(tags.map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]));
}

function section(before: object | undefined, change: object): object | undefined {
  const merged = { ...before, ...compact(change) };
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** Without what is not given. */
function compact<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

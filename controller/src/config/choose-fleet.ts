/** How the instances are launched, bounded, kept and paid for, and the time-outs of each phase. */
import { FLEET_DEFAULTS, type FleetSpec, isMetal, type KeepPolicy } from '../runs/fleet-spec.ts';
import type { InstanceTypeSpec, RunTimeouts } from '../runs/run.ts';
import type { ConfigFile } from './config-schema.ts';
import { parseKeepPolicy } from './keep-selection.ts';
import type { Candidates, OptionChooser } from './option-chooser.ts';
import type { RunFlags } from './run-flags.ts';

const MOST_INSTANCES = 10_000;

export interface FleetChoice {
  readonly flags: RunFlags;
  readonly file: ConfigFile;
  /** Tried where capacity lacks in the first subnet. */
  readonly moreSubnetIds: readonly string[];
  /** Where nobody said which instances to keep. */
  readonly keep: 'ask' | 'none';
}

export function chooseFleet(chooser: OptionChooser, choice: FleetChoice): FleetSpec {
  const { flags, file, moreSubnetIds } = choice;
  const text = (name: string, flag: string | undefined, fromFile: string | undefined) =>
    chooser.choose<string | null>(name, { flag, file: fromFile, fallback: null });
  return {
    ...FLEET_DEFAULTS,
    moreSubnetIds,
    kernel: chooser.choose('kernel', { flag: flags.kernel, file: file.kernel, fallback: FLEET_DEFAULTS.kernel }),
    precisionTime: chooser.choose('precision_time', {
      flag: flags.precisionTime,
      file: file.precision_time,
      fallback: FLEET_DEFAULTS.precisionTime,
    }),
    instanceProfile: text('instance_profile', flags.instanceProfile, file.instance_profile),
    owner: text('owner', flags.owner, file.owner),
    agentUrl: text('agent_url', flags.agentUrl, file.controller?.agent_url),
    allowMetal: chooser.choose('allow_metal', { flag: flags.allowMetal, file: file.allow_metal, fallback: false }),
    ssmDiagnostics: chooser.choose('ssm_diagnostics', {
      flag: flags.ssmDiagnostics,
      file: file.ssm_diagnostics,
      fallback: FLEET_DEFAULTS.ssmDiagnostics,
    }),
    canary: chooser.choose<boolean | null>('canary', { flag: flags.canary, file: file.canary, fallback: null }),
    ...chooseCleanup(chooser, choice),
    ...chooseFleetTimeouts(chooser, file),
  };
}

type Cleanup = Pick<
  FleetSpec,
  'keep' | 'keepDecisionS' | 'maxLifetimeS' | 'extendRoomS' | 'maxInstances' | 'maxInstanceHours'
>;

function chooseCleanup(chooser: OptionChooser, { flags, file, keep }: FleetChoice): Cleanup {
  const { cleanup } = file;
  return {
    keep: chooseKeep(chooser, { flag: flags.keep, file: cleanup?.keep, fallback: keep }),
    keepDecisionS:
      chooser.optionalDuration('keep_decision', { flag: flags.keepDecision, file: cleanup?.keep_decision }) ??
      FLEET_DEFAULTS.keepDecisionS,
    maxLifetimeS: chooser.optionalDuration('max_lifetime', { flag: flags.maxLifetime, file: cleanup?.max_lifetime }),
    extendRoomS:
      chooser.optionalDuration('extend_room', { flag: flags.extendRoom, file: cleanup?.extend_room }) ??
      FLEET_DEFAULTS.extendRoomS,
    maxInstances: chooser.choose<number | null>('max_instances', {
      flag: chooser.integer('--max-instances', flags.maxInstances, { min: 1, max: MOST_INSTANCES }),
      file: cleanup?.max_instances,
      fallback: null,
    }),
    maxInstanceHours: chooser.choose<number | null>('max_instance_hours', {
      flag: positive(chooser, '--max-instance-hours', flags.maxInstanceHours),
      file: cleanup?.max_instance_hours,
      fallback: null,
    }),
  };
}

function chooseKeep(chooser: OptionChooser, candidates: Candidates<string>): KeepPolicy {
  const text = chooser.choose('keep', candidates);
  const policy = parseKeepPolicy(text);
  if (policy !== null) return policy;
  chooser.problem('--keep', `"${text}" is not ask, all, none or a list of numbers such as 1,3,5-7`);
  return 'none';
}

function positive(chooser: OptionChooser, field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0) return value;
  chooser.problem(field, `must be a number above 0, not "${text}"`);
  return undefined;
}

/** What money asks for: consent to bare metal, and no more instances than allowed. */
export function checkConsent(chooser: OptionChooser, types: readonly InstanceTypeSpec[], fleet: FleetSpec): void {
  const metal = types.filter(({ type }) => isMetal(type)).map(({ type }) => type);
  if (metal.length > 0 && !fleet.allowMetal) {
    chooser.problem(
      '--allow-metal',
      `is needed for ${metal.join(', ')}: bare metal costs many times as much and boots in 9 to 20 minutes`,
    );
  }
  const count = types.reduce((sum, { quantity }) => sum + quantity, 0);
  if (fleet.maxInstances !== null && count > fleet.maxInstances) {
    chooser.problem(
      '--max-instances',
      `the run asks for ${count} instances, and at most ${fleet.maxInstances} are allowed`,
    );
  }
}

function chooseFleetTimeouts(
  chooser: OptionChooser,
  { timeouts }: ConfigFile,
): Pick<FleetSpec, 'metalS' | 'silentS' | 'goneS' | 'keepS'> {
  const seconds = (key: keyof NonNullable<ConfigFile['timeouts']>) =>
    chooser.optionalDuration(`timeouts.${key}`, { file: timeouts?.[key] });
  return {
    metalS: seconds('metal') ?? FLEET_DEFAULTS.metalS,
    silentS: seconds('silent') ?? FLEET_DEFAULTS.silentS,
    goneS: seconds('gone'),
    keepS: seconds('keep') ?? FLEET_DEFAULTS.keepS,
  };
}

/** The design document's time-outs are the defaults. */
export function chooseTimeouts(chooser: OptionChooser, { timeouts }: ConfigFile): RunTimeouts {
  const seconds = (key: keyof NonNullable<ConfigFile['timeouts']>, fallback: number) =>
    chooser.optionalDuration(`timeouts.${key}`, { file: timeouts?.[key] }) ?? fallback;
  return {
    launchS: seconds('launch', 300),
    agentS: seconds('agent', 300),
    finishS: seconds('finish', 120),
    terminateS: seconds('terminate', 120),
    orphanS: seconds('orphan', 86_400),
  };
}

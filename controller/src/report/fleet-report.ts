/** What the fleet knows of a run and its instances, as the report shows it: where, from which image, what the API said of the PHC, pauses, keeping (pure). */
import { formatInstant, instantFromMs } from '@ptp-tester/measurement';
import { fleetSpecOf } from '../runs/fleet-spec.ts';
import type { InstanceRecord, Run } from '../runs/run.ts';
import type { PreparedType, RunPreparation } from '../runs/run-preparation.ts';
import type { InstanceReport, Report } from './report-schema.ts';

type Capability = InstanceReport['verdict']['capability']['value'];

export function fleetOfRun(run: Run, preparation: RunPreparation | null): Pick<Report['run'], 'pause' | 'warnings'> {
  const { pause = null } = run;
  return {
    pause:
      pause === null
        ? null
        : { since: formatInstant(instantFromMs(pause.since)), reason: pause.reason, remedy: pause.remedy },
    warnings: [...(preparation?.warnings ?? [])],
  };
}

type FleetFields = 'run_index' | 'subnet_id' | 'placement_group' | 'image_id' | 'phc_prior' | 'scope_warning' | 'keep';

export interface FleetOfInstance {
  readonly run: Run;
  readonly preparation: RunPreparation | null;
  readonly capability: Capability;
}

export function fleetOfInstance(
  instance: InstanceRecord,
  { run, preparation, capability }: FleetOfInstance,
): Pick<InstanceReport, FleetFields> {
  const type = preparation?.types.find((one) => one.type === instance.instanceType) ?? null;
  const { keep = null } = instance;
  return {
    run_index: instance.index,
    subnet_id: subnetOf(instance, { run, preparation }),
    placement_group: groupOf(run, type),
    image_id: instance.facts?.image_id ?? type?.imageId ?? null,
    phc_prior: priorOf(type?.phcSupport ?? null, capability),
    scope_warning: type?.scopeWarning ?? null,
    keep:
      keep === null
        ? null
        : { step: keep.step, since: formatInstant(instantFromMs(keep.since)), failure: keep.failure },
  };
}

/** Of several subnets, the one whose zone the instance is in; the first where that cannot be told. */
function subnetOf(
  { facts }: InstanceRecord,
  { run, preparation }: { readonly run: Run; readonly preparation: RunPreparation | null },
): string {
  const inZone = preparation?.subnets.filter(({ availabilityZone }) => availabilityZone === facts?.availability_zone);
  return (inZone?.length === 1 ? inZone[0]?.subnetId : undefined) ?? run.spec.subnetId;
}

function groupOf({ spec, resources }: Run, type: PreparedType | null): string | null {
  if (spec.placementGroup !== null) return spec.placementGroup;
  const { precisionTime } = fleetSpecOf(spec);
  if (precisionTime !== 'auto' && precisionTime !== 'off') return precisionTime;
  return type?.precisionTime === true ? (resources?.placementGroup ?? null) : null;
}

/** The prior of the API beside the verdict of the machine; that they disagree is a result of its own. */
export function priorOf(api: string | null, capability: Capability): InstanceReport['phc_prior'] {
  const isComparable = (api === 'supported' || api === 'unsupported') && capability !== 'not_tested';
  if (!isComparable) return { api, agrees: null, explanation: null };
  if (api === capability) return { api, agrees: true, explanation: null };
  const explanation =
    api === 'supported'
      ? 'DescribeInstanceTypes says that this type has a PHC, and the machine showed none: image, driver or placement may hide it'
      : 'DescribeInstanceTypes says that this type has no PHC, and the machine has one';
  return { api, agrees: false, explanation };
}

/** In words, for every kind of report; empty when there is nothing to say. */
export function fleetLines({ phc_prior, scope_warning, keep, verdict }: InstanceReport): readonly string[] {
  const failure = keep?.failure ?? null;
  const showsScope = scope_warning !== null && verdict.capability.value === 'unsupported';
  return [
    ...(phc_prior.agrees === false ? [`The EC2 API disagrees: ${phc_prior.explanation}.`] : []),
    ...(showsScope ? [`Outside the documented scope: ${scope_warning}.`] : []),
    ...(failure === null ? [] : [`Could not be kept (at ${keep?.step}): ${failure.message}`]),
  ];
}

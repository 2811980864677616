/** Where the instances of a run are placed (pure): a given group verified, and a precision-time group where one is needed. */
import { fleetSpecOf, instanceCount } from '../../runs/fleet-spec.ts';
import type { RunSpec } from '../../runs/run.ts';
import type { PreparedPlacement } from '../../runs/run-preparation.ts';
import type { InstanceTypeInfo, PlacementGroupInfo } from '../ec2.ts';
import { familyOf, type PrecisionTimeNeed } from './precision-time.ts';

const PRECISION_TIME = 'precision-time';
/** EC2 user guide, "Placement groups": a rack-level spread group takes at most so many instances in each zone. */
const SPREAD_PER_ZONE = 7;

export interface PlacementFacts {
  readonly spec: RunSpec;
  readonly types: readonly InstanceTypeInfo[];
  readonly zoneCount: number;
  /** The group of `--placement-group`; null when it does not exist, or none was named. */
  readonly given: PlacementGroupInfo | null;
  /** The group of `--precision-time NAME`; likewise. */
  readonly named: PlacementGroupInfo | null;
  readonly needs: ReadonlyMap<string, PrecisionTimeNeed>;
  /** Name of the group that would be made for the run. */
  readonly temporaryName: string;
}

export interface PlacementDecision {
  readonly placement: PreparedPlacement;
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
  /** Types whose instances are in a precision-time group. */
  readonly precise: ReadonlySet<string>;
}

interface Draft {
  placement: PreparedPlacement;
  readonly faults: string[];
  readonly warnings: string[];
  precise: ReadonlySet<string>;
}

/** `auto`, `off`, or the name of a group. */
function wishOf(spec: RunSpec): { readonly kind: 'auto' | 'off' | 'named'; readonly name: string | null } {
  const { precisionTime } = fleetSpecOf(spec);
  if (precisionTime === 'auto' || precisionTime === 'off') return { kind: precisionTime, name: null };
  return { kind: 'named', name: precisionTime };
}

function checkState(draft: Draft, group: PlacementGroupInfo): void {
  if (group.state === 'available') return;
  draft.faults.push(`placement group ${group.name} is ${group.state}: it must be available`);
}

function checkStrategy(draft: Draft, group: PlacementGroupInfo, { types, spec, zoneCount }: PlacementFacts): void {
  for (const { type, strategies = [] } of types) {
    // The list of the API does not hold precision-time, and older answers have none at all.
    if (group.strategy === PRECISION_TIME || strategies.length === 0 || strategies.includes(group.strategy)) continue;
    draft.faults.push(
      `${type} cannot be in ${group.name}: it supports ${strategies.join(', ')}, not ${group.strategy}`,
    );
  }
  const families = new Set(types.map(({ type }) => familyOf(type)));
  if (group.strategy === 'cluster' && families.size > 1) {
    draft.warnings.push(
      `${group.name} is a cluster group: AWS recommends one family in it, not ${[...families].join(', ')}`,
    );
  }
  const most = SPREAD_PER_ZONE * zoneCount;
  if (group.strategy === 'spread' && instanceCount(spec) > most) {
    draft.faults.push(
      `${group.name} is a spread group: ${instanceCount(spec)} instances, it takes ${most} in ${zoneCount} zone(s)`,
    );
  }
}

/** A given cluster group may itself belong to a precision-time group; no other strategy combines with one. */
function combine(draft: Draft, group: PlacementGroupInfo, facts: PlacementFacts): void {
  const { spec, types, named, needs } = facts;
  const wish = wishOf(spec);
  const isPrecise = group.strategy === PRECISION_TIME || group.parentGroupId !== null;
  if (isPrecise) draft.precise = new Set(types.map(({ type }) => type));
  if (wish.kind === 'named') {
    const belongs = group.name === wish.name || (named !== null && group.parentGroupId === named.groupId);
    if (belongs) return;
    draft.faults.push(
      `an instance is in one placement group only: ${group.name} (${group.strategy}) would have to be a cluster group made with ` +
        `ParentGroupId ${named?.groupId ?? `of ${wish.name}`}`,
    );
    return;
  }
  const wanting = [...needs].filter(([, need]) => need === 'group').map(([type]) => type);
  if (isPrecise || wish.kind === 'off' || wanting.length === 0) return;
  draft.warnings.push(
    `${wanting.join(', ')} may need a precision-time placement group, and ${group.name} (${group.strategy}) does not belong to one: ` +
      'a cluster group can be made with ParentGroupId',
  );
}

function decideGiven(draft: Draft, facts: PlacementFacts): void {
  const { spec, given } = facts;
  if (given === null) {
    draft.faults.push(`placement group ${spec.placementGroup} does not exist in ${spec.region}`);
    return;
  }
  draft.placement = { kind: 'group', name: given.name, strategy: given.strategy };
  checkState(draft, given);
  checkStrategy(draft, given, facts);
  combine(draft, given, facts);
}

function decideNamed(draft: Draft, name: string, { named, types, spec }: PlacementFacts): void {
  if (named === null) {
    draft.faults.push(`precision-time placement group ${name} does not exist in ${spec.region}`);
    return;
  }
  checkState(draft, named);
  if (named.strategy !== PRECISION_TIME) {
    draft.faults.push(`placement group ${name} is a ${named.strategy} group, not a precision-time one`);
  }
  draft.placement = { kind: 'group', name: named.name, strategy: named.strategy };
  draft.precise = new Set(types.map(({ type }) => type));
}

export function decidePlacement(facts: PlacementFacts): PlacementDecision {
  const { spec, needs, temporaryName } = facts;
  const draft: Draft = { placement: { kind: 'none' }, faults: [], warnings: [], precise: new Set() };
  const wish = wishOf(spec);
  if (spec.placementGroup !== null) decideGiven(draft, facts);
  else if (wish.name !== null) decideNamed(draft, wish.name, facts);
  else if (wish.kind === 'auto') {
    draft.precise = new Set([...needs].filter(([, need]) => need === 'group').map(([type]) => type));
    if (draft.precise.size > 0) draft.placement = { kind: 'temporary_precision_group', name: temporaryName };
  }
  return draft;
}

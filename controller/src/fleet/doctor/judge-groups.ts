/** Security group, placement group and precision-time group as the run would use them (pure). */
import type { RunSpec } from '../../runs/run.ts';
import type { PlacementGroupInfo, SecurityGroupInfo } from '../ec2.ts';
import type { PlacementDecision } from '../prepare/decide-placement.ts';
import { judgeGivenGroup } from '../prepare/egress-rules.ts';
import { type Asked, type Check, checksOf, unanswered } from './check.ts';

export interface GroupWishes {
  readonly spec: RunSpec;
  /** Of the subnets; null when none of them exists. */
  readonly vpcId: string | null;
}

export function judgeSecurityGroup(
  group: Asked<SecurityGroupInfo | null> | null,
  { spec, vpcId }: GroupWishes,
): readonly Check[] {
  const found = checksOf('security group', spec.securityGroupId);
  if (group === null) return [found.ok('a temporary one is made: nothing in, and out only to what the agents need')];
  if (!group.answered) return [unanswered(found, group)];
  if (group.value === null)
    return [found.failed(`does not exist in ${spec.region}`, 'leave it out to get a temporary one')];
  if (vpcId !== null && group.value.vpcId !== vpcId) {
    return [found.failed(`is in ${group.value.vpcId}, the subnets in ${vpcId}`, 'leave it out to get a temporary one')];
  }
  // The subject is named in front already.
  const short = (text: string) => text.replace(`security group ${spec.securityGroupId} `, '');
  const { faults, warnings } = judgeGivenGroup(group.value, spec.publicUrl);
  const checks = [
    ...faults.map(short).map((fault) => found.failed(fault, 'add that egress rule, or leave the group out')),
    ...warnings
      .map(short)
      .map((warning) => found.warning(warning, 'a temporary group (leave --security-group-id out) has neither')),
  ];
  return checks.length > 0 ? checks : [found.ok('nothing open to everywhere, and the controller can be reached')];
}

export function judgePlacement(
  given: Asked<PlacementGroupInfo | null> | null,
  decision: PlacementDecision,
  { spec }: GroupWishes,
): readonly Check[] {
  if (given === null) return [];
  const found = checksOf('placement group', spec.placementGroup);
  if (!given.answered) return [unanswered(found, given)];
  if (given.value === null) return [found.failed(`does not exist in ${spec.region}`, 'leave it out, or name another')];
  const { strategy, state } = given.value;
  const checks = [
    ...decision.faults.map((fault) => found.failed(fault, 'leave --placement-group out, or name another')),
    ...decision.warnings.map((warning) => found.warning(warning)),
  ];
  return checks.length > 0 ? checks : [found.ok(`${strategy}, ${state}`)];
}

/** Whether the types that need one get into a precision-time group. */
export function judgePrecisionTime(decision: PlacementDecision, needing: readonly string[], spec: RunSpec): Check {
  const found = checksOf('precision time', null);
  const { placement, precise } = decision;
  if (needing.length === 0) return found.ok('no type needs a precision-time placement group here');
  const open = needing.filter((type) => !precise.has(type));
  if (open.length > 0) {
    return found.warning(
      `${open.join(', ')}: AWS documents the PHC here only inside a precision-time placement group`,
      spec.placementGroup === null
        ? '--precision-time auto makes one for the run'
        : 'a cluster group must be made within a precision-time group (its ParentGroupId)',
    );
  }
  const where =
    placement.kind === 'temporary_precision_group' ? 'a temporary group is made for' : 'the group given holds';
  return found.ok(`${where} ${needing.join(', ')}`);
}

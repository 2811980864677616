/** What a run would be, before anything is launched: each value with its origin, the instance-hours, and what AWS says to it (pure). */
import type { EffectiveOption } from '../../config/option-chooser.ts';
import type {
  PreparedPlacement,
  PreparedSecurityGroup,
  PreparedType,
  RunPreparation,
} from '../../runs/run-preparation.ts';

export interface RunPlan {
  readonly region: string;
  readonly effective: readonly EffectiveOption[];
  readonly hours: { readonly typical: number; readonly atMost: number };
}

const NAME_WIDTH = 18;

function line(name: string, text: string): string {
  return `${name.padEnd(NAME_WIDTH)} ${text}\n`;
}

export function planText({ region, effective, hours }: RunPlan): string {
  const hasRegion = effective.some(({ name }) => name === 'region');
  return [
    ...effective.map(({ name, value, from }) => line(name, `${value}  (${from})`)),
    ...(hasRegion ? [] : [line('region', `${region}  (where the subnet is)`)]),
    line('instance-hours', `${hours.typical.toFixed(2)} for the soak, ${hours.atMost.toFixed(2)} at most`),
    '\n',
  ].join('');
}

export function planJson({ region, effective, hours }: RunPlan): string {
  const instanceHours = { typical: hours.typical, at_most: hours.atMost };
  return `${JSON.stringify({ type: 'plan', region, options: effective, instance_hours: instanceHours })}\n`;
}

function typeText({ type, architecture, imageId, phcSupport, subnetIds, precisionTime }: PreparedType): string {
  const phc = phcSupport === null ? 'PHC not stated by the API' : `PHC ${phcSupport} says the API`;
  const group = precisionTime ? ', in the precision-time group' : '';
  return line(type, `${architecture}, ${imageId}, ${phc}${group}, in ${subnetIds.join(' then ')}`);
}

/** Port 0 stands for one that is chosen when the run begins. */
function portText(port: number): string {
  return port === 0 ? 'a free port, chosen when it starts,' : String(port);
}

function securityGroupText(group: PreparedSecurityGroup): string {
  if (group.kind === 'given') return line('security group', `${group.groupId}, only checked`);
  const rules = group.egress.map(
    ({ protocol, fromPort, cidr, reason }) => `${protocol} ${portText(fromPort)} to ${cidr} (${reason})`,
  );
  const text = `made in ${group.vpcId} and deleted: nothing in; out ${rules.join(', ')}`;
  return line('security group', text);
}

function placementText(placement: PreparedPlacement): string {
  switch (placement.kind) {
    case 'none':
      return line('placement', 'no group');
    case 'group':
      return line('placement', `all in ${placement.name} (${placement.strategy})`);
    case 'temporary_precision_group':
      return line('placement', 'a precision-time group is made and deleted');
  }
}

/** What would be made and launched, and the warnings. */
export function preparationText({ subnets, types, securityGroup, placement, warnings }: RunPreparation): string {
  const scope = types.flatMap(({ type, scopeWarning }) => (scopeWarning === null ? [] : [`${type}: ${scopeWarning}`]));
  return [
    ...subnets.map(({ subnetId, vpcId, availabilityZone, availabilityZoneId }) =>
      line(subnetId, `${vpcId}, ${availabilityZone} (${availabilityZoneId ?? 'no zone id'})`),
    ),
    ...types.map(typeText),
    securityGroupText(securityGroup),
    placementText(placement),
    ...[...warnings, ...scope].map((warning) => line('WARNING', warning)),
    '\n',
  ].join('');
}

export function preparationJson(preparation: RunPreparation): string {
  const { subnets, types, securityGroup, placement, warnings } = preparation;
  return `${JSON.stringify({
    type: 'preparation',
    subnets: subnets.map((subnet) => ({
      subnet_id: subnet.subnetId,
      vpc_id: subnet.vpcId,
      zone: subnet.availabilityZone,
      zone_id: subnet.availabilityZoneId,
    })),
    types: types.map((type) => ({
      type: type.type,
      architecture: type.architecture,
      image_id: type.imageId,
      phc_support: type.phcSupport,
      subnet_ids: type.subnetIds,
      precision_time: type.precisionTime,
      scope_warning: type.scopeWarning,
    })),
    security_group: securityGroup.kind === 'given' ? securityGroup.groupId : null,
    egress:
      securityGroup.kind === 'given'
        ? null
        : securityGroup.egress.map(({ protocol, fromPort, cidr, reason }) => ({
            protocol,
            port: fromPort === 0 ? null : fromPort,
            cidr,
            reason,
          })),
    placement: placement.kind === 'group' ? placement.name : null,
    makes_precision_time_group: placement.kind === 'temporary_precision_group',
    warnings,
  })}\n`;
}

/** Whether the subnets exist, are available, in one VPC, and have room (pure). */
import type { SubnetDetails } from '../aws/ec2-network-calls.ts';
import { type Asked, type Check, checksOf, unanswered } from './check.ts';

export interface SubnetWishes {
  readonly subnetIds: readonly string[];
  readonly region: string;
  readonly instances: number;
}

/** `us-east-1a (use1-az1)`: the name differs between accounts, the id does not. */
export function zoneText({ availabilityZone, availabilityZoneId }: SubnetDetails): string {
  return availabilityZoneId == null ? availabilityZone : `${availabilityZone} (${availabilityZoneId})`;
}

export function judgeSubnets(subnets: Asked<readonly SubnetDetails[]>, wishes: SubnetWishes): readonly Check[] {
  const { subnetIds, region } = wishes;
  if (!subnets.answered) return [unanswered(checksOf('subnet', subnetIds.join(', ')), subnets)];
  const vpcId = subnets.value.find(({ subnetId }) => subnetId === subnetIds[0])?.vpcId;
  return subnetIds.map((id) => {
    const found = checksOf('subnet', id);
    const subnet = subnets.value.find(({ subnetId }) => subnetId === id);
    if (subnet === undefined) {
      return found.failed(`does not exist in ${region}`, 'check the id, --region and --profile');
    }
    if (vpcId !== undefined && subnet.vpcId !== vpcId) {
      return found.failed(
        `is in ${subnet.vpcId}, the first one in ${vpcId}`,
        'all subnets of a run must be in one VPC',
      );
    }
    return judgeRoom(subnet, wishes);
  });
}

function judgeRoom(subnet: SubnetDetails, { instances, subnetIds }: SubnetWishes): Check {
  const found = checksOf('subnet', subnet.subnetId);
  const where = `${subnet.vpcId}, ${zoneText(subnet)}, ${subnet.state}, ${subnet.freeAddresses} free addresses`;
  if (subnet.state !== 'available') return found.failed(where, 'it must be available');
  if (subnet.freeAddresses >= instances) return found.ok(where);
  const need = `${where}; the run needs ${instances}`;
  if (subnetIds.length > 1) return found.warning(need, 'the others are used when this one is full');
  return found.failed(need, 'name another subnet too: --subnet-id A,B');
}

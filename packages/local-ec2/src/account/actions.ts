// The actions of the endpoint by name: what AWS's model knows beyond these is answered with InvalidAction.
import type { Action } from './account.ts';
import { describeInstanceInformation, getCommandInvocation, sendCommand } from './commands.ts';
import { describeImages } from './images.ts';
import { describeInstanceAttribute, modifyInstanceAttribute } from './instance-attributes.ts';
import { describeInstanceStatus } from './instance-status.ts';
import { describeInstanceTypeOfferings, describeInstanceTypes } from './instance-types.ts';
import {
  describeInstances,
  getConsoleOutput,
  rebootInstances,
  startInstances,
  stopInstances,
  terminateInstances,
} from './instances.ts';
import { describeKeyPairs } from './key-pairs.ts';
import { deleteNetworkInterface, describeNetworkInterfaces } from './network-interfaces.ts';
import { describeNetworkAcls, describeRouteTables, describeVpcEndpoints } from './network-paths.ts';
import { describeAvailabilityZones, describeRegions, describeSubnets, describeVpcs } from './networks.ts';
import { getParameter, getParameters } from './parameters.ts';
import { createPlacementGroup, deletePlacementGroup, describePlacementGroups } from './placement-groups.ts';
import { runInstances } from './run-instances.ts';
import { authorizeEgress, authorizeIngress, revokeEgress, revokeIngress } from './security-group-rules.ts';
import { createSecurityGroup, deleteSecurityGroup, describeSecurityGroups } from './security-groups.ts';
import { createTags, deleteTags, describeTags } from './tags.ts';
import { deleteVolume, describeVolumes } from './volumes.ts';

/** Requests are validated against the model before, so each action may trust the type of its own request. */
type AnyAction = Action<never, object>;

/** EC2. */
export const EC2_ACTIONS: ReadonlyMap<string, AnyAction> = new Map<string, AnyAction>([
  ['AuthorizeSecurityGroupEgress', authorizeEgress],
  ['AuthorizeSecurityGroupIngress', authorizeIngress],
  ['CreatePlacementGroup', createPlacementGroup],
  ['CreateSecurityGroup', createSecurityGroup],
  ['CreateTags', createTags],
  ['DeleteNetworkInterface', deleteNetworkInterface],
  ['DeletePlacementGroup', deletePlacementGroup],
  ['DeleteSecurityGroup', deleteSecurityGroup],
  ['DeleteTags', deleteTags],
  ['DeleteVolume', deleteVolume],
  ['DescribeAvailabilityZones', describeAvailabilityZones],
  ['DescribeImages', describeImages],
  ['DescribeInstanceAttribute', describeInstanceAttribute],
  ['DescribeInstanceStatus', describeInstanceStatus],
  ['DescribeInstanceTypeOfferings', describeInstanceTypeOfferings],
  ['DescribeInstanceTypes', describeInstanceTypes],
  ['DescribeInstances', describeInstances],
  ['DescribeKeyPairs', describeKeyPairs],
  ['DescribeNetworkAcls', describeNetworkAcls],
  ['DescribeNetworkInterfaces', describeNetworkInterfaces],
  ['DescribePlacementGroups', describePlacementGroups],
  ['DescribeRegions', describeRegions],
  ['DescribeRouteTables', describeRouteTables],
  ['DescribeSecurityGroups', describeSecurityGroups],
  ['DescribeSubnets', describeSubnets],
  ['DescribeTags', describeTags],
  ['DescribeVolumes', describeVolumes],
  ['DescribeVpcEndpoints', describeVpcEndpoints],
  ['DescribeVpcs', describeVpcs],
  ['GetConsoleOutput', getConsoleOutput],
  ['ModifyInstanceAttribute', modifyInstanceAttribute],
  ['RebootInstances', rebootInstances],
  ['RevokeSecurityGroupEgress', revokeEgress],
  ['RevokeSecurityGroupIngress', revokeIngress],
  ['RunInstances', runInstances],
  ['StartInstances', startInstances],
  ['StopInstances', stopInstances],
  ['TerminateInstances', terminateInstances],
]);

/** SSM. */
export const SSM_ACTIONS: ReadonlyMap<string, AnyAction> = new Map<string, AnyAction>([
  ['DescribeInstanceInformation', describeInstanceInformation],
  ['GetCommandInvocation', getCommandInvocation],
  ['GetParameter', getParameter],
  ['GetParameters', getParameters],
  ['SendCommand', sendCommand],
]);
